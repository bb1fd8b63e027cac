"""Writes equity.toml: value of customers and of the base, from definitions.

    python3 equity.py            writes equity.toml beside this file (a minute); fails where a quoted figure is not met
    python3 equity.py --check    compares with closed forms and matrix inverses, without writing

Needs mpmath; --check nothing more. Nothing of the Rust code is used.

    equity_methods.py     sums, quadrature, derivatives and roots
    equity_customer.py    conventions, growth, multiples, Berger & Nasr, streams
    equity_models.py      migration, annuities, elasticities, shifted beta-geometric
    equity_base.py        plans, optimal spending, brand switching, bridge
    equity_accounts.py    cost to serve, projects, rates, potential profit
    equity_checks.py      what --check compares with
    fixture_a.py          a base of six customers to the last cent; writes fixture_a.toml
"""

import pathlib
import sys
from fractions import Fraction

import equity_accounts
import equity_base
import equity_customer
import equity_models
from equity_methods import mp, mpf

HEADER = """# Value of customers and of the base, from definitions at 65 digits (17 stored). Made by equity.py; do not edit.
#
# One table per family: source, tolerance, cases. A pass is |ours - expected| <= tolerance max(1, |expected|).
# `quoted...`: a rounded figure from the literature or worked by hand beforehand; it is met within quoted_tolerance (absolute).
# Inputs are the binary numbers written here, except money, shares and matrices with exact sums, which are the decimals.
# All rates and retention rates are per period; `rate` is the discount rate d, effective per period.
#
# conventions, finite, growth: payment j = 0, 1, 2, ... of the margin, weighted with retention^renewals, at its time:
#   T1: j+1 renewals, time j+1     T2: j, j     T3: j, j+1     T4: j+1, j+1/2     T5: j, j+1/2     T6: flow margin r^t over 0 < t
# finite: `periods` payments (T6: up to time `periods`); T2_through_T: T2 with one payment more, at 0, 1, ..., periods.
# growth: from the first payment ("initial": margin (1+g)^renewals; T6: (1+g)^t), or the first renewal still pays the margin
#   ("first_renewal": (1+g)^max(renewals - 1, 0); no T6). No `periods`: for ever.
# recency, markov: value by starting state; infinite: sum over t >= 0; finite: t = 0..horizon. The last state is lost for good.
#   recency: values for states 1, 2, ..., lost. stop_after: last recency mailed; stopped: values then (a shorter list).
#   markov: stop: states (from 0) in which it is best to end the relationship for nothing; stopped: values then.
# elasticities: (dV/dx)(x/V); X_less_cost: of X - acquisition_cost. A rate of 0 has elasticity 0.
# plan: cohort k = 1, 2, ... is won and paid for at the end of year k; volume scales all cohorts, cost all costs.
# blattberg_deighton: rate(spend) = ceiling (1 - e^(-k spend)); customer: value of an acquired customer, first margin included;
#   value: of a prospect, rate customer - spend. At a corner (best spend 0) the marginal cost exceeds the value.
# project: flows now and after 1, 2, ... periods. No internal rate: empty list; no payback: no key. payback: the first time that
#   nothing is left to recover (flows even within a period); settled: the time after which it stays so.
"""


def text(v):
    if isinstance(v, bool):
        return str(v).lower()
    if isinstance(v, str):
        return '"' + v + '"'
    if isinstance(v, dict):
        return "{ " + ", ".join(f"{k} = {text(x)}" for k, x in v.items()) + " }"
    if isinstance(v, (list, tuple)):
        return "[" + ", ".join(map(text, v)) + "]"
    return repr(v) if isinstance(v, int) else repr(float(v) + 0.0)


def number(v):
    return mpf(v.numerator) / v.denominator if isinstance(v, Fraction) else v


def plain(v):
    """Fractions as numbers, everywhere."""
    if isinstance(v, dict):
        return {k: plain(x) for k, x in v.items()}
    return [plain(x) for x in v] if isinstance(v, (list, tuple)) else number(v)


def lookup(row, name):
    """The exact value that a quoted one is about."""
    if name in row:
        return row[name]
    if name in row.get("expected", {}):
        return row["expected"][name]
    table = max((t for t in row if name.startswith(t + "_")), key=len)
    return row[table][name[len(table) + 1 :]]


def verify(name, row):
    """Every quoted figure lies within its tolerance of the exact one."""
    bad = []

    def near(label, exact, shown, tolerance):
        if abs(mpf(exact) - mpf(shown)) > mpf(tolerance) * (1 + mpf(10) ** -9):
            bad.append(f"{name} {label}: exact {mp.nstr(mpf(exact), 12)}, quoted {shown}")

    for key in [k for k in row if k.startswith("quoted") and not k.endswith("tolerance")]:
        shown, what = row[key], key[len("quoted_") :]
        tolerance = row.get(key + "_tolerance", row.get("quoted_tolerance"))
        if what == "spend" or (not what and isinstance(shown, dict)):
            for k, x in shown.items():
                near(k, lookup(row, k), x, tolerance)
        elif what == "residual":
            near(key, row["residual"][row["renewals"].index(shown["n"])], shown["value"], tolerance)
        else:
            exact = row[what] if what else row.get("expected", row.get("npv"))
            if isinstance(shown, dict):
                for k, x in shown.items():
                    near(f"{what} {k}", exact[k], x, tolerance)
            elif isinstance(shown, (list, tuple)):
                for a, b in zip(exact, shown):
                    near(key, a, b, tolerance)
            else:
                near(key, exact, shown, tolerance)
    return bad


def collect():
    families = {}

    def family(name, source, rows, tolerance=1e-12):
        families[name] = (source, tolerance, [plain(row) for row in rows])

    for part in (equity_customer, equity_models, equity_base, equity_accounts):
        for make in part.FAMILIES:
            make(family)
    return families


def main():
    families = collect()
    bad = [line for name, (_, _, rows) in families.items() for row in rows for line in verify(name, row)]
    if bad:
        sys.exit("\n".join(bad))
    if "--check" in sys.argv:
        import equity_checks

        return equity_checks.run(families)
    out = [HEADER]
    for name, (source, tolerance, rows) in families.items():
        lines = "".join(f"  {text(row)},\n" for row in rows)
        out.append(f"[{name}]\nsource = {text(source)}\ntolerance = {tolerance!r}\ncases = [\n{lines}]\n")
    pathlib.Path(__file__).with_name("equity.toml").write_text("\n".join(out), encoding="utf-8")


if __name__ == "__main__":
    main()
