"""Writes fixture_a.toml: six customers, eleven order lines, a service log, and every profit figure of 2024 by hand.

    python3 fixture_a.py

Plain loops over exact fractions. Customer C4 never buys, C5 has only service contacts in 2024, product P3 has no known
cost (nor has anything else of its category), L6 returns a part of L5 and goes back on the shelf.
"""

import pathlib
from fractions import Fraction as F

from equity import text

PRODUCTS = {"P1": ("A", F(60)), "P2": ("B", F(30)), "P3": ("C", None)}
CUSTOMERS = ["C1", "C2", "C3", "C4", "C5", "C6"]
LINES = [  # line, order, customer, date, product, quantity, net, original order of a return
    ("L1", "O1", "C1", "2024-01-10", "P1", 1, 100, None),
    ("L2", "O1", "C1", "2024-01-10", "P2", 1, 50, None),
    ("L3", "O2", "C1", "2024-06-10", "P1", 2, 200, None),
    ("L4", "O3", "C1", "2024-11-10", "P2", 1, 50, None),
    ("L5", "O4", "C2", "2024-03-05", "P1", 3, 300, None),
    ("L6", "R1", "C2", "2024-04-05", "P1", -1, -100, "L5"),
    ("L7", "O6", "C2", "2024-09-05", "P2", 2, 100, None),
    ("L8", "O7", "C3", "2024-12-20", "P2", 1, 50, None),
    ("L9", "O8", "C5", "2023-05-01", "P1", 1, 100, None),
    ("L10", "O9", "C5", "2023-11-01", "P1", 1, 100, None),
    ("L11", "O10", "C6", "2024-08-08", "P3", 2, 160, None),
]
SERVICE = [("C1", "inquiry", 1), ("C5", "inquiry", 3), ("C2", "return", 1)]
RATES = {"order": F("6.40"), "inquiry": F("35.20"), "return": F("35.20")}
YEAR = "2024"
HEADER = """# Fixture A: profit of six customers in 2024, from lines to whale curve. Made by fixture_a.py; do not edit.
#
# Money is exact in decimals; a pass is |ours - expected| <= tolerance max(1, |expected|). A missing key is unknown, not zero.
# net: signed net amount; gross sales: of sale lines alone; cm1 = net - product cost; cts: activities times their rates (an order
#   is a sale order, whatever its lines); cm2 = cm1 - cts. A restocked return brings its cost back.
# policy: what a missing cost becomes. "null": cm1 and cm2 of the line and of its customer are unknown; "global_rate": the line
#   earns the margin rate of all lines with known cost; "category_rate": that of its category, where none is known the global one.
# imputed: money from imputed lines. cost_coverage: share of net, of lines, and of sale amount, that has a known cost.
# totals add up what is known. whale: customers with a known cm2, by falling
#   cm2, with running sums; peak: the highest, over the total.
"""


def dated(line, by_original):
    original = next((x for x in LINES if x[0] == line[7]), None)
    return (original if by_original and original else line)[3]


def quarter(date):
    return (int(date[5:7]) - 1) // 3


def ladder(policy, restocked=True):
    """One dict per customer, and the totals, under a policy of missing cost."""
    year = [x for x in LINES if x[3].startswith(YEAR)]
    cost = lambda x: (
        None if PRODUCTS[x[4]][1] is None else (F(0) if x[7] and not restocked else x[5] * PRODUCTS[x[4]][1])
    )
    known = [x for x in year if cost(x) is not None]
    global_rate = 1 - sum(cost(x) for x in known) / F(sum(x[6] for x in known))

    def margin(x):
        if cost(x) is not None:
            return x[6] - cost(x), False
        if policy == "null":
            return None, True
        same = [y for y in known if PRODUCTS[y[4]][0] == PRODUCTS[x[4]][0]]
        rate = global_rate
        if policy == "category_rate" and same:
            rate = 1 - sum(cost(y) for y in same) / F(sum(y[6] for y in same))
        return x[6] * rate, True

    rows = []
    for c in CUSTOMERS:
        own = [x for x in year if x[2] == c]
        margins = [(x, *margin(x)) for x in own]
        orders = len({x[1] for x in own if x[6] > 0})
        quantity = {"order": orders, "inquiry": 0, "return": 0}
        for who, activity, n in SERVICE:
            if who == c:
                quantity[activity] += n
        cts = sum(RATES[a] * n for a, n in quantity.items())
        row = dict(customer=c, net=F(sum(x[6] for x in own)), orders=orders, cts=cts)
        row |= {"cts_" + a: RATES[a] * n for a, n in quantity.items()}
        row["imputed_net"] = F(sum(x[6] for x, _, made in margins if made))
        if all(m is not None for _, m, _ in margins):
            row["cm1"] = F(sum(m for _, m, _ in margins))
            row["imputed_cm1"] = F(sum(m for _, m, made in margins if made))
            row["cm2"] = row["cm1"] - cts
        rows.append(row)
    whole = [r for r in rows if "cm2" in r]
    for rank, row in enumerate(sorted(whole, key=lambda r: (-r["cm2"], r["customer"])), 1):
        row["rank"] = rank
    total = {
        k: sum(r.get(k, F(0)) for r in rows)
        for k in ("net", "orders", "cts", "imputed_net", "cm1", "imputed_cm1", "cm2")
    }
    total |= {"customers_without_cm2": len(rows) - len(whole), "margin_rate_known": global_rate}
    total["imputed_share_of_net"] = total["imputed_net"] / total["net"]
    return rows, total


def whale(rows):
    ordered = sorted((r for r in rows if "cm2" in r), key=lambda r: (-r["cm2"], r["customer"]))
    curve, running = [], F(0)
    for r in ordered:
        running += r["cm2"]
        curve.append(running)
    peak = max(curve)
    at = curve.index(peak) + 1
    return {
        "customers": [r["customer"] for r in ordered],
        "cumulative": curve,
        "cumulative_share": [x / curve[-1] for x in curve],
        "peak": peak / curve[-1],
        "peak_money": peak,
        "peak_customer": at,
        "peak_share_of_customers": F(at, len(ordered)),
        "loss_making_customers": sum(r["cm2"] < 0 for r in ordered),
        "share_loss_making": F(sum(r["cm2"] < 0 for r in ordered), len(ordered)),
        "total": curve[-1],
    }


def table(name, row):
    return f"[{name}]\n" + "".join(f"{k} = {text(v)}\n" for k, v in row.items()) + "\n"


def array(name, rows):
    return f"{name} = [\n" + "".join(f"  {text(r)},\n" for r in rows) + "]\n\n"


def main():
    out = HEADER + '\nsource = "worked by hand; costs of activities: Kaplan & Anderson (2004)"\ntolerance = 1e-12\n'
    out += 'currency = "CNY"\nas_of = "2024-12-31"\nfrom = "2024-01-01"\nuntil = "2025-01-01"\n\n'
    out += array(
        "products",
        [{"product": k, "category": c} | ({"unit_cost": x} if x is not None else {}) for k, (c, x) in PRODUCTS.items()],
    )
    out += f"customers = {text(CUSTOMERS)}\n\n"
    names = ("line", "order", "customer", "date", "product", "quantity", "net")
    lines = [
        dict(zip(names, (*x[:6], F(x[6]))))
        | {"kind": "return" if x[7] else "sale"}
        | ({"returns": x[7], "restocked": True} if x[7] else {})
        for x in LINES
    ]
    out += array("lines", lines)
    out += array("service", [dict(zip(("customer", "activity", "quantity"), x)) for x in SERVICE])
    out += table("rates", RATES)

    year = [x for x in LINES if x[3].startswith(YEAR)]
    known = [x for x in year if PRODUCTS[x[4]][1] is not None]
    net = F(sum(x[6] for x in year))
    sold = F(sum(x[6] for x in year if not x[7]))
    rows, total = ladder("global_rate")
    out += table(
        "totals",
        {
            "net": net,
            "gross_sales": sold,
            "returns": sold - net,
            "return_rate": (sold - net) / sold,
            "known_net": F(sum(x[6] for x in known)),
            "cost_coverage": F(sum(x[6] for x in known)) / net,
            "cost_coverage_lines": F(len(known), len(year)),
            "cost_coverage_sales": F(sum(x[6] for x in known if not x[7])) / sold,
            "known_cost": sum(x[5] * PRODUCTS[x[4]][1] for x in known),
            "category_net": {c: F(sum(x[6] for x in year if PRODUCTS[x[4]][0] == c)) for c in "ABC"},
        },
    )
    for policy in ("null", "global_rate", "category_rate"):
        some, totals = ladder(policy)
        out += table(f"policy.{policy}.totals", totals) + table(f"policy.{policy}.whale", whale(some))
        out += f"[policy.{policy}]\n" + array("customers", some)
    some, totals = ladder("global_rate", restocked=False)
    out += "# L6 is not put back on the shelf: its cost stays, and the known margin rate falls.\n"
    out += table("not_restocked.totals", totals) + "[not_restocked]\n" + array("customers", some)
    for name, by_original in (("event_date", False), ("original_order_date", True)):
        nets = [
            F(
                sum(
                    x[6]
                    for x in LINES
                    if dated(x, by_original).startswith(YEAR) and quarter(dated(x, by_original)) == q
                )
            )
            for q in range(4)
        ]
        assert sum(nets) == net
        out += table(f"return_dating.{name}", {"quarter_net": nets})

    # The figures known beforehand.
    assert [r["cm2"] for r in rows] == [F("105.6"), 72, F("13.6"), 0, F("-105.6"), F("57.6")]
    assert (net, sold, total["cm2"], total["margin_rate_known"]) == (910, 1010, F("143.2"), F("0.4"))
    curve = whale(rows)
    assert curve["cumulative"] == [F(x) for x in ("105.6", "177.6", "235.2", "248.8", "248.8", "143.2")]
    assert curve["peak_customer"] == 4 and abs(curve["peak"] - F("1.737430")) < F(1, 10**6)
    pathlib.Path(__file__).with_name("fixture_a.toml").write_text(out, encoding="utf-8")


if __name__ == "__main__":
    main()
