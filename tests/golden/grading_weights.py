"""Families of grading.toml about weights: AHP, entropy."""

import itertools

import numpy as np
from grading_text import close

TITLE = ["Grading: weights, agreement, change over time, scores; from definitions."]
NOTES = """
ahp: judgments row by row above the diagonal; below it the reciprocals. weights: principal right eigenvector, sum 1.
  index CI = (lambda - n)/(n - 1); random_index RI(1..10) = 0, 0, .58, .90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49;
  ratio CR = CI/RI, 0 where RI is 0. geometric_mean: weights by the row geometric means.
  triad: i < j < k (from 0) with the largest deviation |ln(a_ij a_jk / a_ik)|; no key where all deviations are below 1e-12.
ahp_group: judgments of several people combined entry by entry by the geometric mean, then as ahp.
entropy: columns of non-negative scores, here min-max scores (x - min)/(max - min) of the raw columns (lower is better: 1 - it).
  p = x/sum x, e = -sum p ln p / ln n with 0 ln 0 = 0, w = (1 - e)/sum(1 - e). A column of zeros has no p: see
  entropy_constant, where a column that tells nothing apart has e = 1 by convention, so weight 0 (stored for what it is).
"""
RANDOM_INDEX = [0, 0, 0.58, 0.90, 1.12, 1.24, 1.32, 1.41, 1.45, 1.49]
THIRD = 1 / 3


def full(upper):
    n = next(n for n in range(1, 12) if n * (n - 1) // 2 == len(upper))
    a = np.eye(n)
    for (i, j), x in zip(itertools.combinations(range(n), 2), upper):
        a[i, j], a[j, i] = x, 1 / x
    return a


def principal(a):
    values, vectors = np.linalg.eig(a)
    k = np.argmax(values.real)
    w = np.abs(vectors[:, k].real)
    # A second way: power iteration, which cannot take another vector.
    x = np.ones(len(a)) / len(a)
    for _ in range(5000):
        x = a @ x
        x /= x.sum()
    close(w / w.sum(), x, 1e-13, "eigenvector")
    top = (a @ x).sum()
    close(values[k].real, top, 1e-13, "eigenvalue")
    return x, top


def ahp(upper):
    a = full(upper)
    n = len(a)
    weights, top = principal(a)
    ci = (top - n) / (n - 1)
    ri = RANDOM_INDEX[n - 1]
    means = np.exp(np.log(a).mean(axis=1))
    row = {"weights": weights, "lambda": top, "index": ci, "random_index": float(ri)}
    row |= {"ratio": ci / ri if ri else 0.0, "accepted": bool(ri == 0 or ci / ri <= 0.1)}
    row |= {"geometric_mean": means / means.sum()}
    off = {t: abs(np.log(a[t[0], t[1]] * a[t[1], t[2]] / a[t[0], t[2]])) for t in itertools.combinations(range(n), 3)}
    order = sorted(off, key=off.get, reverse=True)
    if order and off[order[0]] > 1e-12:
        assert len(order) == 1 or off[order[0]] - off[order[1]] > 1e-9, "two triads are equally bad"
        row |= {"triad": list(order[0]), "deviation": off[order[0]]}
    return row


def scale(rng, n, noise):
    """Judgments on Saaty's scale around hidden weights, off by some steps."""
    steps = np.array([1 / k for k in range(9, 1, -1)] + list(range(1, 10)))
    hidden = np.exp(rng.normal(0, 0.7, n))
    upper = []
    for i, j in itertools.combinations(range(n), 2):
        at = np.argmin(np.abs(np.log(steps) - np.log(hidden[i] / hidden[j]))) + rng.integers(-noise, noise + 1)
        upper.append(float(steps[min(max(at, 0), len(steps) - 1)]))
    return upper


def make(_, family):
    rng = np.random.default_rng(30)
    leader = ahp([4.0, 3.0, 7.0, THIRD, 3.0, 5.0])
    close(leader["weights"], [0.547, 0.127, 0.270, 0.056], 1e-3)
    close([leader["lambda"], leader["ratio"]], [4.1184, 0.0439], 5e-5)
    cases = [
        {
            "name": "leader: experience, education, charisma, age",
            "judgments": [4.0, 3.0, 7.0, THIRD, 3.0, 5.0],
            "expected": leader,
            "quoted": [0.547, 0.127, 0.270, 0.056],
            "quoted_tolerance": 1e-3,
        },
        {"name": "consistent", "judgments": [2.0, 6.0, 3.0], "expected": ahp([2.0, 6.0, 3.0])},
        {"name": "two", "judgments": [3.0], "expected": ahp([3.0])},
    ]
    while len(cases) < 4:
        upper = scale(rng, 5, 1)
        if ahp(upper)["ratio"] <= 0.08:
            cases.append({"name": "five, acceptable", "judgments": upper, "expected": ahp(upper)})
    while len(cases) < 5:
        upper = scale(rng, 5, 5)
        try:
            row = ahp(upper)
        except AssertionError:
            continue
        if row["ratio"] > 0.15:
            cases.append({"name": "five, to be refused", "judgments": upper, "expected": row})
    circle = [5.0, 0.2, 5.0]
    cases.append({"name": "a circle of three", "judgments": circle, "expected": ahp(circle)})
    ten = scale(rng, 10, 2)
    cases.append({"name": "ten", "judgments": ten, "expected": ahp(ten)})
    family(
        "ahp",
        "Saaty (1980), The Analytic Hierarchy Process; leader: Saaty's example; eigenvector by LAPACK and by powers",
        cases,
    )

    people = [[4.0, 3.0, 7.0, THIRD, 3.0, 5.0], [2.0, 3.0, 5.0, 1.0, 2.0, 3.0], [6.0, 1.0, 9.0, 0.2, 3.0, 7.0]]
    combined = np.exp(np.log(people).mean(axis=0))
    row = {"people": people, "judgments": combined, "expected": ahp(list(combined))}
    family("ahp_group", "Aczel & Saaty (1983): geometric mean of judgments", [row])

    cases = []
    for n, lower in ((5, (False, True, False)), (12, (False, False, True, False)), (30, (False, False))):
        raw = [np.round(np.exp(rng.normal(3, 0.3 + 0.5 * j, n)), 2) for j in range(len(lower))]
        cases.append(entropy(raw, lower))
    family("entropy", "Shannon (1948); Hwang & Yoon (1981), entropy weights; min-max scores before", cases)
    raw = [np.array([3.0, 1.0, 4.0, 1.5, 5.0]), np.full(5, 7.0), np.array([2.0, 7.0, 1.0, 8.0, 2.5])]
    row = entropy([raw[0], raw[2]], (False, False))
    e, w = row["expected"]["entropy"], row["expected"]["weights"]
    row = {"raw": raw, "expected": {"entropy": [e[0], 1.0, e[1]], "weights": [w[0], 0.0, w[1]]}}
    family("entropy_constant", "as entropy; a constant column carries no information", [row])


def entropy(raw, lower):
    scores = [(x - x.min()) / (x.max() - x.min()) for x in raw]
    scores = [1 - x if low else x for x, low in zip(scores, lower)]
    e = []
    for x in scores:
        p = x / x.sum()
        p = p[p > 0]
        e.append(-(p * np.log(p)).sum() / np.log(len(x)))
    gap = 1 - np.array(e)
    return {
        "raw": raw,
        "lower_is_better": list(lower),
        "scores": scores,
        "expected": {"entropy": e, "weights": gap / gap.sum()},
    }
