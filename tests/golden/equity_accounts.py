"""Families of equity.toml about accounts: cost to serve, projects, rates, potential profit."""

from fractions import Fraction

from equity_methods import decimal, discounted_payback, internal_rates, mp, mpf, settled_payback


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
        ([-51.0, 30.0, 42.0, 44.0, 49.0, 55.0], 0.1, "Best, fixed five-year life"),
        ([-1000.0, 2500.0, -1540.0], 0.2, "two rates, 10 % and 40 %"),
        ([-1000.0, 1500.0, -1000.0], 0.1, "no rate: the discriminant is negative"),
        ([100.0, 20.0, 30.0], 0.1, "no rate: nothing is ever paid out"),
        ([-100.0, 150.0, -100.0, 90.0], 0.1, "paid back, taken again, paid back"),
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
        settled = settled_payback(flows, mpf(d))
        if settled:
            row |= {"settled_period": settled[0], "settled": settled[1]}
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


FAMILIES = (serving, projects, rates, potential)
