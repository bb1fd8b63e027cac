"""Write special.csv: values of the special functions to 25 significant digits, from mpmath 1.3 at 60 digits and more.

    nice python3 special.py            write special.csv beside this file
    nice python3 special.py --verify   recompute every line of it with 40 more digits

Arguments are written as the shortest decimal that reads back to the same double, and used as that double, so that the
oracle and the engine see the same number. The hypergeometric function is summed here from its definition or, near
z = 1, taken from the connection formula to 1 - z with as many extra digits as its cancellation can cost: neither is
the way of the engine.
"""

import pathlib
import random
import sys

from mpmath import erfc, erfinv, exp, expint, findroot, gammaprod, log, log1p, loggamma, mp, mpf, nstr, psi, sqrt

HERE = pathlib.Path(__file__).parent
DIGITS = 60


# --- the functions ---------------------------------------------------------------------------------------------------


def lower_series(a, x):
    """The sum in P = x^a e^-x / Gamma(a + 1) * sum, by positive terms."""
    term = total = mpf(1)
    k = mpf(a)
    while True:
        k += 1
        term *= x / k
        total += term
        if x < k and term < total * mpf(10) ** -(mp.dps + 3) * (1 - x / k):
            return total


def ln_p(a, x):
    # Only called where P is not near 1, so the series is short enough and loses nothing.
    return a * log(x) - x - loggamma(a + 1) + log(lower_series(a, x))


def ln_q(a, x):
    """Continued fraction (modified Lentz, DLMF 8.9.2) above a, complement below."""
    if x <= a + 1:
        with mp.extradps(30):
            return log1p(-exp(ln_p(a, x)))
    tiny = mpf(10) ** (-3 * mp.dps)
    b = x + 1 - a
    c = 1 / tiny
    d = 1 / b
    h = d
    i = 1
    while True:
        an = -i * (i - a)
        b += 2
        d = an * d + b
        d = 1 / (d if d != 0 else tiny)
        c = b + an / c
        step = d * c
        h *= step
        if abs(step - 1) < mpf(10) ** -(mp.dps + 3):
            return a * log(x) - x - loggamma(a) + log(h)
        i += 1


def ln_gamma_p(a, x):
    if x <= a + 1:
        return ln_p(a, x)
    with mp.extradps(30):
        return log1p(-exp(ln_q(a, x)))


def by_difference(f, x):
    """Central difference with a step that leaves all digits printed: error h^4."""
    with mp.workdps(2 * mp.dps + 40):
        x = mpf(x)
        h = x * mpf(10) ** -(mp.dps // 4 + 6)
        d1 = (f(x + h) - f(x - h)) / (2 * h)
        d2 = (f(x + 2 * h) - f(x - 2 * h)) / (4 * h)
        return (4 * d1 - d2) / 3


def scaled_exponential_integral(s, z):
    """e^z E_s(z)."""
    if z > s + 50 or z >= 1000:
        # Continued fraction (DLMF 8.19.17), which converges the better the larger z and s.
        tiny = mpf(10) ** (-3 * mp.dps)
        b = z + s
        c, d = 1 / tiny, 1 / b
        h = d
        i = 1
        while True:
            an = -i * (s - 1 + i)
            b += 2
            d = 1 / (an * d + b)
            c = b + an / c
            h *= d * c
            if abs(d * c - 1) < mpf(10) ** -(mp.dps + 3):
                return h
            i += 1
    with mp.extradps(40):
        # Nearly integer orders lose as many digits as they are near.
        return exp(z) * expint(s, z)


def hyp_sums(a, b, c, z):
    """F and its derivatives by a, b, c, z by summation of the definition."""
    term = total = mpf(1)
    ha = hb = hc = sa = sb = sc = sz = mpf(0)
    n = 0
    small = mpf(10) ** -(mp.dps + 5)
    while True:
        ha += 1 / (a + n)
        hb += 1 / (b + n)
        hc += 1 / (c + n)
        ratio = (a + n) * (b + n) * z / ((c + n) * (n + 1))
        term *= ratio
        n += 1
        total += term
        sa += term * ha
        sb += term * hb
        sc += term * hc
        sz += term * n
        if ratio < 1 and n > 10 and (a + b - c) < n:
            bound = max(ratio, z)
            if bound < 1 and term * n * 50 < small * total * (1 - bound) ** 2:
                return total, sa / total, sb / total, -sc / total, sz / z / total


def terms_needed(a, b, c, z):
    one = 1 - z
    grow = a + b - c
    return float((max(grow, 0) * 3 + 150) / one)


def ln_hyp2f1(a, b, c, z):
    if z == 0:
        return mpf(0)
    if terms_needed(a, b, c, z) < 60_000:
        return log(hyp_sums(a, b, c, z)[0])
    return log(near_one(a, b, c, z))


def near_one(a, b, c, z):
    """F by the connection formula to 1 - z; a (nearly) integer c - a - b is moved by a tiny amount."""
    s = c - a - b
    near = abs(s - round(s))
    dps = mp.dps
    lost = int(max(a, b, c) / 3) + 30
    with mp.workdps(dps + lost):
        shift = mpf(0)
        if near < mpf(10) ** -20:
            # Average of +-h removes the first order; the poles cost 2 * digits.
            shift = mpf(10) ** -(dps // 2 + 25)
        values = []
        with mp.extradps(dps + 60):
            for h in ((shift, -shift) if shift else (mpf(0),)):
                cc = c + h
                ss = cc - a - b
                one = 1 - z
                first = gammaprod([cc, ss], [cc - a, cc - b]) * series_any(a, b, 1 - ss, one)
                second = one**ss * gammaprod([cc, -ss], [a, b]) * series_any(cc - a, cc - b, 1 + ss, one)
                values.append(first + second)
        return sum(values) / len(values)


def series_any(a, b, c, z):
    term = total = mpf(1)
    largest = mpf(1)
    n = 0
    while True:
        term *= (a + n) * (b + n) * z / ((c + n) * (n + 1))
        n += 1
        total += term
        if term == 0 or (abs(term) < mpf(10) ** -(mp.dps + 5) * abs(total) and n > -c + 5 and n > 20):
            return total


def normal_quantile(p):
    if p < mpf(10) ** -12:
        t = -sqrt(-2 * log(p))
        return findroot(lambda x: log(erfc(-x / sqrt(mpf(2))) / 2) - log(p), t)
    return sqrt(mpf(2)) * erfinv(2 * p - 1)


FUNCTIONS = {
    "ln_gamma": lambda x: loggamma(x),
    "digamma": lambda x: psi(0, x),
    "trigamma": lambda x: psi(1, x),
    "ln_gamma_ratio": lambda x, d: loggamma(x + d) - loggamma(x),
    "ln_beta": lambda a, b: loggamma(a) + loggamma(b) - loggamma(a + b),
    "normal_quantile": normal_quantile,
    "ln_gamma_p": ln_gamma_p,
    "ln_gamma_q": ln_q,
    "ln_gamma_p_by_a": lambda a, x: by_difference(lambda t: ln_gamma_p(t, x), a),
    "ln_gamma_q_by_a": lambda a, x: by_difference(lambda t: ln_q(t, x), a),
    "ln_gamma_density": lambda a, x: (a - 1) * log(x) - x - loggamma(a),
    "scaled_exponential_integral": scaled_exponential_integral,
    "scaled_exponential_integral_by_s": lambda s, z: by_difference(lambda t: scaled_exponential_integral(t, z), s),
    "scaled_exponential_integral_by_z": lambda s, z: by_difference(lambda t: scaled_exponential_integral(s, t), z),
    "ln_hyp2f1": ln_hyp2f1,
    "ln_hyp2f1_by_a": lambda a, b, c, z: hyp_gradient(a, b, c, z, 0),
    "ln_hyp2f1_by_b": lambda a, b, c, z: hyp_gradient(a, b, c, z, 1),
    "ln_hyp2f1_by_c": lambda a, b, c, z: hyp_gradient(a, b, c, z, 2),
    "ln_hyp2f1_by_z": lambda a, b, c, z: hyp_gradient(a, b, c, z, 3),
}

CACHE = {}


def hyp_gradient(a, b, c, z, which):
    if z == 0:
        return a * b / c if which == 3 else mpf(0)
    if terms_needed(a, b, c, z) < 60_000:
        key = (a, b, c, z, mp.dps)
        if key not in CACHE:
            CACHE.clear()
            CACHE[key] = hyp_sums(a, b, c, z)
        return CACHE[key][which + 1]
    if which == 3:
        # F' = a b / c F(a + 1, b + 1; c + 1)
        return a * b / c * near_one(a + 1, b + 1, c + 1, z) / near_one(a, b, c, z)
    point = [a, b, c]

    def along(t):
        moved = list(point)
        moved[which] = t
        return log(near_one(*moved, z))

    return by_difference(along, point[which])


# --- the grid --------------------------------------------------------------------------------------------------------

LONG_SERIES = 40_000  # terms that a point of the grid may cost here


def grid():
    rng = random.Random(20_261_122)

    def between(low, high):
        """Log-uniform, four digits: what a double reads back."""
        from math import exp as fexp, log as flog
        return float(f"{fexp(rng.uniform(flog(low), flog(high))):.4g}")

    for x in [1e-5, 1e-3, 0.1, 0.5, 0.999, 1.001, 1.4616321449683622, 1.5, 1.9999, 2.0001, 3.0, 9.99, 10.0, 57.3, 1e4, 1e8]:
        for name in ("ln_gamma", "digamma", "trigamma"):
            yield name, x
    for _ in range(60):
        x = between(1e-4, 1e6)
        for name in ("ln_gamma", "digamma", "trigamma"):
            yield name, x
    for _ in range(120):
        x, d = between(1e-3, 1e6), between(1e-6, 1e5)
        yield "ln_gamma_ratio", x, d
        yield "ln_gamma_ratio", x + d, -d
        yield "ln_beta", x, d
    for p in [1e-300, 1e-100, 1e-20, 1e-11, 1.3e-11, 1e-5, 0.01, 0.07, 0.075, 0.08, 0.3, 0.4999, 0.50001, 0.7, 0.92, 0.925, 0.93, 0.975, 0.999, 1 - 1e-9, 1 - 1e-15]:
        yield "normal_quantile", p
    for _ in range(40):
        yield "normal_quantile", between(1e-15, 0.999)

    # Incomplete gamma: around the median, both tails, small shapes.
    points = []
    for a in [1e-3, 0.01, 0.3, 0.999, 1.0, 2.5, 9.99, 10.0, 39.9, 40.1, 300.0, 5000.0, 1e5]:
        for factor in [1e-6, 0.01, 0.3, 0.9, 0.99, 1.0, 1.01, 1.2, 3.0, 50.0]:
            points.append((a, float(f"{a * factor:.6g}")))
    for a in [1e-3, 0.05, 0.6]:
        for x in [1e-12, 1e-4, 0.03, 0.5, 0.97, 1.0, 1.03, 5.0, 80.0, 1e3, 1e6]:
            points.append((a, x))
    for _ in range(120):
        points.append((between(1e-3, 1e5), between(1e-4, 1e5)))
    for a, x in [(1e6, 1e6), (1e6, 999_000.0), (1e6, 1_002_000.0), (1e6, 9e5), (1e6, 1.0), (1.0, 1e6), (30.0, 1e6), (9e5, 1e6)]:
        points.append((a, x))
    for i, (a, x) in enumerate(points):
        yield "ln_gamma_p", a, x
        yield "ln_gamma_q", a, x
        yield "ln_gamma_density", a, x
        if i % 3 == 0 and max(a, x) < 1e4:
            yield "ln_gamma_p_by_a", a, x
            yield "ln_gamma_q_by_a", a, x

    # Exponential integral: integer orders and their neighbours, tiny and huge arguments.
    points = []
    for s in [1e-4, 0.01, 0.5, 0.9999, 1.0, 1.0000001, 1.5, 2.0, 1.9999999999, 3.25, 10.0, 10.001, 47.5, 300.0]:
        for z in [1e-10, 1e-6, 1e-3, 0.1, 0.7, 1.0, 2.3, 12.0, 60.0, 1e3, 1e6]:
            points.append((s, z))
    for s in [1000.0, 3000.5, 1e4]:
        for z in [1e-10, 1e-3, 1.0, 30.0, 1e3, 2e4, 1e6]:
            points.append((s, z))
    for _ in range(60):
        points.append((between(1e-3, 200.0), between(1e-8, 1e3)))
    for i, (s, z) in enumerate(points):
        yield "scaled_exponential_integral", s, z
        if i % 3 == 0 and s < 100:
            yield "scaled_exponential_integral_by_s", s, z
            yield "scaled_exponential_integral_by_z", s, z

    # 2F1, as the models reach it.
    points = []
    # BG/NBD: F(r + x, b + x; a + b + x; t / (alpha + T + t)), hundreds to thousands of purchases.
    for r, a, b in [(0.2425945, 0.7929199, 2.4258881), (1.5, 0.02, 0.09), (0.003, 1.8, 0.001), (20.0, 3.0, 9.0)]:
        for x in [0, 1, 7, 60, 400, 5000]:
            for z in [1e-9, 0.01, 0.4, 0.75, 0.9, 0.99]:
                if 3 * x / (1 - z) < LONG_SERIES:
                    points.append((r + x, b + x, a + b + x, z))
    # Pareto/NBD: F(r + s + x, s + 1; r + s + x + 1; |alpha - beta| / (max + T)) and its neighbour r + s + x, s.
    for r, s in [(0.5532700, 0.6060200), (0.001, 0.001), (2.0, 1.0), (8.0, 35.0)]:
        for x in [0, 2, 30, 500, 5000]:
            for z in [1e-12, 0.02, 0.5, 0.9, 0.995]:
                points.append((r + s + x, s + 1, r + s + x + 1, z))
                if z in (0.5, 0.995):
                    points.append((r + s + x, r + x, r + s + x + 1, z))
    # Anything, moderate.
    for _ in range(150):
        a, b, c = between(1e-3, 200.0), between(1e-3, 200.0), between(1e-3, 400.0)
        points.append((a, b, c, min(0.999, float(f"{1 - between(1e-3, 1.0):.6g}"))))
    # Right below 1: c - a - b an integer, nearly one, and neither.
    for a, b, c in [
        (0.5, 0.7, 1.2), (0.5, 0.7, 2.2), (0.5, 0.7, 0.2), (1.0, 1.0, 2.0), (1.0, 2.0, 3.5), (2.0, 3.0, 4.0),
        (0.01, 0.02, 0.03), (0.001, 3.0, 2.0), (5.0, 4.0, 3.0), (12.25, 3.5, 14.0), (12.25, 3.5, 15.7500001),
        (12.25, 3.5, 18.750000000001), (30.0, 1.0, 31.0), (30.5, 40.25, 20.0), (30.5, 40.25, 68.75), (60.0, 2.0, 0.5),
        (150.3, 1.6, 151.3), (150.3, 151.0, 153.0), (0.5, 0.5, 60.0),
    ]:
        for one_minus_z in [1e-2, 1e-3, 3e-5, 1e-7, 1e-10, 1e-13, 1e-15]:
            points.append((a, b, c, 1 - one_minus_z))
    for i, (a, b, c, z) in enumerate(points):
        yield "ln_hyp2f1", a, b, c, z
        if i % 3 == 0:
            for by in "abcz":
                yield f"ln_hyp2f1_by_{by}", a, b, c, z


# --- running ---------------------------------------------------------------------------------------------------------


def value(name, arguments, digits):
    with mp.workdps(digits):
        return +FUNCTIONS[name](*(mpf(x) for x in arguments))


def text(name, arguments):
    return nstr(value(name, arguments, DIGITS), 25, strip_zeros=False, min_fixed=-5, max_fixed=20)


def main():
    out = HERE / "special.csv"
    if "--verify" in sys.argv:
        worst = mpf(0)
        for line in out.read_text().splitlines()[1:]:
            name, arguments, written = line.split(",")
            arguments = [float(x) for x in arguments.split()]
            again = value(name, arguments, DIGITS + 40)
            with mp.workdps(DIGITS):
                off = abs(mpf(written) - again) / max(abs(again), mpf(10) ** -300)
            if off > mpf(10) ** -23:
                print("differs:", line, nstr(again, 30))
            worst = max(worst, off)
        print("worst relative difference", nstr(worst, 3))
        return
    lines = ["function,arguments,value"]
    for name, *arguments in grid():
        lines.append(f"{name},{' '.join(repr(float(x)) for x in arguments)},{text(name, arguments)}")
    out.write_text("\n".join(lines) + "\n")
    print(len(lines) - 1, "lines,", out.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
