"""Checks of the oracle: equity.toml against closed forms, inverses and identities that it was not made with."""

from equity_methods import HALF, mp, mpf

CLOSE = mpf(10) ** -30


def run(families):
    worst, count = mpf(0), 0

    def near(label, a, b):
        nonlocal worst, count
        off = abs(mpf(a) - mpf(b)) / max(1, abs(mpf(b)))
        worst, count = max(worst, off), count + 1
        assert off < CLOSE, (label, mp.nstr(a, 20), mp.nstr(b, 20))

    def cases(name):
        return families[name][2]

    def forms(row):
        m, r, d = (mpf(row[k]) for k in ("margin", "retention", "rate"))
        t1, t3 = m * r / (1 + d - r), m / (1 + d - r)
        flow = m / mp.log((1 + d) / r) if r else mpf(0)
        half = (1 + d) ** HALF
        return {"T1": t1, "T2": t3 * (1 + d), "T3": t3, "T4": t1 * half, "T5": t3 * half, "T6": flow}

    for row in cases("conventions"):
        for k, x in forms(row).items():
            near(k, row["expected"][k], x)
    for row in cases("finite"):
        q = mpf(row["retention"]) / (1 + mpf(row["rate"]))
        for k, x in forms(row).items():
            near(k, row["expected"][k], x * (1 - q ** row["periods"]))
        near("T2 = m + T1", row["expected"]["T2_through_T"], row["margin"] + row["expected"]["T1"])
    for row in cases("growth"):
        if "periods" not in row and row["growth_from"] == "first_renewal":
            m, r, d, g = (mpf(row[k]) for k in ("margin", "retention", "rate", "growth"))
            near("growth", row["expected"]["T1"], m * r / (1 + d - r * (1 + g)))
            near("growth", row["expected"]["T2"], m + row["expected"]["T1"])
        elif "periods" not in row:
            m, r, d, g = (mpf(row[k]) for k in ("margin", "retention", "rate", "growth"))
            near("d'", row["expected"]["T1"], m * r / (1 + (d - g) / (1 + g) - r))
    for row in cases("margin_multiple"):
        r, i, g = (mpf(row[k]) for k in ("retention", "rate", "growth"))
        near("multiple", row["expected"], r / (1 + i - r * (1 + g)))

    for name in ("recency", "markov"):
        for row in cases(name):
            if name == "recency":
                n = len(row["purchase_probability"])
                p = mp.zeros(n + 1)
                for k, x in enumerate(row["purchase_probability"]):
                    p[k, 0], p[k, k + 1] = p[k, 0] + mpf(x), p[k, k + 1] + 1 - mpf(x)
                reward = mp.matrix([row["contribution"] - row["promotion"]] + [-row["promotion"]] * (n - 1) + [0])
            else:
                p = mp.matrix([[mp.mpf(str(x)) for x in line] for line in row["p"]])
                reward = mp.matrix([mp.mpf(str(x)) for x in row["reward"]])
                p[p.rows - 1, p.rows - 1] = 0
            value = mp.lu_solve(mp.eye(p.rows) - p / (1 + mpf(row["rate"])), reward)
            for a, b in zip(row["infinite"], value):
                near(name, a, b)

    for row in cases("lifetime_annuity"):
        d, n, m = (mpf(row[k]) for k in ("rate", "periods", "margin"))
        whole = mp.floor(n)
        value = (m * (1 - (1 + d) ** -whole) / d if d else m * whole) + m * (n - whole) / (1 + d) ** (whole + 1)
        near("annuity", row["expected"]["end"], value)
    for row in cases("elasticities"):
        m, r, i, cost = (mpf(row[k]) for k in ("margin", "retention", "rate", "acquisition_cost"))
        t1, gap = forms(row)["T1"], 1 + i - r
        # A difference quotient: good to the square of its step.
        near("T1", row["T1"]["retention"], (1 + i) / gap)
        near("T1", row["T1"]["rate"], -i / gap)
        near("T2", row["T2"]["retention"], r / gap)
        near("T2", row["T2"]["rate"], -i * r / ((1 + i) * gap))
        near("less cost", row["T1_less_cost"]["retention"], (1 + i) / gap * t1 / (t1 - cost))
        near("margin - cost", row["T1_less_cost"]["margin"] + row["T1_less_cost"]["acquisition_cost"], 1)
        q = r / (1 + i)
        s = [mp.fsum(t**k * q**t for t in range(1, row["periods"] + 1)) for k in (0, 1)]
        near("finite", row["T1_finite"]["retention"], s[1] / s[0])
    for row in cases("sbg_lifetime"):
        a, b, z = mpf(row["alpha"]), mpf(row["beta"]), 1 / (1 + mpf(row["rate"]))
        near("DEL", row["new"], mp.hyp2f1(1, b, a + b, z))
        for k, x in zip(row["renewals"], row["residual"]):
            near("DERL", x, (b + k) / (a + b + k) * mp.hyp2f1(1, b + k + 1, a + b + k + 1, z))

    for row in cases("plan"):
        near("sum", row["static"] + row["future"], row["dynamic"])
        near("linear in margin", row["elasticity"]["margin"] + row["elasticity"]["acquisition_cost"], 1)
        near("volume", row["elasticity"]["acquisition_volume"], row["future"] / row["dynamic"])
    for row in cases("blattberg_deighton"):
        k, c, v = mpf(row["k_acquisition"]), mpf(row["acquisition_ceiling"]), row["best_customer"]
        slack = mpf(10) ** 15  # the roots are good to 1e-25 and better, and the marginal costs are differences
        near("A*", row["best_acquisition"] / slack, max(mpf(0), mp.log(k * c * v) / k) / slack)
        for lever in ("acquisition", "retention"):
            if row["best_" + lever]:
                near("marginal", row["marginal_" + lever] / slack, v / slack)
            else:
                assert row["marginal_" + lever] > v
    for row in cases("bridge_customer"):
        moved = sum(row[k] for k in ("opening", "new", "lost", "margin", "retention", "rate"))
        near("bridge", moved, row["closing"])
    for row in cases("cost_to_serve"):
        near("all of the cost", row["assigned"] + row["unused"], row["cost"])
    for row in cases("project"):
        for irr in row["internal_rates"]:
            near("zero", mp.fsum(mpf(x) / (1 + irr) ** t for t, x in enumerate(row["flows"])), 0)
    print(f"{count} comparisons, largest difference {mp.nstr(worst, 3)}")
