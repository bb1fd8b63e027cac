"""What the oracle is asked (written to oracle.toml), and the checks of the oracle itself. Run lifetime_models.py."""

import pathlib

import mpmath as mp
from mpmath import mpf

from lifetime_models import model

HEADER = """# Exact values of the customer-base models, by integration over the heterogeneity (50 digits carried, 17 stored).
# Made by lifetime_models.py; do not edit. Inputs are the binary numbers written here, so they can be compared to the last bit.
#
# parameters: bg_nbd, mbg_nbd, bg_cnbd, mbg_cnbd [r, alpha, a, b]; pareto_nbd [r, alpha, s, beta]; ggom_nbd [r, alpha, b, s, beta];
#   nbd [r, alpha]; bg_bb [alpha, beta (purchase), gamma, delta (drop-out)]; sbg [alpha, beta]; bdw [alpha, beta, c].
# A pass is |ours - expected| <= relative |expected| + absolute (absolute is 0 where it is not given).
#
# x, t_x, T: repeat purchases, time of the last one, time observed. t: length of the period after T. n: a number of purchases.
# log_likelihood: density of the purchase times (no factor T^x/x!). Erlang models: k stages of rate lambda in a gap, so the mean
#   gap is k/lambda; the factor prod g_i^(k-1)/((k-1)!)^x of the gaps is included through sum_ln_gaps.
#   sbg, bdw: of one customer lost in period t, or (censored) still there after t periods.
# p_alive: at T+t (t = 0: at T). bg_bb: active at the T-th opportunity; t = 1 is the figure of Fader, Hardie and Shang.
# expected_purchases, probability_of_n_purchases: in (T, T+t], given (x, t_x, T).
# .._new_customer: in (0, t], who has just made the first purchase (mbg: and may leave right after it).
# dert: rate is continuous, per unit of time; integral over u > 0 of exp(-rate u) times the expected purchase rate at T+u.
#   bg_bb: sum over i >= 1 of the expected purchases at opportunity T+i over (1 + rate)^i.
# survival, retention (S(t)/S(t-1)); expected_lifetime: sum over t >= 0 of S(t)/(1+rate)^t;
# residual_lifetime: active for n periods (n-1 renewals), seen just before the n-th decision:
#   sum over t >= n of S(t)/S(n-1)/(1+rate)^(t-n).
"""

CDNOW_BG = [0.2425945, 4.4136019, 0.7929199, 2.4258881]
CDNOW_MBG = [0.5248436, 6.1830928, 0.8913878, 1.6140483]
CDNOW_PARETO = [0.55327, 10.577801, 0.60602, 11.663915]
ROWS = [(2, 30.43, 38.86), (0, 0.0, 38.86), (1, 1.71, 38.86), (7, 35.0, 77.86), (23, 39.0, 39.0)]
AWKWARD = 1e-9  # relative tolerance where parameters or rows are extreme; elsewhere
PLAIN = 1e-10

# name, k, parameters, rows (x, t_x, T), full set of quantities or only the short one, tolerance
CASES = [
    ("bg_nbd", 1, CDNOW_BG, ROWS, True, PLAIN),
    ("bg_nbd", 1, [1.0, 5.0, 1.0, 2.5], [(0, 0.0, 0.0), (0, 0.0, 30.0), (3, 20.0, 30.0)], False, AWKWARD),
    ("bg_nbd", 1, [0.5, 0.001, 0.3, 0.4], [(3, 0.4, 39.0), (400, 99.9, 100.0)], False, AWKWARD),
    ("bg_nbd", 1, [0.6, 21.0, 1223.0, 9044.0], [(4, 60.0, 104.0), (0, 0.0, 104.0)], False, AWKWARD),
    ("bg_nbd", 1, CDNOW_BG, [(400, 99.9, 100.0), (2000, 99.9, 100.0)], False, AWKWARD),
    ("mbg_nbd", 1, CDNOW_MBG, ROWS, True, PLAIN),
    ("mbg_nbd", 1, [1.0, 5.0, 1.0, 2.5], [(0, 0.0, 0.0), (0, 0.0, 30.0), (3, 20.0, 30.0)], False, AWKWARD),
    ("mbg_nbd", 1, [0.5, 0.001, 0.3, 0.4], [(3, 0.4, 39.0), (400, 99.9, 100.0)], False, AWKWARD),
    ("mbg_nbd", 1, CDNOW_MBG, [(2000, 99.9, 100.0)], False, AWKWARD),
    ("bg_cnbd", 2, [0.6, 3.2, 0.8, 2.4], ROWS[:4], True, PLAIN),
    ("bg_cnbd", 3, [0.9, 2.5, 1.0, 3.0], ROWS[:2] + [(7, 35.0, 77.86), (23, 39.0, 39.0)], True, PLAIN),
    ("bg_cnbd", 2, [0.5, 0.01, 0.3, 0.4], [(0, 0.0, 0.0), (5, 9.0, 39.0), (200, 98.0, 100.0)], False, AWKWARD),
    ("mbg_cnbd", 2, [0.9, 4.0, 0.9, 1.6], ROWS[:4], True, PLAIN),
    ("mbg_cnbd", 3, [1.1, 3.0, 1.0, 1.7], ROWS[:2] + [(7, 35.0, 77.86), (23, 39.0, 39.0)], True, PLAIN),
    ("mbg_cnbd", 3, [0.5, 0.01, 0.3, 0.4], [(0, 0.0, 0.0), (5, 9.0, 39.0), (200, 98.0, 100.0)], False, AWKWARD),
    ("pareto_nbd", 1, CDNOW_PARETO, ROWS, True, PLAIN),
    ("pareto_nbd", 1, [0.6, 8.0, 1.0, 8.0], [(0, 0.0, 0.0), (0, 0.0, 30.0), (3, 20.0, 30.0)], False, AWKWARD),
    ("pareto_nbd", 1, [1.0, 25.0, 1.4, 3.0], [(0, 0.0, 52.0), (4, 51.0, 52.0)], False, AWKWARD),
    ("pareto_nbd", 1, [0.553, 0.001, 0.606, 500.0], [(3, 0.4, 39.0), (400, 99.9, 100.0)], False, AWKWARD),
    ("pareto_nbd", 1, CDNOW_PARETO, [(150, 99.9, 100.0), (2000, 99.9, 100.0), (400, 30.0, 100.0)], False, AWKWARD),
    ("ggom_nbd", 1, [0.553, 10.58, 0.02, 0.6, 0.25], ROWS, True, PLAIN),
    ("ggom_nbd", 1, [0.553, 10.578, 0.0002, 0.603, 0.0026], ROWS[:2] + [(7, 35.0, 77.86)], False, AWKWARD),
    ("ggom_nbd", 1, [1.0, 10.0, 0.1, 1.0, 1.0], [(0, 0.0, 0.0), (0, 0.0, 30.0), (3, 20.0, 30.0)], False, AWKWARD),
    ("ggom_nbd", 1, [0.5, 0.001, 0.3, 0.05, 500.0], [(3, 0.4, 39.0), (400, 99.9, 100.0)], False, AWKWARD),
    ("ggom_nbd", 1, [0.8, 5.0, 5.0, 0.002, 0.1], [(2, 150.0, 200.0), (400, 199.0, 200.0)], False, AWKWARD),
    ("nbd", 1, [0.3847659, 12.0720137], ROWS[:3], True, PLAIN),
    ("nbd", 1, [1.0, 0.001], [(0, 0.0, 0.0), (400, 99.9, 100.0)], False, AWKWARD),
]
BG_BB = [
    ([1.203533, 0.749727, 0.656779, 2.783812], [(0, 0, 6), (2, 4, 6), (3, 4, 6), (6, 6, 6)], PLAIN),
    ([1.0, 1.0, 1.0, 1.0], [(0, 0, 0), (1, 1, 1), (3, 9, 12)], PLAIN),
    ([0.1, 0.3, 0.05, 9.0], [(0, 0, 6), (40, 60, 60), (250, 390, 400)], AWKWARD),
]
CONTRACTS = [
    ("sbg", [0.704077, 1.182043]),
    ("sbg", [0.668088, 3.806095]),
    ("sbg", [1.0, 1.0]),
    ("bdw", [0.523029, 0.894283, 1.196399]),
    ("bdw", [0.259336, 1.722551, 1.584362]),
    ("bdw", [1.2, 3.4, 0.6]),
]


def line(fields, value, relative):
    stored = float(value)
    fields = {**fields, "expected": stored, "relative": relative}
    if stored == 0.0:
        fields["absolute"] = 1e-13

    def text(v):
        return f'"{v}"' if isinstance(v, str) else str(v).lower() if isinstance(v, bool) else repr(v)

    return "  { " + ", ".join(f"{k} = {text(v)}" for k, v in fields.items()) + " },"


def known(name, k, parameters, rows, full, relative):
    """All quantities of a model in continuous time."""
    m, out = model(name, parameters, k), []
    head = {"model": name, "parameters": parameters} | ({"k": k} if k > 1 else {})

    def add(quantity, value, **inputs):
        out.append(line({**head, "quantity": quantity, **inputs}, value, relative))

    for x, t_x, T in rows:
        row, at = {"x": x, "t_x": t_x, "T": T}, (x, mpf(t_x), mpf(T))
        if k > 1:
            gaps = round(x * float(mp.log(t_x / x)) - 0.1 * x, 3) if x else 0.0
            add("log_likelihood", m.log_likelihood(*at, gaps), **row, sum_ln_gaps=gaps)
        else:
            add("log_likelihood", m.log_likelihood(*at), **row)
        if name != "nbd":
            for t in (0.0, 26.0):
                add("p_alive", m.p_alive(*at, mpf(t)), **row, t=t)
        for t in (1.0, 39.0, 520.0) if full else (39.0,):
            if T > 1.0 or parameters[1] > 1.0:  # else millions of terms
                add("expected_purchases", m.expected_purchases(*at, mpf(t)), **row, t=t)
        for n in ((0, 1, 6) if x < 10 else (0, 20)) if full else (1,):
            if T > 1.0 or parameters[1] > 1.0:
                add("probability_of_n_purchases", m.probability_of_n(*at, mpf(39.0), n), **row, t=39.0, n=n)
        for rate in (0.0027, 0.1) if full else (0.0018,):
            add("dert", m.dert(*at, mpf(rate)), **row, rate=rate)
    zero = (0, mpf(0), mpf(0))
    if full:
        for t in (0.0, 0.01, 1.0, 39.0, 78.0):
            add("expected_purchases_new_customer", m.expected_purchases(*zero, mpf(t)), t=t)
        for t, n in ((2.0, 10), (39.0, 0), (39.0, 1), (39.0, 7), (30.0, 20), (104.0, 200)):
            add("probability_of_n_purchases_new_customer", m.probability_of_n(*zero, mpf(t), n), t=t, n=n)
    elif rows[0] != (0, 0.0, 0.0):
        t = min(39.0, 50.0 * parameters[1])
        add("expected_purchases_new_customer", m.expected_purchases(*zero, mpf(t)), t=t)
        add("probability_of_n_purchases_new_customer", m.probability_of_n(*zero, mpf(t), 3), t=t, n=3)
    return out


def donations(parameters, rows, relative):
    m, out = model("bg_bb", parameters), []

    def add(quantity, value, **inputs):
        out.append(line({"model": "bg_bb", "parameters": parameters, "quantity": quantity, **inputs}, value, relative))

    for x, t_x, T in rows:
        row, at = {"x": x, "t_x": float(t_x), "T": float(T)}, (x, t_x, T)
        add("log_likelihood", m.log_likelihood(*at), **row)
        for t in (0, 1, 5):
            add("p_alive", m.p_alive(*at, t), **row, t=float(t))
        for t in (1, 5):
            add("expected_purchases", m.expected_purchases(*at, t), **row, t=float(t))
        for n in (0, 2, 5):
            add("probability_of_n_purchases", m.probability_of_n(*at, 5, n), **row, t=5.0, n=n)
        for rate in (0.1, 0.02):
            add("dert", m.dert(*at, rate), **row, rate=rate)
    for t, n in ((1, 0), (6, 6), (8, 3), (60, 20)):
        add("expected_purchases_new_customer", m.expected_purchases(0, 0, 0, t), t=float(t))
        add("probability_of_n_purchases_new_customer", m.probability_of_n(0, 0, 0, t, n), t=float(t), n=n)
    return out


def contracts(name, parameters):
    m, out = model(name, parameters), []

    def add(quantity, value, **inputs):
        out.append(line({"model": name, "parameters": parameters, "quantity": quantity, **inputs}, value, PLAIN))

    for t, censored in ((1, False), (5, False), (60, False), (8, True), (60, True)):
        add("log_likelihood", m.log_likelihood(t, censored), t=float(t), censored=censored)
    for t in (0, 1, 8, 120):
        add("survival", m.survival(t), t=float(t))
    for t in (1, 2, 8, 120):
        add("retention", m.retention(t), t=float(t))
    for rate in (0.1, 0.01):
        add("expected_lifetime", m.expected_lifetime(rate), rate=rate)
        for n in (1, 5, 40):
            add("residual_lifetime", m.residual_lifetime(n, rate), n=n, rate=rate)
    return out


def write():
    lines = [text for case in CASES for text in known(*case)]
    lines += [text for case in BG_BB for text in donations(*case)]
    lines += [text for case in CONTRACTS for text in contracts(*case)]
    source = "integration over the heterogeneity at 50 digits, tests/golden/lifetime_models.py"
    body = f'{HEADER}\nsource = "{source}"\n\nclosed_form = [\n' + "\n".join(lines) + "\n]\n"
    pathlib.Path(__file__).with_name("oracle.toml").write_text(body)
    print(f"{len(lines)} values, {len(body) // 1000} kB")


def check():
    import lifetime_checks

    lifetime_checks.run()
