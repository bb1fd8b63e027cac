"""Families of grading.toml about scores: transforms, scalings, group scores, contributions."""

from math import asinh, fsum, log1p

import numpy as np
from grading_text import close
from scipy.stats import median_abs_deviation, rankdata

NOTES = """
quantile of order q: linear interpolation, h = (n - 1) q, x_[h] + (h - [h])(x_[h]+1 - x_[h]) (Hyndman & Fan type 7; numpy's default).
transform: rank is the mid-rank 1..n (ties share the mean of their ranks).
scaling: `values` after the transform; winsorised: drawn in to the quantiles of order .01 and .99 (`limits`). All that follows is of the
  winsorised column: z_population divides by n, z_sample by n - 1; robust_z = (x - median)/(1.4826 mad), mad the median of
  |x - median|; where mad is 0, iqr/1.349 in place of 1.4826 mad; where that is 0 too there is no robust_z (no key).
  clipped: robust_z held within -3 and 3. min_max: (x - min)/(max - min).
  mid_rank: mid-rank / n, so the largest is 1. mid_rank_centred: (mid-rank - 1/2)/n, so the median is 1/2.
contributions: z = sign (x - centre)/scale clipped to +-3; composite = sum w z, w = group weight x weight inside the group (both sum to 1);
  contribution = w (z - base mean of z); they add up to composite - base mean of the composite.
group_scores: scores of indicators, some unknown (no key). A group's score is the mean of the known ones, with their weights made to
  sum to 1, where at least half of the group is known, else unknown; the composite is unknown where a group's score is.
"""


def scaling(values):
    v = np.array(values)
    low, high = np.quantile(v, [0.01, 0.99])
    s, h = np.sort(v), (len(v) - 1) * 0.01
    close(low, s[int(h)] + (h - int(h)) * (s[int(h) + 1] - s[int(h)]), 1e-15)
    x = np.clip(v, low, high)
    centre, mad = np.median(x), median_abs_deviation(x)
    q1, q3 = np.quantile(x, [0.25, 0.75])
    scale = 1.4826 * mad if mad > 0 else (q3 - q1) / 1.349
    out = {
        "limits": [low, high],
        "winsorised": x,
        "mean": x.mean(),
        "sd_population": x.std(),
        "sd_sample": x.std(ddof=1),
    }
    out |= {"median": centre, "mad": mad, "quartiles": [q1, q3], "robust_scale": scale}
    out |= {"z_population": (x - x.mean()) / x.std(), "z_sample": (x - x.mean()) / x.std(ddof=1)}
    if scale > 0:
        r = (x - centre) / scale
        out |= {"robust_z": r, "clipped": np.clip(r, -3, 3)}
    rank = rankdata(x)
    out |= {
        "min_max": (x - x.min()) / (x.max() - x.min()),
        "mid_rank": rank / len(x),
        "mid_rank_centred": (rank - 0.5) / len(x),
    }
    close(out["mid_rank_centred"], [(sum(x < y) + 0.5 * sum(x == y)) / len(x) for y in x], 1e-15)
    return {"values": values, "expected": out}


def contributions():
    raw = {
        "revenue": [120.5, 88.0, 1450.0, 310.25, 95.0, 640.0, 210.0, 55.75],
        "orders": [3.0, 2.0, 14.0, 6.0, 2.0, 9.0, 5.0, 1.0],
        "days_since_last": [40.0, 210.0, 5.0, 30.0, 365.0, 12.0, 61.0, 300.0],
        "complaints": [0.0, 1.0, 0.0, 2.0, 3.0, 0.0, 1.0, 9.0],
        "satisfaction": [4.0, 3.5, 4.5, 3.0, 2.0, 5.0, 4.0, 2.5],
    }
    group = ["past sales", "past sales", "past sales", "service", "service"]
    inside, outside = [0.5, 0.3, 0.2, 0.6, 0.4], {"past sales": 0.65, "service": 0.35}
    sign, log = [1, 1, -1, -1, 1], [True, True, True, False, False]
    x = [[log1p(v) if wide else v for v in column] for column, wide in zip(raw.values(), log)]
    centre = [float(np.median(c)) for c in x]
    scale = [1.4826 * float(np.median(np.abs(np.array(c) - m))) for c, m in zip(x, centre)]
    z = np.array([np.clip(s * (np.array(c) - m) / w, -3, 3) for c, m, w, s in zip(x, centre, scale, sign)])
    assert np.any(np.abs(z) == 3), "no clipped value"
    w = np.array([a * outside[g] for a, g in zip(inside, group)])
    composite = w @ z
    part = w[:, None] * (z - z.mean(axis=1)[:, None])
    close(part.sum(axis=0), composite - composite.mean(), 1e-14)
    given = {
        "columns": raw,
        "group": group,
        "sign": sign,
        "log1p": log,
        "weight_inside": inside,
        "group_weight": [0.65, 0.35],
    }
    shown = {
        "centre": centre,
        "scale": scale,
        "weight": w,
        "z": z,
        "composite": composite,
        "base_mean_z": z.mean(axis=1),
    }
    shown |= {"base_mean": composite.mean(), "contribution": part}
    return {**given, "groups": ["past sales", "service"], "expected": shown}


def group_scores():
    weight = {"a": 0.5, "b": 0.25, "c": 0.25, "d": 0.6, "e": 0.4}
    groups, share = {"one": "abc", "two": "de"}, {"one": 0.7, "two": 0.3}
    customers = [
        {"a": 1.25, "b": -0.5, "c": 2.0, "d": 0.75, "e": -1.0},
        {"a": 1.25, "b": -0.5, "d": 0.75, "e": -1.0},
        {"a": -0.25, "c": 1.5, "d": 3.0},
        {"b": 0.125, "d": 0.5, "e": 0.25},
        {"d": 0.5, "e": 0.25},
    ]
    rows = []
    for c in customers:
        out = {}
        for g, names in groups.items():
            known = [k for k in names if k in c]
            of_weight = fsum(weight[k] for k in known)
            if 2 * len(known) >= len(names) and of_weight >= 0.5:
                out[g] = fsum(weight[k] * c[k] for k in known) / of_weight
            else:  # the two readings of "half" agree in all cases here
                assert 2 * len(known) < len(names) and of_weight < 0.5
        if len(out) == 2:
            out["composite"] = fsum(share[g] * out[g] for g in groups)
        rows.append({"scores": c, "expected": out})
    return [
        {"weight": weight, "groups": {g: list(n) for g, n in groups.items()}, "group_weight": share, "customers": rows}
    ]


def make(_, family):
    rng = np.random.default_rng(32)
    money = [0.0, 12.5, 12.5, 40.0, 99.99, 250.0, 250.0, 1830.75, 1e6]
    profit = [-820.0, -12.25, 0.0, 3.5, 3.5, 64.0, 64.0, 64.0, 5120.0]
    rows = [{"kind": "log1p", "values": money, "expected": [log1p(x) for x in money]}]
    rows.append({"kind": "asinh", "values": profit, "expected": [asinh(x) for x in profit]})
    rows.append({"kind": "rank", "values": profit, "expected": rankdata(profit)})
    rows.append({"kind": "rank", "values": money, "expected": rankdata(money)})
    family("transform", "definitions; rank: scipy rankdata", rows, 1e-15)

    ties = np.round(np.exp(rng.normal(2, 1, 25))).tolist()
    assert len(set(ties)) < 20
    spike = [0.0] * 13 + [0.0, 1.0, 2.0, 2.0, 3.0, 5.0, 5.0, 8.0, 12.0, 20.0, 33.0, 90.0]
    flat = [7.0] * 20 + [7.0, 9.0, 1.0, 7.0, 30.0]
    smooth = np.round(rng.normal(0, 10, 40), 2).tolist()
    rows = [{"name": "25 values with ties", **scaling(ties)}, {"name": "mad 0, spread by quartiles", **scaling(spike)}]
    assert rows[1]["expected"]["mad"] == 0 and rows[1]["expected"]["quartiles"][1] > 0
    rows += [{"name": "mad 0 and quartiles equal", **scaling(flat)}, {"name": "40 values", **scaling(smooth)}]
    assert rows[2]["expected"]["robust_scale"] == 0
    rows.append({"name": "log1p of the first", **scaling([log1p(v) for v in ties])})
    family("scaling", "Hyndman & Fan (1996), type 7; Huber (1981), MAD; numpy and scipy", rows)
    family("contributions", "identity: sum w (z - mean z) = composite - mean composite", [contributions()])
    family("group_scores", "definition in the notes", group_scores())
