"""Maximum likelihood of the published fits on the public data, with likelihoods of our own. Used by lifetime_published.py.

Maximum likelihood in the logarithms of the parameters: Nelder-Mead and BFGS to get near, then Newton
steps on central differences; standard errors from the same Hessian. The drop-out integral of Pareto/NBD and GGom/NBD is a
Gauss-Legendre sum over ln(alpha + y), so no published closed form is used.
"""

import os
import pathlib

import numpy as np
import pandas as pd
from scipy import optimize
from scipy.special import betaln, gammaln, logsumexp

DATA = pathlib.Path(os.environ.get("EMPTOR_DATASETS", "."))
NODES, WEIGHTS = np.polynomial.legendre.leggauss(80)


def summary(log, end, unit=7.0):
    """One row per customer: purchases of a day are one, times in fractions of `unit` days; spend is the mean of days after the first."""
    log = log[log.date <= end].groupby(["id", "date"], as_index=False).amount.sum().sort_values(["id", "date"])
    first = log.groupby("id").date.transform("min")
    repeat = log[log.date > first].groupby("id").amount
    out = log.groupby("id").agg(first=("date", "min"), last=("date", "max"), days=("date", "size"))
    out["x"] = out.days - 1
    out["t_x"] = (out["last"] - out["first"]).dt.days / unit
    out["T"] = (pd.Timestamp(end) - out["first"]).dt.days / unit
    out["spend"] = repeat.mean().reindex(out.index).fillna(0.0)
    return out


def cdnow_log():
    log = pd.read_csv(DATA / "cdnow/cdnow_clvtools.csv", parse_dates=["Date"])
    return log.rename(columns={"Id": "id", "Date": "date", "Price": "amount"})


def apparel_log():
    log = pd.read_csv(DATA / "clvtools_apparel/apparelTrans.csv", parse_dates=["Date"])
    return log.rename(columns={"Id": "id", "Date": "date", "Price": "amount"})


def cdnow():
    return summary(cdnow_log(), pd.Timestamp("1997-09-30"))


def apparel():
    return summary(apparel_log(), pd.Timestamp("2005-01-02") + pd.Timedelta(weeks=104))


def apparel_covariates(rows):
    cov = pd.read_csv(DATA / "clvtools_apparel/apparelStaticCov.csv").set_index("Id")
    return cov.loc[rows.index, ["Gender", "Channel"]].to_numpy(float)


def holdout(log, rows, after):
    later = log[log.date > after].groupby(["id", "date"]).size().groupby("id").size()
    return later.reindex(rows.index).fillna(0).to_numpy()


def gamma_part(r, alpha, s, c):
    """ln E[lambda^s exp(-c lambda)]."""
    return gammaln(r + s) - gammaln(r) + r * np.log(alpha) - (r + s) * np.log(alpha + c)


def ll_nbd(p, x, t_x, T):
    return gamma_part(p[0], p[1], x, T)


def ll_beta_geometric(p, x, t_x, T, modified=0):
    r, alpha, a, b = p
    c = x + modified
    alive = gamma_part(r, alpha, x, T) + betaln(a, b + c) - betaln(a, b)
    dead = gamma_part(r, alpha, x, t_x) + betaln(a + 1, b + np.maximum(c - 1, 0)) - betaln(a, b)
    return np.where(c > 0, np.logaddexp(alive, dead), alive)


def ll_mbg(p, x, t_x, T):
    return ll_beta_geometric(p, x, t_x, T, 1)


def ll_drop_out(r, alpha, x, t_x, T, log_survival, log_density):
    low, high = np.log(alpha + t_x), np.log(alpha + T)
    half = (high - low) / 2
    u = (low + half)[..., None] + half[..., None] * NODES
    alpha_column = np.broadcast_to(alpha, np.shape(low))[..., None]
    y = np.exp(u) - alpha_column
    inside = log_density(y) + u - (r + x)[..., None] * u
    with np.errstate(divide="ignore"):
        dead = (
            logsumexp(inside + np.log(WEIGHTS), axis=-1)
            + np.log(half)
            + gammaln(r + x)
            - gammaln(r)
            + r * np.log(alpha)
        )
    return np.logaddexp(gamma_part(r, alpha, x, T) + log_survival(T), dead)


def ll_pareto(p, x, t_x, T):
    r, alpha, s, beta = p
    wide = lambda y: np.asarray(beta)[..., None] if np.ndim(beta) and np.ndim(y) > 1 else beta  # noqa: E731
    survival = lambda y: s * (np.log(wide(y)) - np.log(wide(y) + y))  # noqa: E731
    density = lambda y: np.log(s) + s * np.log(wide(y)) - (s + 1) * np.log(wide(y) + y)  # noqa: E731
    return ll_drop_out(r, alpha, x, t_x, T, survival, density)


def ll_ggom(p, x, t_x, T):
    r, alpha, b, s, beta = p
    survival = lambda y: s * (np.log(beta) - np.log(beta + np.expm1(b * y)))  # noqa: E731
    density = (
        lambda y: np.log(s) + np.log(b) + b * y + s * np.log(beta) - (s + 1) * np.log(beta + np.expm1(b * y))
    )  # noqa: E731
    return ll_drop_out(r, alpha, x, t_x, T, survival, density)


def ll_gamma_gamma(parameters, x, spend):
    p, q, v = parameters
    return (
        gammaln(p * x + q)
        - gammaln(p * x)
        - gammaln(q)
        + q * np.log(v)
        + (p * x - 1) * np.log(spend)
        + p * x * np.log(x)
        - (p * x + q) * np.log(x * spend + v)
    )


def ll_bg_bb(p, x, t_x, n):
    a, b, c, d = p
    buy = lambda i, j: betaln(a + i, b + j) - betaln(a, b)  # noqa: E731
    out = buy(x, n - x) + betaln(c, d + n) - betaln(c, d)
    for y in range(int(n.max())):
        term = buy(x, np.maximum(y - x, 0)) + betaln(c + 1, d + y) - betaln(c, d)
        out = np.where((y >= t_x) & (y < n), np.logaddexp(out, term), out)
    return out


def ll_contract(p, lost, left):
    """lost: customers lost in periods 1, 2, ...; left: still there after the last of them. p = alpha, beta[, c]."""
    a, b, c = (*p, 1.0)[:3]
    survival = np.exp(betaln(a, b + np.arange(len(lost) + 1.0) ** c) - betaln(a, b))
    return lost @ np.log(-np.diff(survival)) + left * np.log(survival[-1])


def derivatives(f, z, h):
    """Gradient and Hessian by central differences."""
    k = len(z)
    e = np.eye(k) * h
    f0, plus, minus = f(z), [f(z + e[i]) for i in range(k)], [f(z - e[i]) for i in range(k)]
    gradient = np.array([(plus[i] - minus[i]) / (2 * h) for i in range(k)])
    hessian = np.zeros((k, k))
    for i in range(k):
        hessian[i, i] = (plus[i] - 2 * f0 + minus[i]) / h**2
        for j in range(i):
            value = (f(z + e[i] + e[j]) - f(z + e[i] - e[j]) - f(z - e[i] + e[j]) + f(z - e[i] - e[j])) / (4 * h**2)
            hessian[i, j] = hessian[j, i] = value
    return gradient, hessian


def maximise(ll, start, positive=None, steps=8):
    """Parameters, log-likelihood, standard errors, gradient size and smallest eigenvalue (in logarithms). `positive` leading parameters."""
    k = len(start)
    positive = k if positive is None else positive
    head = np.arange(k) < positive
    back = lambda z: np.where(head, np.exp(np.where(head, z, 0.0)), z)  # noqa: E731
    f = lambda z: -np.sum(ll(back(z)))  # noqa: E731
    z = np.where(head, np.log(np.where(head, start, 1.0)), start)
    z = optimize.minimize(f, z, method="Nelder-Mead", options={"maxiter": 300 * k, "xatol": 1e-4, "fatol": 1e-5}).x
    z = optimize.minimize(f, z, method="BFGS", options={"gtol": 1e-4}).x
    for _ in range(steps):
        gradient, hessian = derivatives(f, z, 2e-3)
        if np.linalg.eigvalsh(hessian)[0] <= 0:
            break
        step = np.linalg.solve(hessian, gradient)
        if np.max(np.abs(step)) > 1.0 or f(z - step) > f(z) + 1e-7:
            break
        z = z - step
        if np.max(np.abs(step)) < 1e-9:
            break
    gradient, hessian = derivatives(f, z, 2e-3)
    eigen = np.linalg.eigvalsh(hessian)[0]
    scale = np.where(head, back(z), 1.0)
    errors = np.sqrt(np.diag(np.linalg.inv(hessian))) * scale if eigen > 0 else np.full(k, np.nan)
    return {
        "parameters": back(z),
        "log_likelihood": -f(z),
        "errors": errors,
        "gradient": np.max(np.abs(gradient)),
        "eigen": eigen,
    }


def with_covariates(ll, covariates, split):
    """Likelihood in (model parameters, life coefficients, transaction coefficients)."""
    k = covariates.shape[1]

    def total(p, x, t_x, T):
        life, trans = covariates @ p[4 : 4 + k], covariates @ p[4 + k :]
        return ll(split(p[:4], life, trans), x, t_x, T)

    return total


def pareto_split(p, life, trans):
    return p[0], p[1] * np.exp(-trans), p[2], p[3] * np.exp(-life)


def beta_geometric_split(p, life, trans):
    return p[0], p[1] * np.exp(-trans), p[2] * np.exp(life), p[3] * np.exp(life)
