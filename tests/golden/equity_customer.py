"""Families of equity.toml about one customer: conventions, published formulas, migration, retention models, elasticities."""

import random
from fractions import Fraction

from equity_methods import (
    PAYMENTS,
    HALF,
    annuity,
    berger_nasr,
    berger_nasr_3,
    berger_nasr_4,
    best_recency,
    best_stop,
    continuous,
    convention,
    elasticity,
    markov,
    mp,
    mpf,
    present_value,
    profit_curve,
    recency_chain,
    sbg_lifetime,
)

RECONCILED = "Fader & Hardie (2012), Reconciling and clarifying CLV formulas; T6: Berger & Nasr (1998), case 4"
SHIFT = {"end": mpf(0), "middle": HALF, "start": mpf(1)}


def conventions(family):
    rows = []
    for m, r, d in [(100.0, r, d) for r in (0.0, 0.3, 0.6, 0.8, 0.95, 0.995) for d in (0.0, 0.01, 0.08, 0.12, 0.25)] + [
        (100.0, 1.0, 0.12),
        (100.0, 1.0, 0.01),
        (100.0, 0.8, -0.05),
        (-40.0, 0.8, 0.12),
        (0.0, 0.8, 0.12),
        (17.95, 0.995, 0.01),
        (18.95, 0.788, 0.01),
        (1e6, 0.75, 0.2),
    ]:
        value = {k: convention(k, mpf(m), mpf(r), mpf(d)) for k in PAYMENTS}
        value["T6"] = continuous(mpf(m), mpf(r), mpf(d))
        row = {"margin": m, "retention": r, "rate": d, "expected": value}
        if (m, r, d) == (100.0, 0.8, 0.12):
            row["quoted"] = {
                "T1": 250.0,
                "T2": 350.0,
                "T3": 312.5,
                "T4": 264.575131,
                "T5": 330.718914,
                "T6": 297.201341,
            }
            row["quoted_tolerance"] = 1e-6
        rows.append(row)
    family("conventions", RECONCILED + "; sums to 1e-60, T6 by quadrature", rows)

    rows = []
    for m, r, d in (
        (100.0, 0.8, 0.12),
        (100.0, 0.0, 0.12),
        (100.0, 1.0, 0.1),
        (334.0, 0.85, 0.12),
        (50.0, 0.95, 0.0),
        (80.0, 0.6, -0.02),
    ):
        for n in (1, 2, 5, 12, 40):
            value = {k: convention(k, mpf(m), mpf(r), mpf(d), payments=n) for k in PAYMENTS}
            value["T6"] = continuous(mpf(m), mpf(r), mpf(d), end=n)
            value["T2_through_T"] = convention("T2", mpf(m), mpf(r), mpf(d), payments=n + 1)
            row = {"margin": m, "retention": r, "rate": d, "periods": n, "expected": value}
            if (r, n) == (0.8, 5):
                row |= {"quoted": {"T1": 203.516392}, "quoted_tolerance": 1e-6}
            if (r, n) == (0.85, 5):
                row |= {"quoted": {"T3": 925.5878}, "quoted_tolerance": 1e-4}
            rows.append(row)
    family("finite", RECONCILED + "; cut after so many periods", rows)

    rows = []
    for m, r, d in ((100.0, 0.8, 0.12), (100.0, 0.6, 0.12), (100.0, 0.9, 0.1), (55.0, 0.0, 0.08), (100.0, 0.9, 0.25)):
        for g in (-0.05, 0.0, 0.02, 0.04, 0.08):
            for origin in ("first_renewal", "initial"):
                for n in (None, 10):
                    value = {k: convention(k, mpf(m), mpf(r), mpf(d), mpf(g), origin, n) for k in PAYMENTS}
                    if origin == "initial":
                        value["T6"] = continuous(mpf(m), mpf(r) * (1 + mpf(g)), mpf(d), n)
                    row = {"margin": m, "retention": r, "rate": d, "growth": g, "growth_from": origin}
                    row |= ({"periods": n} if n else {}) | {"expected": value}
                    if (m, r, d, g, n) == (100.0, 0.8, 0.12, 0.04, None):
                        quoted = 277.777778 if origin == "first_renewal" else 288.888889
                        row |= {"quoted": {"T1": quoted}, "quoted_tolerance": 1e-6}
                    rows.append(row)
    family("growth", "Gupta & Lehmann (2003), margin growth; no periods: for ever", rows)

    rows = []
    for name, m, r, d, count, cost, kind, quoted, tolerance, source in (
        (
            "internet provider",
            18.95,
            0.788,
            0.01,
            1.0,
            0.0,
            "T1",
            67.264,
            1e-3,
            "Net-4-You case: 19.95 - .50 - .50, monthly",
        ),
        ("film rental", 17.95, 0.995, 0.01, 1.0, 0.0, "T1", 1190.6833, 1e-3, "Darden course: 18.45 - .50, monthly"),
        ("film rental", 17.95, 0.995, 0.01, 1.0, 0.0, "T2", 1208.6333, 1e-3, "Darden course, quoted as about 1209"),
        (
            "cohort",
            40.0,
            0.5,
            0.15,
            1e5,
            30.0,
            "T2",
            4076923.08,
            5e-3,
            "cohort of 100,000: revenue 100, cost 50, marketing 10",
        ),
        ("Gupta-Lehmann", 100.0, 0.9, 0.1, 1.0, 0.0, "T1", 450.0, 1e-9, "Gupta & Lehmann (2003): multiple 4.5"),
    ):
        value = count * (convention(kind, mpf(m), mpf(r), mpf(d)) - mpf(cost))
        rows.append(
            {
                "name": name,
                "source": source,
                "convention": kind,
                "margin": m,
                "retention": r,
                "rate": d,
                "customers": count,
            }
            | {"acquisition_cost": cost, "expected": value, "quoted": quoted, "quoted_tolerance": tolerance}
        )
    family("textbook", "customers times (value - acquisition cost)", rows)


def break_even(family):
    """The retention at which T1 with another margin is worth as much as before."""
    rows = []
    for m0, r, d, m1 in (
        (18.95, 0.788, 0.01, 18.75),
        (100.0, 0.8, 0.12, 90.0),
        (40.0, 0.6, 0.1, 44.0),
        (25.0, 0.95, 0.02, 24.0),
    ):
        goal = convention("T1", mpf(m0), mpf(r), mpf(d))
        at = mp.findroot(
            lambda x: convention("T1", mpf(m1), x, mpf(d)) - goal, (mpf(r), mpf(r) * 1.001), tol=mpf(10) ** -40
        )
        row = {"margin": m0, "retention": r, "rate": d, "new_margin": m1, "expected": at}
        if m1 == 18.75:
            row |= {"quoted": 0.789832, "quoted_tolerance": 1e-6}
        rows.append(row)
    family("break_even_retention", "T1 before and after, by root finding", rows)


def multiples(family):
    rows = []
    quoted = {
        0.6: (1.20, 1.15, 1.11, 1.07, 1.15, 1.18, 1.21, 1.24, 1.27),
        0.7: (1.75, 1.67, 1.59, 1.52, 1.67, 1.72, 1.79, 1.85, 1.92),
        0.8: (2.67, 2.50, 2.35, 2.22, 2.50, 2.63, 2.78, 2.94, 3.12),
        0.9: (4.50, 4.09, 3.75, 3.46, 4.09, 4.46, 4.89, 5.42, 6.08),
    }
    cells = [(i, 0.0) for i in (0.10, 0.12, 0.14, 0.16)] + [(0.12, g) for g in (0.0, 0.02, 0.04, 0.06, 0.08)]
    for r, row in quoted.items():
        for (i, g), shown in zip(cells, row):
            value = convention("T1", mpf(1), mpf(r), mpf(i), mpf(g), "first_renewal")
            rows.append(
                {"retention": r, "rate": i, "growth": g, "expected": value, "quoted": shown, "quoted_tolerance": 0.006}
            )
    family("margin_multiple", "Gupta & Lehmann (2003), tables of r/(1+i-r) and, for growth, r/(1+i-r(1+g))", rows)


def berger(family):
    one = [
        (260, 50, 0.75, 0.2, 10),
        (100, 0, 0.8, 0.12, 25),
        (75, 12.5, 0.9, 0.08, 4),
        (1200, 300, 0.4, 0.15, 1),
        (40, 45, 0.65, 0.1, 7),
        (500, 20, 1.0, 0.05, 15),
    ]
    rows = []
    for k, (gc, m, r, d, n) in enumerate(one):
        value = berger_nasr(mpf(gc), mpf(m), mpf(r), mpf(d), n, mpf(1))
        row = dict(contribution=float(gc), promotion=float(m), retention=r, rate=d, years=n, expected=value)
        rows.append(row | ({"quoted": 568.7831, "quoted_tolerance": 1e-4} if k == 0 else {}))
    family("berger_nasr_1", "Berger & Nasr (1998), case 1: one sale a year (the first prints 568.78)", rows)

    rows = []
    two = [
        (125, 25, 0.8, 0.2, 2, 4),
        (30, 4, 0.97, 0.12, 12, 3),
        (60, 10, 0.9, 0.1, 4, 5),
        (15, 16, 0.99, 0.05, 52, 2),
        (200, 50, 0.5, 0.3, 2, 1),
        (80, 0, 0.85, 0.0, 3, 6),
    ]
    for k, (gc, m, r, d, p, n) in enumerate(two):
        value = berger_nasr(mpf(gc), mpf(m), mpf(r), mpf(d), p * n, mpf(1) / p)
        row = dict(
            contribution=float(gc), promotion=float(m), retention=r, rate=d, cycles_per_year=p, years=n, expected=value
        )
        rows.append(row | ({"quoted": 354.6884, "quoted_tolerance": 1e-4} if k == 0 else {}))
    family(
        "berger_nasr_2a",
        "Berger & Nasr (1998), case 2a: p cycles a year, contribution, promotion and retention per cycle",
        rows,
    )

    rows = []
    long = [
        (1000, 95, 0.3, 0.2, 3, 12),
        (5000, 800, 0.7, 0.1, 2, 10),
        (9000, 1500, 0.5, 0.15, 5, 20),
        (1500, 0, 0.9, 0.08, 4, 4),
        (700, 900, 0.6, 0.12, 2, 8),
        (250, 30, 0.8, 0.05, 1, 9),
    ]
    for k, (gc, m, r, d, q, n) in enumerate(long):
        value = berger_nasr(mpf(gc), mpf(m), mpf(r), mpf(d), n // q, mpf(q))
        row = dict(
            contribution=float(gc), promotion=float(m), retention=r, rate=d, years_per_cycle=q, years=n, expected=value
        )
        rows.append(row | ({"quoted": 1122.5211, "quoted_tolerance": 1e-4} if k == 0 else {}))
    family("berger_nasr_2b", "Berger & Nasr (1998), case 2b: a cycle of q years", rows)

    shapes = [
        (4, 4, 20, 30, 0.8, 0.2, 8),
        (2, 3, 10, 50, 0.9, 0.1, 12),
        (1.5, 2.5, 0, 12, 0.7, 0.15, 6),
        (5, 10, 40, 100, 0.85, 0.12, 7),
        (0.5, 6, -15, 25, 0.95, 0.08, 20),
        (3, 0, 30, 60, 0.6, 0.1, 5),
    ]
    rows, flows = [], []
    for k, (h, g, v, n, r, d, years) in enumerate(shapes + [(0, 0, 100, 0, 0.8, 0.2, 8)]):
        at = tuple(map(mpf, (h, g, v, n, r, d)))
        base = dict(zip(("h", "g", "v", "n"), map(float, (h, g, v, n)))) | dict(retention=r, rate=d, years=years)
        profits = [profit_curve(mpf(t), *at[:4]) for t in range(years + 1)]
        row = base | {"expected": berger_nasr_3(*at, years), "profits": profits}
        flow = base | {"expected": berger_nasr_4(*at, years)}
        if k == 0:
            row |= {"quoted": 119.407371, "quoted_tolerance": 1e-6, "quoted_profits_tolerance": 5e-5}
            row["quoted_profits"] = [20.0, 24.0, 36.0, 56.0, 84.0, 102.9636, 109.9399, 112.5064, 113.4505]
            flow |= {"quoted": 106.628368, "quoted_tolerance": 1e-6}
        if k == len(shapes):
            flow |= {"quoted": 237.007214, "quoted_tolerance": 1e-6}
        rows.append(row)
        flows.append(flow)
    family(
        "berger_nasr_3", "Berger & Nasr (1998), case 3: profit h t^2 + v to age g, then + N(1 - e^(g-t)); yearly", rows
    )
    family("berger_nasr_4", "Berger & Nasr (1998), case 4: the same as a continuous flow, by quadrature", flows)


def migration(family):
    rng = random.Random(2000)
    rows = []
    spec = [((0.3, 0.2, 0.15, 0.05), 40.0, 4.0, 0.2)]
    for _ in range(5):
        n = rng.randint(2, 7)
        buys = tuple(sorted((round(rng.uniform(0.01, 0.6), 3) for _ in range(n)), reverse=True))
        spec.append((buys, float(rng.randint(20, 120)), float(rng.randint(1, 12)), rng.choice((0.05, 0.1, 0.15, 0.2))))
    spec.append(((0.3, 0.02, 0.25, 0.01), 60.0, 5.0, 0.1))  # a poor recency between good ones
    for k, (buys, contribution, promotion, d) in enumerate(spec):
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
        "annuity_overstates", "Gupta & Lehmann (2005): an expected life 1/(1-r) taken as certain; excess over T1", rows
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


def streams(family):
    cases = [
        (timing, 0.1, None, False, None, [100.0, 110.0, 121.0], [10.0, 20.0, 30.0], quoted)
        for timing, quoted in (
            ("end", (272.727273, 320.886551)),
            ("start", (300.0, 352.975207)),
            ("middle", (286.038777, 336.548654)),
        )
    ]
    for timing in ("end", "start", "middle"):
        for certain in (False, True):
            quoted = (158.892128, 183.527697) if timing == "end" and not certain else None
            cases.append((timing, 0.12, 0.8, certain, None, [100.0] * 3, [10.0, 20.0, 20.0], quoted))
    for timing in ("end", "start", "middle"):
        quoted = (203.606311, 203.606311) if timing == "end" else None
        cases.append((timing, 0.1, None, False, 2.4, [100.0] * 3, [0.0] * 3, quoted))
        cases.append(
            (timing, 0.15, 0.7, False, 3.25, [90.0, 95.0, 80.0, 120.0, 60.0], [-5.0, 0.0, 15.0, 30.0, 12.0], None)
        )
    cases.append(("end", 0.12, 0.85, True, None, [334.0] * 5, [0.0] * 5, (925.5878, 925.5878)))
    cases.append(("end", 0.10, None, False, None, [30.0, 42.0, 44.0, 49.0, 55.0], [0.0] * 5, None))
    rows = []
    for timing, d, r, certain, life, rp, prp, quoted in cases:

        def weight(t):
            s = mpf(1) if r is None else mpf(r) ** (t - 1 if certain else t)
            return s if life is None else s * max(mpf(0), min(mpf(1), mpf(life) - (t - 1)))

        current = present_value([x * weight(t) for t, x in enumerate(rp, 1)], mpf(d), SHIFT[timing])
        potential = present_value([x * weight(t) for t, x in enumerate(prp, 1)], mpf(d), SHIFT[timing])
        row = {"timing": timing, "rate": d} | ({} if r is None else {"retention": r, "first_certain": certain})
        row |= ({} if life is None else {"life": life}) | {
            "rp": rp,
            "prp": prp,
            "current": current,
            "potential": potential,
            "total": current + potential,
        }
        if quoted:
            row |= {
                "quoted_current": quoted[0],
                "quoted_total": quoted[1],
                "quoted_tolerance": 1e-4 if quoted[0] > 900 else 1e-6,
            }
        rows.append(row)
    family(
        "streams",
        "present value of relationship profit RP and potential PRP; weight r^t, or r^(t-1) when the first is certain",
        rows,
    )


FAMILIES = (conventions, break_even, multiples, berger, migration, annuities, sensitivities, sbg, streams)
