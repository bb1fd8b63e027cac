"""Definitions behind equity.toml, straight from the papers: long sums, quadrature, numerical differentiation, root finding.

65 digits are carried. No closed form of an infinite sum, no hypergeometric function and no matrix inverse is used here;
equity.py --check compares with those afterwards.
"""

import itertools
from fractions import Fraction

import mpmath as mp
from mpmath import mpf

mp.mp.dps = 65
TINY = mpf(10) ** -60
HALF = mpf(1) / 2
SHIFT = {"end": mpf(0), "middle": HALF, "start": mpf(1)}


def decimal(value):
    """The decimal number that was typed, exactly: for money and counts that are added without rounding."""
    return Fraction(str(value))


def long_sum(term):
    """Sum of term(0), term(1), ... until a term is below 1e-60 of the sum."""
    total, j = mpf(0), 0
    while True:
        x = term(j)
        total += x
        j += 1
        if j > 3 and abs(x) <= TINY * abs(total):
            return total


# --- one customer, constant margin and retention ---------------------------------------------------------------------

# Payment j = 0, 1, ...: renewals it needs, and its time.
PAYMENTS = {
    "T1": lambda j: (j + 1, mpf(j + 1)),
    "T2": lambda j: (j, mpf(j)),
    "T3": lambda j: (j, mpf(j + 1)),
    "T4": lambda j: (j + 1, j + HALF),
    "T5": lambda j: (j, j + HALF),
}


def convention(name, m, r, d, g=mpf(0), growth_from="initial", payments=None):
    """Value of a customer; payments=None is for ever. growth_from: see the head of equity.toml."""

    def term(j):
        renewals, time = PAYMENTS[name](j)
        steps = renewals if growth_from == "initial" else max(renewals - 1, 0)
        return m * (1 + g) ** steps * r**renewals / (1 + d) ** time

    return long_sum(term) if payments is None else mp.fsum(term(j) for j in range(payments))


def continuous(m, r, d, end=None):
    """Integral of m r^t (1+d)^-t over 0 < t < end, by panels of about five mean lives."""
    if r == 0:
        return mpf(0)
    decay = mp.log(1 + d) - mp.log(r)
    panel = 5 / decay
    edges = [panel * k for k in range(31)] if end is None else mp.linspace(0, end, 2 + int(end / panel))
    return mp.quad(lambda t: m * mp.exp(-decay * t), edges)


def annuity(m, d, periods, shift):
    """m at the end (shift 0), middle (1/2) or start (1) of each period; the broken last period pays its share of m and is
    discounted as a whole one."""
    whole = int(mp.floor(periods))
    flows = [m] * whole + ([m * (periods - whole)] if periods > whole else [])
    return present_value(flows, d, shift)


def present_value(flows, d, shift=mpf(0), first=1):
    return mp.fsum(x / (1 + d) ** (t - shift) for t, x in enumerate(flows, first))


def elasticity(value, at):
    """x V'(x) / V(x), by a central difference: error 1e-30 of the step, rounding 1e-40."""
    h = abs(at) * mpf(10) ** -20
    return at * (value(at + h) - value(at - h)) / (2 * h) / value(at)


def profit_curve(t, h, g, v, n):
    """Berger & Nasr (1998), case 3: profit at age t, parabola up to g, saturating beyond."""
    return h * t**2 + v if t <= g else h * g**2 + v + n * (1 - mp.exp(g - t))


def berger_nasr(gc, m, r, d, cycles, years):
    """Cases 1, 2a, 2b: contribution at 0, 1, ..., promotion in the middle of each cycle of so many years."""
    paid = mp.fsum(gc * r**i / (1 + d) ** (i * years) for i in range(cycles + 1))
    return paid - mp.fsum(m * r ** (i - 1) / (1 + d) ** ((i - HALF) * years) for i in range(1, cycles + 1))


def berger_nasr_3(h, g, v, n, r, d, periods):
    return mp.fsum(profit_curve(t, h, g, v, n) * (r / (1 + d)) ** t for t in range(periods + 1))


def berger_nasr_4(h, g, v, n, r, d, periods):
    q = r / (1 + d)
    edges = sorted({mpf(0), mpf(periods)} | ({mpf(g)} if g < periods else set()))
    total = mpf(0)
    for low, high in zip(edges, edges[1:]):  # each side of g has its own law
        mid = (low + high) / 2
        law = (lambda t: h * t**2 + v) if mid <= g else (lambda t: h * g**2 + v + n * (1 - mp.exp(g - t)))
        total += mp.quad(lambda t: law(t) * q**t, mp.linspace(low, high, 5))
    return total


# --- migration (Pfeifer & Carraway 2000) -----------------------------------------------------------------------------


def markov(p, reward, d, periods=None):
    """Sum over t = 0, 1, ..., periods of (P/(1+d))^t R, for each starting state."""
    states = range(len(p))
    flow, value, t = list(reward), list(reward), 0
    while t != periods:
        flow = [mp.fsum(p[i][j] * flow[j] for j in states) / (1 + d) for i in states]
        value = [value[i] + flow[i] for i in states]
        t += 1
        if max(map(abs, flow)) <= TINY * max(1, max(map(abs, value))):
            break
    return value


def recency_chain(buys, contribution, promotion, mailed=None):
    """Matrix and rewards of the recency model: state 1 has just bought, a buyer of recency k buys again with
    probability buys[k-1] or moves on; beyond the last mailed recency the customer is lost (last state)."""
    mailed = len(buys) if mailed is None else mailed
    n = mailed + 1
    p = [[mpf(0)] * n for _ in range(n)]
    for k in range(mailed):
        p[k][0] += buys[k]
        p[k][k + 1] += 1 - buys[k]
    p[-1][-1] = mpf(1)
    reward = [-promotion] * mailed + [mpf(0)]
    reward[0] += contribution  # the purchase that put the customer in state 1 is booked with it
    return p, reward


def best_recency(buys, contribution, promotion, d):
    """The last recency worth mailing, by trying them all: the highest value of a customer who has just bought."""
    tried = [(markov(*recency_chain(buys, contribution, promotion, k), d), k) for k in range(1, len(buys) + 1)]
    value, k = max(tried, key=lambda pair: pair[0][0])
    return k, value


def best_stop(p, reward, d, absorbing):
    """States that are served and their values, by trying every set: stopping in a state is worth 0 from there on."""
    open_states = [i for i in range(len(p)) if i not in absorbing]
    tried = []
    for size in range(len(open_states) + 1):
        for stopped in itertools.combinations(open_states, size):
            kept = [[mpf(0) if i in stopped else x for x in row] for i, row in enumerate(p)]
            tried.append(
                (list(stopped), markov(kept, [mpf(0) if i in stopped else x for i, x in enumerate(reward)], d))
            )
    best = max(tried, key=lambda pair: mp.fsum(pair[1]))
    # The best set is best from every state at once.
    assert all(a >= b - TINY for _, value in tried for a, b in zip(best[1], value))
    return best


# --- shifted beta-geometric ------------------------------------------------------------------------------------------


def sbg_lifetime(alpha, beta, d, renewals=None):
    """Discounted expected lifetime, sum over t >= 0 of S(t)/(1+d)^t (renewals=None: a new customer, the first payment
    included), or residual lifetime of a customer with n-1 renewals, sum over t >= n of S(t)/S(n-1)/(1+d)^(t-n): just
    before the n-th renewal decision. S(t)/S(t-1) = (beta+t-1)/(alpha+beta+t-1) (Fader & Hardie 2007, eq. 7)."""
    first = 0 if renewals is None else renewals + 1
    alive = mpf(1)

    def term(k):
        nonlocal alive
        if first + k > 0:
            alive *= (beta + first + k - 1) / (alpha + beta + first + k - 1)
        return alive / (1 + d) ** k

    return long_sum(term)


# --- the base --------------------------------------------------------------------------------------------------------


def plan_value(v, existing, acquired, cost, d, v_new=None, tax=mpf(0)):
    """Equity of the existing customers and of the cohorts to be won at the ends of years 1, 2, ..."""
    v_new = v if v_new is None else v_new
    static = (1 - tax) * existing * v
    future = mp.fsum((1 - tax) * n * (v_new - c) / (1 + d) ** k for k, (n, c) in enumerate(zip(acquired, cost), 1))
    return static, future


def saturation(observed, ceiling, spend):
    return -mp.log(1 - observed / ceiling) / spend


def acquired_value(spend, ceiling, k, m, d):
    """Blattberg & Deighton (1996): m now, then the sum over t >= 1 of (m r - R) r^(t-1)/(1+d)^t."""
    r = ceiling * (1 - mp.exp(-k * spend))
    return m + long_sum(lambda j: (m * r - spend) * r**j / (1 + d) ** (j + 1))


def maximum(f, low, high):
    """Where f is highest on low <= x <= high: a grid, golden sections, then the root of f' at full precision."""
    points = [low + (high - low) * mpf(k) / 400 for k in range(401)]
    with mp.workdps(20):
        best = max(range(401), key=lambda k: f(points[k]))
    assert best < 400, "widen the interval"
    slope = lambda x: (f(x + mpf(10) ** -22) - f(x - mpf(10) ** -22)) / (2 * mpf(10) ** -22)
    if best == 0 and slope(points[0] + mpf(10) ** -20) <= 0:
        return points[0]
    left, right = points[max(best - 1, 0)] + mpf(10) ** -20, points[best + 1]
    return mp.findroot(slope, (left, right), solver="anderson", tol=mpf(10) ** -30, maxsteps=200)


def switching(matrix, start, brand, volume, margin, purchases, years, d):
    """Rust, Lemon & Zeithaml (2004): choice probabilities at purchases 0, 1, ... (the first one follows one switch) and
    the value to each purchase of `brand`."""
    n, share, path = len(start), list(start), []
    for _ in range(purchases * years + 1):
        share = [mp.fsum(share[i] * matrix[i][j] for i in range(n)) for j in range(n)]
        path.append(share[brand])
    value = mp.fsum(volume * margin * b / (1 + d) ** (mpf(t) / purchases) for t, b in enumerate(path))
    return path, value


def internal_rates(flows):
    """Every rate above -1 at which the flows (the first one now) are worth nothing: real roots of the polynomial."""
    cut = [x for x in itertools.dropwhile(lambda x: x == 0, flows)]
    while cut[-1] == 0:
        cut.pop()
    roots = mp.polyroots([mpf(x) for x in reversed(cut)], maxsteps=500, extraprec=400) if len(cut) > 1 else []
    real = [mp.re(x) for x in roots if abs(mp.im(x)) < mpf(10) ** -30 and mp.re(x) > 0]
    return sorted(1 / x - 1 for x in real)


def discounted_payback(flows, d):
    """First period whose end sees the discounted flows recovered, and the time within it if its flow comes evenly. Nothing
    is paid back before the first flow."""
    total, started = mpf(0), False
    for t, x in enumerate(flows):
        pv, started = mpf(x) / (1 + d) ** t, started or x != 0
        if started and total + pv >= 0:
            return t, (t - 1 - total / pv if t else mpf(0))
        total += pv
    return None


def settled_payback(flows, d):
    """As discounted_payback, but the last time that nothing is left to recover, and stays so."""
    worth = [mp.fsum(mpf(x) / (1 + d) ** t for t, x in enumerate(flows[: k + 1])) for k in range(len(flows))]
    if worth[-1] < 0:
        return None
    t = 1 + max((k for k, x in enumerate(worth) if x < 0), default=-1)
    return t, (t - 1 - worth[t - 1] / (worth[t] - worth[t - 1]) if t else mpf(0))
