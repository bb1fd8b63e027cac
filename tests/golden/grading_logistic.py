"""Families of grading_learn.toml about probabilities: logistic regression, AUC, calibration, gains."""

from math import fsum, log, sqrt

import numpy as np
import statsmodels.api as sm
from grading_agreement import wilson
from grading_text import close
from scipy.stats import chi2, ks_2samp, norm
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score, roc_curve

TITLE = ["Learning from columns: logistic regression, quality of probabilities, trees; from definitions."]
NOTES = """
data.response: 200 rows; channel is a category, web, shop, phone; weight a whole number of repetitions.
logistic: P(y = 1) = 1/(1 + exp(-x b)), maximum likelihood, no penalty. names: constant, columns, then dummies of the category
  against its base. errors: from the inverse of the information matrix at the optimum. odds_ratio: exp(b), interval exp(b -+ z s), z the
  normal quantile of .975; z, p: Wald. log_likelihood_null: of the constant alone. aic = 2 p - 2 ll; bic = p ln n - 2 ll,
  n the sum of weights. weighted: as if each row stood there `weight` times. probabilities: of the first five rows.
  Identity: the fitted probabilities add up to the ones.
discrimination: score (higher: more likely 1) and y. auc: P(score of a 1 > of a 0) + half P(equal). error: DeLong; sample variances
  (n - 1) of the placements. interval: auc -+ z error, level .95, not cut. gini = 2 auc - 1. ks: the largest
  difference of the two distribution functions. brier: mean (p - y)^2, log_loss: - mean ln of the probability of what happened (only
  where scores are probabilities inside (0, 1)).
gains: ten groups of equal size by falling score (no ties). rate: share of 1 in the group; captured: of all 1 so far; lift: rate over
  rate of all; cumulative_lift.
calibration: equal_counts: ten groups of equal size by rising probability; equal_width: bins [0, .1), [.1, .2), ...,
  [.9, 1], empty ones left out. mean: of the probabilities; observed: share of 1, with Wilson's interval, level .95. equal_.._error: sum of
  n |observed - mean| / n of all. hosmer_lemeshow: of equal_counts, sum (o - e)^2/(e (1 - e/n)), o ones, e their expected
  number; p_value: chi-square, 8 degrees.
"""
LEVELS = ["phone", "shop", "web"]
NAMES = ["constant", "tenure", "spend", "channel=shop", "channel=web"]


def newton(x, y, w):
    """Newton's method by definition, to the last bits."""
    b = np.zeros(x.shape[1])
    for _ in range(60):
        p = 1 / (1 + np.exp(-x @ b))
        step = np.linalg.solve((x.T * (w * p * (1 - p))) @ x, x.T @ (w * (y - p)))
        b = b + step
        if np.abs(step).max() < 1e-16:
            break
    p = 1 / (1 + np.exp(-x @ b))
    assert np.abs(x.T @ (w * (y - p))).max() < 1e-9
    error = np.sqrt(np.diag(np.linalg.inv((x.T * (w * p * (1 - p))) @ x)))
    return b, error, fsum(w * (y * np.log(p) + (1 - y) * np.log1p(-p))), p


def logistic(x, y, w, weighted):
    b, error, ll, p = newton(x, y, w)
    again = np.repeat(np.arange(len(y)), w.astype(int))
    theirs = sm.Logit(y[again], x[again]).fit(disp=0, method="newton", tol=1e-14, maxiter=100)
    close(theirs.params, b, 1e-10)
    close(theirs.bse, error, 1e-10)
    close(theirs.llf, ll, 1e-12)
    z, n = norm.ppf(0.975), w.sum()
    close(np.exp(theirs.conf_int()), np.exp(np.column_stack([b - z * error, b + z * error])), 1e-9)
    share = fsum(w * y) / n
    null = n * (share * log(share) + (1 - share) * log(1 - share))
    close(theirs.llnull, null, 1e-9)
    close(theirs.pvalues, 2 * norm.sf(np.abs(b / error)), 1e-10)
    out = {
        "coefficients": b,
        "errors": error,
        "z": b / error,
        "p": 2 * norm.sf(np.abs(b / error)),
        "odds_ratio": np.exp(b),
    }
    out |= {
        "interval": np.exp(np.column_stack([b - z * error, b + z * error])),
        "log_likelihood": ll,
        "log_likelihood_null": null,
    }
    out |= {"aic": 2 * len(b) - 2 * ll, "bic": len(b) * log(n) - 2 * ll, "probabilities": p[:5]}
    return {"data": "response", "weighted": weighted, "base": "phone", "names": NAMES, "expected": out}, p


def delong(score, y):
    """DeLong, DeLong & Clarke-Pearson (1988), by all pairs."""
    one, zero = score[y == 1], score[y == 0]
    wins = (one[:, None] > zero) + 0.5 * (one[:, None] == zero)
    auc = wins.mean()
    close(auc, roc_auc_score(y, score), 1e-14)
    return auc, sqrt(wins.mean(1).var(ddof=1) / len(one) + wins.mean(0).var(ddof=1) / len(zero))


def discrimination(name, score, y, probability):
    score, y = np.array(score), np.array(y)
    auc, error = delong(score, y)
    false, true, _ = roc_curve(y, score, drop_intermediate=False)
    ks = np.abs(true - false).max()
    close(ks, ks_2samp(score[y == 1], score[y == 0]).statistic, 1e-14)
    z = norm.ppf(0.975)
    out = {"auc": auc, "error": error, "interval": [auc - z * error, auc + z * error], "gini": 2 * auc - 1, "ks": ks}
    if probability:
        brier = fsum((score - y) ** 2) / len(y)
        loss = -fsum(np.log(np.where(y == 1, score, 1 - score))) / len(y)
        close([brier, loss], [brier_score_loss(y, score), log_loss(y, score)], 1e-12)
        out |= {"brier": brier, "log_loss": loss}
    return {"name": name, "score": score, "y": y, "expected": out}


def gains(p, y):
    order = np.argsort(-p, kind="stable")
    assert len(set(p)) == len(p)
    hits = y[order].reshape(10, -1)
    n, base = hits.shape[1], y.mean()
    so_far = np.cumsum(hits.sum(1))
    out = {
        "rows": [n] * 10,
        "ones": hits.sum(1).astype(int),
        "rate": hits.mean(1),
        "captured": so_far / y.sum(),
        "lift": hits.mean(1) / base,
    }
    return out | {"cumulative_lift": so_far / (n * np.arange(1, 11)) / base}


def group(p, y):
    ones = int(y.sum())
    return {
        "rows": len(p),
        "mean": fsum(p) / len(p),
        "ones": ones,
        "observed": ones / len(p),
        "interval": wilson(ones, len(p), 0.95),
    }


def calibration(p, y):
    order = np.argsort(p)
    ten = [group(p[i], y[i]) for i in np.split(order, 10)]
    bins = np.minimum((p * 10).astype(int), 9)
    assert np.abs(p * 10 - np.round(p * 10)).min() > 1e-9
    wide = [{"from": j / 10, **group(p[bins == j], y[bins == j])} for j in range(10) if np.any(bins == j)]
    hl = fsum((g["ones"] - g["mean"] * g["rows"]) ** 2 / (g["mean"] * g["rows"] * (1 - g["mean"])) for g in ten)
    error = [fsum(g["rows"] * abs(g["observed"] - g["mean"]) for g in t) / len(p) for t in (ten, wide)]
    out = {"equal_counts": ten, "equal_counts_error": error[0], "equal_width": wide, "equal_width_error": error[1]}
    return out | {"hosmer_lemeshow": hl, "p_value": chi2.sf(hl, 8)}


def make(data, family):
    rng = np.random.default_rng(36)
    n = 200
    tenure, spend = np.round(rng.gamma(2, 14, n), 1), np.round(np.exp(rng.normal(3.5, 0.8, n)), 2)
    channel = rng.choice(LEVELS, n, p=[0.25, 0.4, 0.35])
    eta = -1.3 - 0.03 * tenure + 0.025 * spend + 0.9 * (channel == "web") - 0.4 * (channel == "shop")
    y = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(float)
    w = rng.integers(1, 4, n).astype(float)
    x = np.column_stack([np.ones(n), tenure, spend, channel == "shop", channel == "web"]).astype(float)
    data("response", tenure=tenure, spend=spend, channel=list(map(str, channel)), y=y.astype(int), weight=w)
    plain, p = logistic(x, y, np.ones(n), False)
    close(p.sum(), y.sum(), 1e-12)
    weighted, _ = logistic(x, y, w, True)
    family("logistic", "Newton's method from its definition; statsmodels Logit agrees", [plain, weighted], 1e-9)

    small = np.round(np.clip(rng.beta(2, 3, 60), 0.02, 0.98), 1)
    small = np.clip(small, 0.05, 0.95)
    hit = (rng.random(60) < small).astype(int)
    cases = [
        discrimination("the fit of logistic", p, y.astype(int), True),
        discrimination("ties", small, hit, True),
        discrimination("all scores equal", [0.25] * 8, [0, 1, 0, 0, 1, 1, 0, 0], True),
        discrimination("perfect", [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [0, 0, 0, 1, 1, 1], False),
        discrimination("upside down", [5.0, 6.0, 4.0, 1.0, 3.0, 2.0, 4.0], [0, 0, 0, 1, 1, 1, 1], False),
        discrimination("whole numbers", rng.poisson(3 + 2 * hit).astype(float), hit, False),
    ]
    source = "DeLong, DeLong & Clarke-Pearson (1988); Brier (1950); scikit-learn, scipy ks_2samp agree"
    family("discrimination", source, cases, 1e-12)
    case = {"score": p, "y": y.astype(int)}
    family("gains", "definitions", [case | {"expected": gains(p, y)}])
    family("calibration", "Wilson (1927); Hosmer & Lemeshow (1980)", [case | {"expected": calibration(p, y)}])
