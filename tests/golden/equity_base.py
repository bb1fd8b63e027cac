"""Families of equity.toml about the base: plans, optimal spending, brand switching, bridge."""

from fractions import Fraction

from equity_methods import (
    acquired_value,
    convention,
    decimal,
    elasticity,
    maximum,
    mp,
    mpf,
    plan_value,
    saturation,
    switching,
)


def plans(family):
    cases = [
        (1000, 100.0, 0.8, 0.12, [100.0] * 3, [80.0] * 3, "T1", 0.0),
        (5000, 60.0, 0.7, 0.1, [800.0, 900.0, 1000.0, 1100.0, 1200.0], [120.0] * 5, "T1", 0.0),
        (200, 340.0, 0.9, 0.08, [50.0, 0.0, 25.0], [700.0, 650.0, 600.0], "T2", 0.25),
        (0, 45.0, 0.6, 0.15, [1000.0], [30.0], "T2", 0.0),
        (12000, 18.0, 0.85, 0.2, [300.0] * 10, [75.0] * 10, "T1", 0.3),
        (750, 90.0, 0.5, 0.05, [], [], "T1", 0.0),
    ]
    rows = []
    for k, (n0, m, r, d, won, cost, kind, tax) in enumerate(cases):

        def value(m=mpf(m), r=mpf(r), d=mpf(d), c=mpf(1), n=mpf(1), kind=kind, n0=n0, won=won, cost=cost, tax=tax):
            old, new = convention("T1", m, r, d), convention(kind, m, r, d)
            return plan_value(old, n0, [n * x for x in won], [c * x for x in cost], d, new, mpf(tax))

        static, future = value()
        levers = {
            "margin": elasticity(lambda x: sum(value(m=x)), mpf(m)),
            "retention": elasticity(lambda x: sum(value(r=x)), mpf(r)),
            "rate": elasticity(lambda x: sum(value(d=x)), mpf(d)),
            "acquisition_cost": elasticity(lambda x: sum(value(c=x)), mpf(1)),
            "acquisition_volume": elasticity(lambda x: sum(value(n=x)), mpf(1)),
        }
        row = {"customers": n0, "margin": m, "retention": r, "rate": d, "acquired": won, "acquisition_cost": cost}
        row |= {
            "value_of_new": kind,
            "tax": tax,
            "static": static,
            "future": future,
            "dynamic": static + future,
            "elasticity": levers,
        }
        if k == 0:
            row |= {"quoted_dynamic": 290831.1316, "quoted_dynamic_tolerance": 1e-4}
            row |= {"quoted_elasticity": {"retention": 3.731238, "margin": 1.066068, "acquisition_cost": -0.066068}}
            row |= {"quoted_tolerance": 1e-6}
        rows.append(row)
    source = "Gupta, Lehmann & Stuart (2004): (1 - tax) (N T1 + sum n_k (V_k - cost_k)/(1+d)^k); elasticities by central difference"
    family("plan", source, rows)


def leverage(family):
    rows = []
    for ce, noa, debt in (
        (1000, 40, 230),
        (500, 0, 0),
        (820.5, 310.25, 95.75),
        (1500, -120, 400),
        (64, 900, 12),
        (250, 100, 300),
    ):
        value = decimal(ce) / (decimal(ce) + decimal(noa) - decimal(debt))
        row = {"customer_equity": float(ce), "non_operating_assets": float(noa), "debt": float(debt), "expected": value}
        rows.append(row | ({"quoted": 1.234568, "quoted_tolerance": 1e-6} if ce == 1000 else {}))
    family("leverage", "Schulze, Skiera & Wiesel (2012): CE / (CE + NOA - debt)", rows)


def spending(family):
    cases = [
        (6.0, 0.25, 0.45, 10.0, 0.5, 0.8, 60.0, 0.1),
        (5.0, 0.1, 0.3, 20.0, 0.6, 0.9, 100.0, 0.12),
        (12.0, 0.2, 0.4, 8.0, 0.4, 0.7, 150.0, 0.08),
        (1.0, 0.05, 0.15, 2.0, 0.3, 0.6, 25.0, 0.15),
        (6.0, 0.25, 0.45, 10.0, 0.5, 0.8, 9.0, 0.1),  # no prospect is worth his price: A* = 0
        (6.0, 0.25, 0.45, 40.0, 0.2, 0.6, 60.0, 0.1),  # retention does not pay: R* = 0
        (40.0, 0.02, 0.05, 30.0, 0.85, 0.95, 400.0, 0.2),
    ]
    rows = []
    for k, (a0, ra, ca, r0, rr, cr, m, d) in enumerate(cases):
        ka, kr = saturation(mpf(ra), mpf(ca), mpf(a0)), saturation(mpf(rr), mpf(cr), mpf(r0))
        worth = lambda spend: acquired_value(spend, mpf(cr), kr, mpf(m), mpf(d))
        rate = lambda spend: mpf(ca) * (1 - mp.exp(-ka * spend))
        now = rate(mpf(a0)) * worth(mpf(r0)) - a0
        best_r = maximum(worth, mpf(0), mpf(m) * 2)
        v = worth(best_r)
        best_a = maximum(lambda spend: rate(spend) * v - spend, mpf(0), v)
        h = mpf(10) ** -22
        price = lambda f, at: 2 * h / (f(at + h) - f(at - h))
        row = {"acquisition_spend": a0, "acquisition_rate": ra, "acquisition_ceiling": ca}
        row |= {"retention_spend": r0, "retention_rate": rr, "retention_ceiling": cr, "margin": m, "rate": d}
        row |= {"k_acquisition": ka, "k_retention": kr, "current_value": now, "current_customer": worth(mpf(r0))}
        row |= {"best_acquisition": best_a, "best_retention": best_r, "best_acquisition_rate": rate(best_a)}
        row |= {
            "best_retention_rate": mpf(cr) * (1 - mp.exp(-kr * best_r)),
            "best_value": rate(best_a) * v - best_a,
            "best_customer": v,
        }
        row |= {
            "marginal_acquisition": price(rate, best_a),
            "marginal_retention": price(lambda x: mpf(cr) * (1 - mp.exp(-kr * x)), best_r),
        }
        if k == 0:
            row["quoted"] = {"k_acquisition": 0.135155, "k_retention": 0.098083, "current_value": 17.333333}
            row["quoted"] |= {"best_acquisition_rate": 0.384007, "best_retention_rate": 0.709064}
            row["quoted"] |= {"best_value": 28.849899, "best_customer": 112.116651}
            row["quoted_tolerance"] = 1e-6
            row["quoted_spend"] = {"best_acquisition": 14.2037, "best_retention": 22.1696}
            row["quoted_spend_tolerance"] = 5e-5
        rows.append(row)
    source = (
        "Blattberg & Deighton (1996); sums, grid search, roots of the numerical derivatives; marginal: d spend / d rate"
    )
    family("blattberg_deighton", source, rows, 1e-9)


def brands(family):
    two = [[0.75, 0.25], [0.2, 0.8]]
    cases = [
        (two, two, [1.0, 0.0], 0, 120.0, 0.25, 2, 3, 0.1, [0.75, 0.6125, 0.536875], 100.331668),
        (
            [[0.7, 0.2, 0.1], [0.15, 0.75, 0.1], [0.1, 0.3, 0.6]],
            [[0.76, 0.15, 0.09], [0.2, 0.71, 0.09], [0.15, 0.26, 0.59]],
            [1.0, 0.0, 0.0],
            0,
            80.0,
            0.3,
            4,
            5,
            0.12,
            None,
            None,
        ),
        (
            [[0.5, 0.25, 0.25], [0.1, 0.8, 0.1], [0.3, 0.3, 0.4]],
            [[0.55, 0.25, 0.2], [0.1, 0.8, 0.1], [0.4, 0.3, 0.3]],
            [0.2, 0.5, 0.3],
            2,
            45.5,
            0.18,
            12,
            2,
            0.08,
            None,
            None,
        ),
        (
            [[0.9, 0.05, 0.05], [0.0, 1.0, 0.0], [0.25, 0.25, 0.5]],
            [[0.95, 0.025, 0.025], [0.1, 0.9, 0.0], [0.25, 0.25, 0.5]],
            [0.0, 0.0, 1.0],
            0,
            900.0,
            0.4,
            1,
            8,
            0.15,
            None,
            None,
        ),
    ]
    rows = []
    for before, after, start, brand, volume, margin, f, years, d, path, value in cases:
        at = ([mpf(x) for x in start], brand, mpf(volume), mpf(margin), f, years, mpf(d))
        was, worth = switching([[mpf(x) for x in line] for line in before], *at)
        row = {
            "matrix": before,
            "start": start,
            "brand": brand,
            "volume": volume,
            "margin": margin,
            "purchases_per_year": f,
        }
        row |= {"years": years, "rate": d, "path": was, "expected": worth}
        if path:
            row |= {"quoted_path": path, "quoted": value, "quoted_tolerance": 1e-6}
        else:
            new, improved = switching([[mpf(x) for x in line] for line in after], *at)
            n, cost = 10_000.0, 150_000.0
            row |= {"matrix_after": after, "path_after": new, "expected_after": improved, "customers": n, "cost": cost}
            row |= {"return_on_investment": (n * (improved - worth) - mpf(cost)) / mpf(cost)}
        rows.append(row)
    source = "Rust, Lemon & Zeithaml (2004): sum over t = 0..T f of (1+d)^(-t/f) v pi B_t, B_0 one switch after `start`"
    family("switching", source, rows)
    row = {
        "gain": 101.29,
        "cost": 70.0,
        "expected": Fraction(10129, 7000) - 1,
        "quoted": 0.447,
        "quoted_tolerance": 5e-4,
    }
    family("return_on_marketing", "Rust, Lemon & Zeithaml (2004), airline: 44.7 % on 70 million", [row])


def bridge(family):
    d0, d1 = 0.12, 0.1
    first = {"ada": (100.0, 0.8), "bo": (60.0, 0.9), "cy": (250.0, 0.5), "di": (40.0, 0.7), "ed": (120.0, 0.6)}
    then = {"ada": (110.0, 0.85), "bo": (55.0, 0.9), "cy": (250.0, 0.6), "di": (-10.0, 0.65), "flo": (90.0, 0.75)}
    v = lambda m, r, d: convention("T1", mpf(m), mpf(r), mpf(d))
    parts = dict(opening=mpf(0), new=mpf(0), lost=mpf(0), margin=mpf(0), retention=mpf(0), rate=mpf(0), closing=mpf(0))
    lines = []
    for name in sorted(first.keys() | then.keys()):
        a, b = first.get(name), then.get(name)
        line = dict.fromkeys(parts, mpf(0))
        if a:
            line["opening"] = v(*a, d0)
        if b:
            line["closing"] = v(*b, d1)
        if not a:
            line["new"] = line["closing"]
        elif not b:
            line["lost"] = -line["opening"]
        else:
            line["margin"] = v(b[0], a[1], d0) - v(a[0], a[1], d0)
            line["retention"] = v(b[0], b[1], d0) - v(b[0], a[1], d0)
            line["rate"] = v(b[0], b[1], d1) - v(b[0], b[1], d0)
        parts = {k: x + line[k] for k, x in parts.items()}
        lines.append(
            {"customer": name}
            | ({"opening_margin": a[0], "opening_retention": a[1]} if a else {})
            | ({"closing_margin": b[0], "closing_retention": b[1]} if b else {})
            | line
        )
    moved = mp.fsum(parts[k] for k in ("new", "lost", "margin", "retention", "rate"))
    assert abs(parts["opening"] + moved - parts["closing"]) < mpf(10) ** -50
    family(
        "bridge_customer",
        f"a toy of ours: T1 at {d0} and at {d1}; substituted in the order margin, retention, rate",
        lines,
    )
    family("bridge_total", "the lines above, added up", [{"opening_rate": d0, "closing_rate": d1} | parts])


FAMILIES = (plans, leverage, spending, brands, bridge)
