"""Families of equity.toml about the base: plans, optimal spending, brand switching, bridge, cost to serve, projects, rates."""

from fractions import Fraction

from equity_methods import (
    acquired_value,
    convention,
    decimal,
    discounted_payback,
    elasticity,
    internal_rates,
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
            n, cost = 10_000.0, round(float(5000 * abs(improved - worth)), 2)
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


def serving(family):
    cases = [
        (
            560000,
            700000,
            [("orders", 49000, 8), ("inquiries", 1400, 44), ("credit checks", 2500, 50)],
            (70, 10, 20),
            True,
        ),
        (125000.5, 240000, [("orders", 12000, 11.5), ("returns", 900, 27), ("visits", 150, 180)], (50, 20, 30), False),
        (90000, 60000, [("orders", 7000, 6), ("calls", 2000, 12.25)], (60, 40), False),  # more used than there is
        (0, 1000, [("orders", 10, 5)], (100,), False),
    ]
    rows = []
    for cost, capacity, work, shares, seed in cases:
        c, cap = decimal(cost), decimal(capacity)
        rate, used = c / cap, sum(decimal(q) * decimal(t) for _, q, t in work)
        row = {"cost": float(cost), "capacity_minutes": float(capacity), "activities": [w[0] for w in work]}
        row |= {"quantity": [float(w[1]) for w in work], "minutes": [float(w[2]) for w in work]}
        row |= {
            "rate": rate,
            "unit_rate": [rate * decimal(w[2]) for w in work],
            "used_minutes": used,
            "assigned": rate * used,
        }
        row |= {"unused_minutes": cap - used, "unused": rate * (cap - used), "pool_percent": [float(s) for s in shares]}
        row["traditional_rate"] = [decimal(s) / 100 * c / decimal(w[1]) for s, w in zip(shares, work)]
        if seed:
            row |= {
                "quoted": {
                    "rate": 0.8,
                    "used_minutes": 578600.0,
                    "assigned": 462880.0,
                    "unused_minutes": 121400.0,
                    "unused": 97120.0,
                }
            }
            row |= {
                "quoted_unit_rate": [6.4, 35.2, 40.0],
                "quoted_traditional_rate": [8.0, 40.0, 44.8],
                "quoted_tolerance": 1e-9,
            }
        rows.append(row)
    family("cost_to_serve", "Kaplan & Anderson (2004), time-driven activity-based costing; exact fractions", rows)

    rows = []
    for base, terms, drivers in (
        (8, [], []),
        (0.5, [6.5, 0.2, 10], [1, 12, 0]),
        (5, [2, -1.5], [3, 1]),
        (3, [2, 1], [0, 4]),
    ):
        minutes = decimal(base) + sum(decimal(b) * decimal(x) for b, x in zip(terms, drivers))
        rows.append(
            {
                "base": float(base),
                "per_driver": list(map(float, terms)),
                "drivers": list(map(float, drivers)),
                "expected": minutes,
            }
        )
    family("time_equation", "Kaplan & Anderson (2004): minutes = b0 + sum b_k x_k", rows)
    row = {"sold": 15, "price": 1000.0, "unit_cost": 800.0, "returned": 1, "expected": 2800.0}
    family("returned_margin", "15 sold, 1 returned and restocked: its cost comes back too", [row])


def projects(family):
    cases = [
        ([-1000.0, 400.0, 400.0, 400.0], 0.08, "ordinary"),
        ([-51.0, 30.0, 42.0, 44.0, 49.0, 55.0], 0.1, "Best (2005), fixed five-year life"),
        ([-1000.0, 2500.0, -1540.0], 0.2, "two rates, 10 % and 40 %"),
        ([-1000.0, 1500.0, -1000.0], 0.1, "no rate: the discriminant is negative"),
        ([100.0, 20.0, 30.0], 0.1, "no rate: nothing is ever paid out"),
        ([-1000.0, 300.0, 300.0, 300.0], 0.05, "a negative rate; never paid back"),
        ([-250000.0] + [5200.0 + 110.0 * k for k in range(36)], 0.01, "36 months, 1 % a month"),
        ([0.0, -500.0, -200.0, 350.0, 450.0, 100.0], 0.12, "starts with nothing"),
    ]
    rows = []
    for flows, d, name in cases:
        exact = sum(Fraction(x) / (1 + Fraction(d)) ** t for t, x in enumerate(flows))
        row = {"name": name, "flows": flows, "rate": d, "npv": exact, "internal_rates": internal_rates(flows)}
        paid = discounted_payback(flows, mpf(d))
        if paid:
            row |= {"payback_period": paid[0], "payback": paid[1]}
        if name.startswith("Best"):
            row |= {"quoted": 111.6597, "quoted_tolerance": 1e-4}
        rows.append(row)
    source = (
        "flows now and after 1, 2, ... periods; every rate above -1, by all roots of the polynomial; payback_period: the first"
        " period with nothing left to recover, payback: within it, evenly"
    )
    family("project", source, rows, 1e-10)


def rates(family):
    rows = []
    for kind, x, p in (
        ("effective", 0.12, 12),
        ("nominal", 0.12, 12),
        ("continuous", 0.12, 12),
        ("per_period", 0.01, 12),
        ("effective", 0.08, 4),
        ("nominal", 0.05, 2),
        ("per_period", -0.02, 12),
        ("continuous", 0.0, 1),
        ("effective", -0.3, 12),
        ("nominal", 0.36, 12),
    ):
        v = mpf(x)
        force = {
            "effective": mp.log(1 + v),
            "nominal": p * mp.log(1 + v / p),
            "continuous": v,
            "per_period": p * mp.log(1 + v),
        }[kind]
        row = {
            "kind": kind,
            "value": x,
            "periods_per_year": p,
            "annual": mp.exp(force) - 1,
            "per_period": mp.exp(force / p) - 1,
            "force": force,
        }
        quoted = {
            ("effective", 0.12): {"per_period": 0.00948879, "force": 0.11332869},
            ("nominal", 0.12): {"annual": 0.12682503},
        }
        row |= {"quoted": quoted[kind, x], "quoted_tolerance": 1e-8} if (kind, x) in quoted else {}
        rows.append(row)
    family("discount_rate", "compound interest: (1+d)^(1/p) - 1, (1+j/p)^p - 1, ln(1+d)", rows)

    rows = []
    for r, known, wanted, quoted in (
        (0.75, 1, 12, 0.976312),
        (0.95, 12, 1, 0.540360),
        (0.5, 1, 4, None),
        (0.9, 4, 12, None),
        (1.0, 1, 12, None),
        (0.0, 12, 1, None),
    ):
        value = mpf(r) ** (mpf(known) / wanted)
        row = {"retention": r, "periods_per_year": known, "wanted_per_year": wanted, "expected": value}
        rows.append(row | ({"quoted": quoted, "quoted_tolerance": 1e-6} if quoted else {}))
    family("retention_rate", "r^(p/q) from p to q periods a year; churn of 5 % a month is 45.964 % a year", rows)

    rows = [
        {"real": d, "inflation": i, "expected": (1 + decimal(d)) * (1 + decimal(i)) - 1}
        for d, i in ((0.1, 0.02), (0.05, 0.0), (0.08, -0.01), (0.03, 0.12))
    ]
    family("inflation", "Fisher (1930): (1 + nominal) = (1 + real)(1 + inflation)", rows)

    rows = []
    for m, r, d, n, quoted in (
        (10.0, 0.98, 0.12, 12, 99.486224),
        (25.0, 0.95, 0.08, 24, None),
        (4.0, 1.0, 0.1, 36, None),
    ):
        value = mp.fsum(m * mpf(r) ** k / (1 + mpf(d)) ** (mpf(k) / 12) for k in range(1, n + 1))
        row = {"margin": m, "monthly_retention": r, "annual_rate": d, "months": n, "expected": value}
        rows.append(row | ({"quoted": quoted, "quoted_tolerance": 1e-6} if quoted else {}))
    family(
        "monthly",
        "monthly margins and retention, effective annual rate; paid at the end of the month, weight r^k",
        rows,
    )


def potential(family):
    rows = []
    for p, m, cannibal, cost, quoted in ((0.2, 50, 0.1, 2, 7.0), (0.05, 200, 0, 2, 8.0), (0.01, 100, 0.5, 3, None)):
        value = decimal(p) * decimal(m) * (1 - decimal(cannibal)) - decimal(cost)
        row = {
            "probability": p,
            "margin": float(m),
            "cannibalised": float(cannibal),
            "contact_cost": float(cost),
            "expected": value,
        }
        rows.append(row | ({"quoted": quoted, "quoted_tolerance": 1e-12} if quoted else {}))
    family(
        "cross_sell", "Hwang, Jung & Suh (2004): probability times profit, less cannibalised profit and contact", rows
    )
    rows = []
    for wallet, best, share, capture, margin, quoted in (
        (1000, 0.5, 0.3, 0.5, 0.4, 40.0),
        (800, 0.4, 0.6, 0.5, 0.4, None),
        (2500, 0.65, 0.2, 0.35, 0.28, None),
    ):
        value = decimal(wallet) * max(decimal(best) - decimal(share), Fraction(0)) * decimal(capture) * decimal(margin)
        row = {
            "wallet": float(wallet),
            "target_share": best,
            "share": share,
            "capture": capture,
            "margin_rate": margin,
            "expected": value,
        }
        rows.append(row | ({"quoted": quoted, "quoted_tolerance": 1e-12} if quoted else {}))
    family("wallet_gap", "wallet (target share - share)+ capture margin", rows)
    rows = []
    for n, won, value, saved, time, d, quoted in (
        (2, 0.6, 120, 30, 1, 0.1, 152.727273),
        (3, 0.25, 400, 55, 2, 0.08, None),
        (1.5, 1, 90, 30, 0, 0.12, None),
    ):
        total = (
            decimal(n)
            * (decimal(won) * decimal(value) + (1 - decimal(won)) * decimal(saved))
            / (1 + decimal(d)) ** time
        )
        row = {
            "referrals": float(n),
            "share_won": float(won),
            "value": float(value),
            "saved_cost": float(saved),
            "time": float(time),
            "rate": d,
            "expected": total,
        }
        rows.append(row | ({"quoted": quoted, "quoted_tolerance": 1e-6} if quoted else {}))
    family(
        "referral",
        "Kumar, Petersen & Leone (2010): type 1 would not have come, type 2 saves the cost of winning him",
        rows,
    )


FAMILIES = (plans, leverage, spending, brands, bridge, serving, projects, rates, potential)
