"""Families of equity.toml about one customer: conventions, growth, multiples, Berger & Nasr, streams."""

from equity_methods import (
    PAYMENTS,
    SHIFT,
    berger_nasr,
    berger_nasr_3,
    berger_nasr_4,
    continuous,
    convention,
    mp,
    mpf,
    present_value,
    profit_curve,
)

RECONCILED = "Fader & Hardie (2012), Reconciling and clarifying CLV formulas; T6: Berger & Nasr (1998), case 4"


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


FAMILIES = (conventions, break_even, multiples, berger, streams)
