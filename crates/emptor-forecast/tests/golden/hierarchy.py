"""Writes hierarchy.toml: reconciled forecasts by hierarchicalforecast (Nixtla) for a small random hierarchy."""

import warnings

import hierarchicalforecast
import numpy as np
from hierarchicalforecast.methods import BottomUp, MiddleOut, MinTrace, TopDown

warnings.filterwarnings("ignore")
rng = np.random.default_rng(20261122)

# Three regions of 2, 3 and 2 shops.
regions = [0, 0, 1, 1, 1, 2, 2]
bottom, periods, horizon = len(regions), 24, 3
S = np.vstack([np.ones(bottom), *[np.array(regions) == r for r in range(3)], np.eye(bottom)]).astype(float)
tags = {"total": np.array([0]), "total/region": np.arange(1, 4), "total/region/shop": np.arange(4, 11)}
shock = rng.normal(size=periods) * 40
actual_b = 300 + 100 * np.arange(bottom)[:, None] + shock + rng.normal(size=(bottom, periods)) * 60
actual = S @ actual_b
fitted = actual - (rng.normal(size=(11, periods)) * 15 * S.sum(1, keepdims=True) ** 0.7 + 0.5 * S @ (shock + 5 * rng.normal(size=(bottom, periods))))
base = S @ (320 + 100 * np.arange(bottom)[:, None] + rng.normal(size=(bottom, horizon)) * 40) + rng.normal(size=(11, horizon)) * 30
residuals = actual - fitted

# The same shops crossed by kind as well: more nodes above than one tree has.
kinds = [0, 1, 0, 1, 2, 1, 2]
G = np.vstack([S[:4], *[np.array(kinds) == k for k in range(3)],
               *[(np.array(kinds) == k) & (np.array(regions) == r) for r, k in [(0, 0), (0, 1), (1, 0), (1, 1), (1, 2), (2, 1), (2, 2)]],
               np.eye(bottom)]).astype(float)
base_g = G @ base[4:] + rng.normal(size=(21, horizon)) * 30
residuals_g = rng.normal(size=(21, periods)) * 15 * G.sum(1, keepdims=True) ** 0.7 + 0.5 * G @ (shock + 5 * rng.normal(size=(bottom, periods)))


def row(values):
    return "[" + ", ".join(repr(float(v)) for v in values) + "]"


def matrix(name, values):
    return f"{name} = [\n" + "".join(f"    {row(v)},\n" for v in values) + "]\n"


out = f"# Written by hierarchy.py.\nsource = 'hierarchicalforecast {hierarchicalforecast.__version__}, numpy {np.__version__}'\ntolerance = 1e-8\n\n"
out += "[tree]\n" + f"regions = {regions}\n" + matrix("values", actual_b) + matrix("residuals", residuals) + matrix("base", base)
out += "\n[tree.expected]\n"
insample = dict(y_insample=actual, y_hat_insample=fitted)
out += matrix("bottom_up", BottomUp().fit_predict(S=S, y_hat=base)["mean"])
for method in ("ols", "wls_struct", "wls_var", "mint_shrink"):
    out += matrix(method, MinTrace(method).fit_predict(S=S, y_hat=base, **insample)["mean"])
for method in ("average_proportions", "proportion_averages", "forecast_proportions"):
    out += matrix("top_down_" + method, TopDown(method).fit_predict(S=S, y_hat=base, tags=tags, y_insample=actual)["mean"])
    out += matrix("middle_out_" + method, MiddleOut("total/region", method).fit_predict(S=S, y_hat=base, tags=tags, y_insample=actual)["mean"])
out += "\n[crossed]\n" + f"kinds = {kinds}\n" + matrix("residuals", residuals_g) + matrix("base", base_g) + "\n[crossed.expected]\n"
for method in ("ols", "wls_struct", "wls_var", "mint_shrink"):
    mean = MinTrace(method).fit_predict(S=G, y_hat=base_g, y_insample=residuals_g, y_hat_insample=0 * residuals_g)["mean"]
    out += matrix(method, mean)
open(__file__.replace(".py", ".toml"), "w").write(out)
