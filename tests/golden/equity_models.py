"""Families of equity.toml: migration, certain lives, elasticities, shifted beta-geometric lives."""

import random
from fractions import Fraction

from equity_methods import (
    PAYMENTS,
    SHIFT,
    annuity,
    best_recency,
    best_stop,
    convention,
    elasticity,
    markov,
    mp,
    mpf,
    recency_chain,
    sbg_lifetime,
)


def migration(family):
    rng = random.Random(2000)
    rows = []
    settings = [((0.3, 0.2, 0.15, 0.05), 40.0, 4.0, 0.2)]
    for _ in range(5):
        n = rng.randint(2, 7)
        buys = tuple(sorted((round(rng.uniform(0.01, 0.6), 3) for _ in range(n)), reverse=True))
        settings.append(
            (buys, float(rng.randint(20, 120)), float(rng.randint(1, 12)), rng.choice((0.05, 0.1, 0.15, 0.2)))
        )
    settings.append(((0.3, 0.02, 0.25, 0.01), 60.0, 5.0, 0.1))  # a poor recency between good ones
    for k, (buys, contribution, promotion, d) in enumerate(settings):
        p, reward = recency_chain([mpf(x) for x in buys], mpf(contribution), mpf(promotion))
        last, stopped = best_recency([mpf(x) for x in buys], mpf(contribution), mpf(promotion), mpf(d))
        row = {
            "purchase_probability": buys,
            "contribution": contribution,
            "promotion": promotion,
            "rate": d,
            "horizon": 4,
        }
        row |= {"infinite": markov(p, reward, mpf(d)), "finite": markov(p, reward, mpf(d), 4)}
        row |= {"stop_after": last, "stopped": stopped}
        if k == 0:
            row["quoted_infinite"] = [52.3196, 5.5538, 1.2508, -1.82, 0.0]
            row["quoted_finite"] = [50.115, 4.2199, 0.5921, -1.9801, 0.0]
            row["quoted_stopped"] = [53.1494, 6.6207, 2.6437, 0.0]
            row["quoted_tolerance"] = 1e-4
        rows.append(row)
    source = "Pfeifer & Carraway (2000), recency model; powers of P added up; stop: every last recency tried"
    family("recency", source, rows)

    rows = [
        dict(
            p=[[0.5, 0.5, 0, 0], [0.2, 0, 0.8, 0], [0.1, 0, 0, 0.9], [0, 0, 0, 1]],
            reward=[100, 0, 0, 0],
            rate=0.1,
            horizon=6,
            quoted_infinite=[231.0764, 57.2917, 21.0069, 0.0],
        ),
        dict(
            p=[[0.3, 0.7, 0, 0], [0.2, 0, 0.8, 0], [0.05, 0, 0, 0.95], [0, 0, 0, 1]],
            reward=[36, -4, -4, 0],
            rate=0.2,
            horizon=4,
            quoted_finite=[49.4047, 2.6875, -1.9828, 0.0],
        ),
        dict(
            p=[[0.8, 0.15, 0, 0.05], [0.2, 0.6, 0.1, 0.1], [0.05, 0.15, 0.5, 0.3], [0, 0, 0, 1]],
            reward=[100, 40, 10, 0],
            rate=0.12,
            horizon=3,
            quoted_infinite=[490.5616, 299.8648, 130.1739, 0.0],
        ),
    ]
    for _ in range(5):
        n = rng.randint(3, 5)
        p = []
        for _ in range(n):
            cuts = sorted(rng.randint(0, 1000) for _ in range(n))
            p.append([(b - a) / 1000 for a, b in zip([0, *cuts], [*cuts, 1000])])
        p.append([0.0] * n + [1.0])
        reward = [round(rng.uniform(-60, 100), 1) for _ in range(n)] + [0.0]
        rows.append(dict(p=p, reward=reward, rate=rng.choice((0.05, 0.1, 0.25)), horizon=rng.randint(0, 12)))
    done = []
    for row in rows:
        row = {
            "p": [list(map(float, line)) for line in row.pop("p")],
            "reward": list(map(float, row.pop("reward"))),
        } | row
        # Decimal rows add up to one; as doubles they would not, at this precision.
        p, reward = [[exact(x) for x in line] for line in row["p"]], [exact(x) for x in row["reward"]]
        assert all(abs(mp.fsum(line) - 1) < mpf(10) ** -50 for line in p)
        d = mpf(row["rate"])
        row["infinite"], row["finite"] = markov(p, reward, d), markov(p, reward, d, row["horizon"])
        row["stop"], row["stopped"] = best_stop(p, reward, d, {len(p) - 1})
        if "quoted_infinite" in row or "quoted_finite" in row:
            row["quoted_tolerance"] = 1e-4
        done.append(row)
    family(
        "markov",
        "Pfeifer & Carraway (2000); powers of P added up; stop: states not worth serving, every set tried",
        done,
    )


def exact(x):
    f = Fraction(str(x))
    return mpf(f.numerator) / f.denominator


def annuities(family):
    rows = []
    for m, d, n in (
        (100.0, 0.12, 5.0),
        (100.0, 0.1, 2.4),
        (250.0, 0.08, 10.0),
        (80.0, 0.0, 7.5),
        (1000.0, 0.05, 30.0),
        (60.0, 0.15, 0.5),
    ):
        value = {k: annuity(mpf(m), mpf(d), mpf(n), s) for k, s in SHIFT.items()}
        row = {"margin": m, "rate": d, "periods": n, "expected": value}
        if (d, n) == (0.12, 5.0):
            row |= {"quoted": {"end": 360.4776}, "quoted_tolerance": 1e-4}
        if n == 2.4:
            row |= {"quoted": {"end": 203.606311}, "quoted_tolerance": 1e-6}
        rows.append(row)
    family("lifetime_annuity", "fixed life: m a period, a broken last period pays its share", rows)

    rows = []
    for m, r, d in ((100.0, 0.8, 0.12), (100.0, 0.5, 0.1), (40.0, 0.9, 0.08), (70.0, 0.75, 0.2)):
        life = 1 / (1 - exact(r))
        fixed, right = annuity(mpf(m), mpf(d), life, mpf(0)), convention("T1", mpf(m), mpf(r), mpf(d))
        row = {"margin": m, "retention": r, "rate": d, "annuity": fixed, "T1": right, "expected": fixed / right - 1}
        rows.append(row | ({"quoted": 0.4419, "quoted_tolerance": 1e-4} if r == 0.8 else {}))
    family(
        "annuity_overstates",
        "Gupta, Lehmann & Stuart (2004): an expected life 1/(1-r) taken as certain; excess over T1",
        rows,
    )


def sensitivities(family):
    rows = []
    grid = (
        (100.0, 0.8, 0.12, 50.0),
        (100.0, 0.9, 0.1, 20.0),
        (40.0, 0.6, 0.2, 45.0),
        (17.95, 0.95, 0.01, 100.0),
        (250.0, 0.3, 0.08, 60.0),
        (60.0, 0.7, 0.0, 10.0),
    )
    names = ("margin", "retention", "rate")
    for m, r, d, cost in grid:
        at = (mpf(m), mpf(r), mpf(d))

        def levers(value):
            def one(k):
                return elasticity(lambda x: value(*at[:k], x, *at[k + 1 :]), at[k]) if at[k] else mpf(0)

            return {name: one(k) for k, name in enumerate(names)}

        row = {"margin": m, "retention": r, "rate": d, "acquisition_cost": cost, "periods": 5}
        for kind in PAYMENTS:
            row[kind] = levers(lambda *a, kind=kind: convention(kind, *a))
        row["T1_finite"] = levers(lambda *a: convention("T1", *a, payments=5))
        for kind in ("T1", "T2"):
            row[kind + "_less_cost"] = levers(lambda *a, kind=kind: convention(kind, *a) - mpf(cost)) | {
                "acquisition_cost": elasticity(lambda c, kind=kind: convention(kind, *at) - c, mpf(cost))
            }
        if (m, r, d) == (100.0, 0.8, 0.12):
            row["quoted"] = {"T1_retention": 3.5, "T1_rate": -0.375, "T2_retention": 2.5, "T2_rate": -0.267857}
            row["quoted"] |= {
                "T1_finite_retention": 2.357989,
                "T1_less_cost_margin": 1.25,
                "T1_less_cost_acquisition_cost": -0.25,
            }
            row["quoted_tolerance"] = 1e-6
        if (m, r, d) == (100.0, 0.9, 0.1):
            row |= {"quoted": {"T1_retention": 5.5}, "quoted_tolerance": 1e-9}
        rows.append(row)
    source = (
        "x V'(x)/V(x), central difference at 65 digits; Gupta, Lehmann & Stuart (2004). T1_finite: cut after `periods`"
    )
    family("elasticities", source, rows)

    gls = (
        ("Amazon", 33.8, 3.87, 7.70, 0.70, 0.82, 2.45, 0.07, 1.07, 0.46),
        ("Ameritrade", 1.88, 50.39, 203.44, 0.95, 1.62, 6.75, 0.03, 1.03, 1.17),
        ("Capital One", 46.6, 13.71, 75.49, 0.85, 11.00, 5.12, 0.32, 1.32, 1.11),
        ("eBay", 46.1, 4.31, 11.26, 0.80, 1.89, 3.42, 0.08, 1.08, 0.63),
        ("E*Trade", 4.12, 43.02, 391.00, 0.95, 2.69, 6.67, 0.02, 1.02, 1.14),
    )
    names = ("firm", "customers_million", "quarterly_margin", "acquisition_cost", "retention", "value_billion")
    names += ("elasticity_retention", "elasticity_acquisition_cost", "elasticity_margin", "elasticity_rate")
    source = (
        "Gupta, Lehmann & Stuart (2004), as quoted (absolute values); only the identity margin - cost = 1 is a test"
    )
    family("published_elasticities", source, [dict(zip(names, row)) for row in gls])


def sbg(family):
    rows = []
    for a, b in ((0.668, 3.806), (0.704, 1.182), (0.764, 1.296), (1.0, 1.0), (2.5, 0.8), (0.1, 6.0)):
        for d in (0.1, 0.02, 0.35):
            at = (mpf(a), mpf(b), mpf(d))
            row = {"alpha": a, "beta": b, "rate": d, "new": sbg_lifetime(*at)}
            row |= {"renewals": [0, 1, 3, 10], "residual": [sbg_lifetime(*at, n) for n in (0, 1, 3, 10)]}
            if (a, d) == (0.668, 0.1):
                row |= {"quoted_new": 5.922596, "quoted_residual": {"n": 3, "value": 6.62028}, "quoted_tolerance": 1e-6}
            rows.append(row)
    source = "Fader & Hardie (2010), DEL and DERL of the shifted beta-geometric, by direct summation"
    family("sbg_lifetime", source, rows)

    rows = []
    for a, b, m, d in ((0.764, 1.296, 100.0, 0.1), (0.668, 3.806, 50.0, 0.08), (2.0, 2.0, 80.0, 0.15)):
        periods = [1, 2, 5, 10]
        value = [m * sbg_lifetime(mpf(a), mpf(b), mpf(d), n - 1) for n in periods]
        row = {"alpha": a, "beta": b, "margin": m, "rate": d, "periods": periods, "expected": value}
        row |= {"quoted": [288.22, 393.94, 568.25], "quoted_tolerance": 0.005} if a == 0.764 else {}
        # The aggregate that hides them: a constant retention rate.
        r = 0.833 if a == 0.764 else 0.8
        constant = long_constant(m, r, d)
        rows.append(
            row | {"constant_retention": r, "constant": constant} | ({"quoted_constant": 343.18} if a == 0.764 else {})
        )
    family(
        "aggregation_illusion",
        "Fader & Hardie (2010), value after n periods, just before the n-th renewal, against a constant r",
        rows,
    )


def long_constant(m, r, d):
    """Sum over k >= 0 of m r^(k+1)/(1+d)^k: the renewal that is due now, and all after it."""
    return convention("T1", mpf(m), mpf(r), mpf(d)) * (1 + mpf(d))


FAMILIES = (migration, annuities, sensitivities, sbg)
