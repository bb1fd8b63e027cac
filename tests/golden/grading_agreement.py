"""Families of grading.toml about agreement: Wilson intervals, kappa, adjusted Rand index, assignment."""

import itertools
from fractions import Fraction
from math import comb, factorial, sqrt

import numpy as np
from grading_text import close
from scipy.optimize import linear_sum_assignment
from scipy.stats import binomtest, norm
from sklearn.metrics import adjusted_rand_score, cohen_kappa_score
from statsmodels.stats.inter_rater import cohens_kappa
from statsmodels.stats.proportion import proportion_confint

NOTES = """
wilson: interval of a share, z the normal quantile of (1 + level)/2; no continuity correction.
kappa: table[i][j] counts, i by the first rater, j by the second. Agreement weights 1 (i = j, else 0), 1 - |i-j|/(k-1), 1 - (i-j)^2/(k-1)^2.
  error: standard error of the estimate; error_null: at kappa 0 (for testing).
adjusted_rand: one character per row. Two partitions of one cluster each (or of single rows) agree: 1.
jaccard: for each cluster of `first` (by its digit) the largest |A and B| / |A or B| over the clusters B of `second`.
prediction_strength: own: clusters of the test rows; other: the cells of the training centroids that they fall in. Of each own cluster
  the share of its pairs of rows that share a cell, and the least of them.
assignment: cost[i][j] of giving row i to column j; columns: the column of each row, -1 without one; the optimum is unique.
label_matching: squared distances between old centroids (rows) and new ones (columns).
"""


def wilson(x, n, level):
    z = norm.ppf(0.5 + level / 2)
    p = x / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = 0.0 if x == 0 else centre - half, 1.0 if x == n else centre + half
    close([low, high], [centre - half, centre + half], 1e-15)
    other = binomtest(x, n).proportion_ci(level, "wilson")
    close([low, high], [other.low, other.high], 1e-14)
    close([low, high], proportion_confint(x, n, 1 - level, "wilson"), 1e-14)
    return [low, high]


def kappa(table, kind):
    """Fleiss, Cohen & Everitt (1969), equations 5, 7 and 9 with sample proportions."""
    p = np.array(table, float)
    n, k = p.sum(), len(p)
    p /= n
    gap = np.abs(np.subtract.outer(np.arange(k), np.arange(k))) / (k - 1)
    w = {"none": (gap == 0).astype(float), "linear": 1 - gap, "quadratic": 1 - gap**2}[kind]
    r, c = p.sum(1), p.sum(0)
    po, pe = (w * p).sum(), (w * np.outer(r, c)).sum()
    mean = np.add.outer(w @ c, r @ w)
    var = (p * (w * (1 - pe) - mean * (1 - po)) ** 2).sum() - (po * pe - 2 * pe + po) ** 2
    null = (np.outer(r, c) * (w - mean) ** 2).sum() - pe**2
    value, error, error0 = (po - pe) / (1 - pe), sqrt(var / n) / (1 - pe) ** 2, sqrt(null / n) / (1 - pe)
    theirs = cohens_kappa(np.array(table), wt=None if kind == "none" else kind)
    close([value, error, error0], [theirs.kappa, theirs.std_kappa, theirs.std_kappa0], 1e-12, kind)
    a, b = np.array([(i, j) for i in range(k) for j in range(k) for _ in range(table[i][j])]).T
    close(value, cohen_kappa_score(a, b, weights=None if kind == "none" else kind), 1e-12)
    z = norm.ppf(0.975)
    return {"kappa": value, "error": error, "error_null": error0, "interval": [value - z * error, value + z * error]}


def rand(a, b):
    pairs = {}
    for x, y in zip(a, b):
        pairs[x, y] = pairs.get((x, y), 0) + 1
    both = sum(comb(n, 2) for n in pairs.values())
    first, second = (sum(comb(s.count(x), 2) for x in set(s)) for s in (a, b))
    chance, most = Fraction(first * second, comb(len(a), 2)), Fraction(first + second, 2)
    exact = (both - chance) / (most - chance) if most != chance else Fraction(1)
    close(float(exact), adjusted_rand_score(list(a), list(b)), 1e-14)
    return float(exact)


def jaccard(a, b):
    sets = [{c: {i for i, x in enumerate(s) if x == c} for c in sorted(set(s))} for s in (a, b)]
    return [float(max(Fraction(len(p & q), len(p | q)) for q in sets[1].values())) for p in sets[0].values()]


def strength(own, other):
    out = []
    for c in sorted(set(own)):
        cells = [y for x, y in zip(own, other) if x == c]
        out.append(float(Fraction(sum(comb(cells.count(y), 2) for y in set(cells)), comb(len(cells), 2))))
    return {"per_cluster": out, "least": min(out)}


def assign(cost):
    cost = np.array(cost)
    n, m = cost.shape
    rows, columns = linear_sum_assignment(cost)
    best = cost[rows, columns].sum()
    # All of them, if need be; the second best tells that the optimum is unique.
    wide = cost if n <= m else cost.T
    assert factorial(max(n, m)) <= 40320
    totals = sorted(
        wide[np.arange(len(wide)), list(way)].sum() for way in itertools.permutations(range(wide.shape[1]), len(wide))
    )
    close(best, totals[0])
    assert totals[1] - totals[0] > 1e-6, "two optima"
    out = [-1] * n
    for i, j in zip(rows, columns):
        out[i] = int(j)
    return {"columns": out, "total": best}


def make(_, family):
    rng = np.random.default_rng(31)
    shares = [
        (0, 10),
        (10, 10),
        (3, 10),
        (50, 100),
        (1, 1000),
        (999, 1000),
        (81, 263),
        (1, 1),
        (0, 1),
        (123456, 1000000),
    ]
    cases = [
        {"successes": x, "trials": n, "level": level, "expected": wilson(x, n, level)}
        for x, n in shares
        for level in (0.9, 0.95, 0.99)
    ]
    published = {
        (81, 263): [0.2553, 0.3662],
        (15, 148): [0.0624, 0.1605],
        (0, 20): [0.0, 0.1611],
        (1, 29): [0.0061, 0.1718],
    }
    for (x, n), quoted in published.items():
        row = {"successes": x, "trials": n, "level": 0.95, "expected": wilson(x, n, 0.95)}
        close(row["expected"], quoted, 5.1e-5)
        cases.append(row | {"quoted": quoted, "quoted_tolerance": 5.1e-5})
    family("wilson", "Wilson (1927); quoted: Newcombe (1998), table I, method 3; scipy and statsmodels agree", cases)

    tables = {
        "Fleiss, Levin & Paik (2003), table 18.1": [[75, 1, 4], [5, 4, 1], [0, 0, 10]],
        "grades A to D, two rules": [[52, 11, 2, 0], [14, 60, 17, 1], [1, 20, 71, 12], [0, 3, 15, 88]],
        "two grades": [[30, 9], [4, 57]],
        "worse than chance": [[2, 9, 14], [11, 3, 8], [16, 7, 1]],
        "five grades, one empty in the second": [
            [9, 4, 0, 2, 0],
            [3, 12, 0, 5, 1],
            [1, 6, 0, 9, 2],
            [0, 2, 0, 14, 4],
            [0, 0, 0, 3, 11],
        ],
    }
    cases = []
    for name, table in tables.items():
        row = {"name": name, "table": table, "unweighted": kappa(table, "none")}
        cases.append(row | {"linear": kappa(table, "linear"), "quadratic": kappa(table, "quadratic")})
    close(cases[0]["unweighted"]["kappa"], 0.68, 5e-3)
    cases[0] |= {"quoted_unweighted_kappa": 0.68, "quoted_tolerance": 5e-3}
    family("kappa", "Cohen (1968); Fleiss, Cohen & Everitt (1969); statsmodels cohens_kappa agrees", cases)

    truth = "".join(map(str, rng.integers(0, 4, 60)))
    noisy = "".join(x if rng.random() < 0.8 else str(rng.integers(0, 4)) for x in truth)
    pairs = {
        "noise": (truth, noisy),
        "renamed": (truth, truth.translate(str.maketrans("0123", "2310"))),
        "chance": (truth, "".join(map(str, rng.integers(0, 3, 60)))),
        "one cluster against four": (truth, "0" * 60),
        "one cluster twice": ("0" * 8, "1" * 8),
        "single rows twice": ("01234567", "76543210"),
        "below zero": ("00001111", "01010101"),
        "crossed halves": ("000000111111222222", "000111222333444555"),
    }
    cases = [{"name": k, "first": a, "second": b, "expected": rand(a, b)} for k, (a, b) in pairs.items()]
    family("adjusted_rand", "Hubert & Arabie (1985), in fractions; scikit-learn agrees", cases)

    both = [(truth, noisy), (noisy, truth), (truth, pairs["renamed"][1]), pairs["crossed halves"]]
    cases = [{"first": a, "second": b, "expected": jaccard(a, b)} for a, b in both]
    family("jaccard", "Hennig (2007), Computational Statistics & Data Analysis 52; in fractions", cases)
    cases = [{"own": a, "other": b, "expected": strength(a, b)} for a, b in both]
    family("prediction_strength", "Tibshirani & Walther (2005); in fractions", cases)

    cases = []
    for n, m in ((2, 2), (4, 4), (5, 5), (7, 7), (8, 8), (3, 5), (6, 4)):
        cost = np.round(rng.uniform(0, 10, (n, m)), 3)
        cases.append({"cost": cost, "expected": assign(cost)})
    cost = np.round(rng.normal(0, 5, (6, 6)), 3)
    cases.append({"cost": cost, "expected": assign(cost)})
    family("assignment", "Kuhn (1955); scipy linear_sum_assignment; all permutations", cases)

    old = np.round(rng.normal(0, 1.2, (4, 3)), 3)
    new = np.round(old[[2, 0, 3, 1]] + rng.normal(0, 0.3, (4, 3)), 3)
    cost = ((old[:, None] - new[None]) ** 2).sum(-1)
    family("label_matching", "as assignment", [{"old": old, "new": new, "cost": cost, "expected": assign(cost)}])
