"""Oracle of the customer-base models: exact values from first principles, written to oracle.toml.

    python3 lifetime_models.py            writes oracle.toml beside this file (two minutes)
    python3 lifetime_models.py --check    checks this oracle itself: literal double integrals, simulation, lifetimes

Needs mpmath (gmpy2 makes it faster); --check also numpy, and lifetimes if it is there.

Files of this folder, beside the .toml that the Rust tests read:
    lifetime_models.py           this: the models from first principles
    lifetime_cases.py            the parameters and rows asked for; writes oracle.toml
    lifetime_checks.py           the checks of the oracle
    lifetime_fits.py             data, likelihoods and maximisation in f64
    lifetime_published.py        recomputes published fits, closed forms and totals; writes published.toml (with
                                 lifetime_published_fits.py and lifetime_records.py); run it by itself

Method. A model is written at the level of one customer with rates (lambda, p or mu or theta) in hand, and averaged over the
heterogeneity. Purchases and drop-out are independent a priori, so every quantity is a sum or a one-dimensional integral
(over the day of drop-out, or over the number of purchases) of products of two moments,
    E[lambda^s exp(-c lambda)] = Gamma(r+s)/Gamma(r) alpha^r/(alpha+c)^(r+s)    and    E[p^i (1-p)^j] = B(a+i, b+j)/B(a, b);
where that does not decouple (DERT of the beta-geometric models) the double integral itself is taken. No published closed
form, no hypergeometric function, and nothing of the Rust code is used. 50 digits are carried, 17 stored.
"""

import sys
from functools import lru_cache
from math import comb

import mpmath as mp
from mpmath import mpf

mp.mp.dps = 50
TINY = mpf(10) ** -40


def gamma_moment(r, alpha, s, c):
    """E[lambda^s exp(-c lambda)], lambda ~ Gamma(shape r, rate alpha)."""
    return mp.exp(mp.loggamma(r + s) - mp.loggamma(r) + r * mp.log(alpha) - (r + s) * mp.log(alpha + c))


def beta_moment(a, b, i, j):
    """E[p^i (1-p)^j], p ~ Beta(a, b)."""
    return mp.exp(
        mp.loggamma(a + i)
        + mp.loggamma(b + j)
        - mp.loggamma(a + b + i + j)
        - mp.loggamma(a)
        - mp.loggamma(b)
        + mp.loggamma(a + b)
    )


def gamma_nodes(shape, rate, step):
    """Double-exponential rule for the mean under Gamma(shape, rate): list of (lambda, weight), weights sum to one."""
    nodes, scale = [], shape / rate if shape > 1 else 1 / rate
    log_norm = shape * mp.log(rate) - mp.loggamma(shape)
    span = 9
    for i in range(int(-span / step), int(span / step) + 1):
        v = i * step
        value = scale * mp.exp(v - mp.exp(-v))
        weight = step * (1 + mp.exp(-v)) * mp.exp(log_norm + shape * mp.log(value) - rate * value)
        if weight > mpf(10) ** -34:
            nodes.append((value, weight))
    return nodes


def beta_nodes(a, b, step):
    """Double-exponential rule for the mean under Beta(a, b): list of (p, 1-p, weight)."""
    nodes, log_norm = [], mp.loggamma(a + b) - mp.loggamma(a) - mp.loggamma(b)
    span = 7
    for i in range(int(-span / step), int(span / step) + 1):
        v = i * step
        z = mp.pi * mp.sinh(v)
        log_p, log_q = -mp.log1p(mp.exp(-z)), -mp.log1p(mp.exp(z))
        weight = step * mp.pi * mp.cosh(v) * mp.exp(log_norm + a * log_p + b * log_q)
        if weight > mpf(10) ** -34:
            nodes.append((mp.exp(log_p), mp.exp(log_q), weight))
    return nodes


class BetaGeometric:
    """(M)BG/NBD (k = 1) and (M)BG/CNBD-k: parameters r, alpha, a, b.

    While active, purchases end every k-th stage of a Poisson process of stages with rate lambda. After each repeat purchase
    (modified: also after the first purchase ever) the customer leaves for good with probability p.
    The state after the last purchase is j, the number of stages done since: P(j | lambda) = Poisson(j; lambda (T - t_x)), j < k.
    """

    def __init__(self, parameters, k=1, modified=False):
        self.r, self.alpha, self.a, self.b = map(mpf, parameters)
        self.k, self.m = k, int(modified)
        self.moment = lru_cache(None)(lambda s, c: gamma_moment(self.r, self.alpha, s, c))
        self.beta = lru_cache(None)(lambda i, j: beta_moment(self.a, self.b, i, j))

    def dead(self, x, t_x):
        """Left right after the last purchase, and everything seen before."""
        chances = x + self.m
        return self.moment(self.k * x, t_x) * self.beta(1, chances - 1) if chances else mpf(0)

    def active(self, x, t_x, T, j):
        """Still a customer at T with j stages of the running gap done (without the factor (1-p)^(x+m))."""
        return (T - t_x) ** j / mp.factorial(j) * self.moment(self.k * x + j, T)

    def likelihood(self, x, t_x, T):
        """Without the factor of the gaps, which cancels in everything but the likelihood itself."""
        alive = sum(self.active(x, t_x, T, j) for j in range(self.k)) * self.beta(0, x + self.m)
        return alive + self.dead(x, t_x)

    def log_likelihood(self, x, t_x, T, sum_ln_gaps=0):
        return (
            (self.k - 1) * mpf(sum_ln_gaps) - x * mp.log(mp.factorial(self.k - 1)) + mp.log(self.likelihood(x, t_x, T))
        )

    def stages(self, x, t_x, T, t, j):
        """Terms m = 0, 1, ...: j stages done at T and m more by T+t; with their rest, the sum over later m."""
        left, m = self.active(x, t_x, T, j), 0
        s = self.k * x + j
        term = (T - t_x) ** j / mp.factorial(j) * self.moment(s, T + t)
        total = left
        while left > TINY * total:
            yield m, term, left
            left -= term
            m += 1
            term *= t / m * (self.r + s + m - 1) / (self.alpha + T + t)

    def p_alive(self, x, t_x, T, t=0):
        c, total = x + self.m, mpf(0)
        for j in range(self.k):
            for m, term, _ in self.stages(x, t_x, T, t, j):
                total += term * self.beta(0, c + (j + m) // self.k)
        return total / self.likelihood(x, t_x, T)

    def expected_purchases(self, x, t_x, T, t):
        """Sum over n of P(the n-th further purchase happens, and happens by T+t)."""
        c, total = x + self.m, mpf(0)
        for j in range(self.k):
            for m, _, rest in self.stages(x, t_x, T, t, j):
                if m > 0 and (j + m) % self.k == 0:
                    total += rest * self.beta(0, c + (j + m) // self.k - 1)
        return total / self.likelihood(x, t_x, T)

    def probability_of_n(self, x, t_x, T, t, n):
        c, total = x + self.m, mpf(0)
        if n == 0:
            total += self.dead(x, t_x)
        for j in range(self.k):
            for m, term, rest in self.stages(x, t_x, T, t, j):
                if (j + m) // self.k == n:
                    total += term * self.beta(0, c + n)
                if n > 0 and j + m == self.k * n:
                    total += rest * self.beta(1, c + n - 1)
        return total / self.likelihood(x, t_x, T)

    def dert(self, x, t_x, T, delta):
        """Double integral of sum over n of (1-p)^(n-1) E[exp(-delta S_n)], S_n the time to the n-th further purchase."""
        k, previous = self.k, None
        for step in (mpf(2) ** -i for i in range(3, 9)):
            total = mpf(0)
            probabilities = beta_nodes(self.a, self.b + x + self.m, step / 2)
            for j in range(k):
                inner = mpf(0)
                for rate, weight in gamma_nodes(self.r + k * x + j, self.alpha + T, step):
                    v = rate / (rate + delta)
                    cycle, broken = v**k, -mp.expm1(k * mp.log(v))
                    inner += weight * v ** (k - j) * sum(w / (broken + p * cycle) for p, _, w in probabilities)
                total += inner * self.active(x, t_x, T, j)
            total *= self.beta(0, x + self.m) / self.likelihood(x, t_x, T)
            if previous is not None and abs(total / previous - 1) < mpf(10) ** -19:
                return total
            previous = total
        raise ArithmeticError(f"DERT did not settle: {total} after {previous}")


class DropOutTime:
    """Poisson purchases with rate lambda ~ Gamma(r, alpha) until an independent drop-out time with survival S."""

    def log_likelihood(self, x, t_x, T):
        return mp.log(self.likelihood(x, t_x, T))

    def integral(self, f, low, high):
        """Gauss-Legendre over pieces that double in length, in ln(alpha + y), from the steep lower end."""
        if high <= low:
            return mpf(0)
        v, end, width = mp.log(self.alpha + low), mp.log(self.alpha + high), mpf(1) / 512
        cuts = [v]
        while cuts[-1] + width < end:
            cuts.append(cuts[-1] + width)
            width = min(2 * width, mpf(1) / 4)
        cuts.append(end)
        g = lambda u: f(mp.exp(u) - self.alpha) * mp.exp(u)  # noqa: E731
        scale = max(g(u) for u in cuts[1:])  # quad stops at an absolute error, and these integrals reach 1e-600
        value, error = mp.quad(lambda u: g(u) / scale, cuts, method="gauss-legendre", error=True, maxdegree=8)
        assert error <= mpf(10) ** -25 * value, (value, error)
        return scale * value

    def moment(self, s, c):
        return mp.exp(self.log_lambda(s) - (self.r + s) * mp.log(self.alpha + c))

    def log_lambda(self, s):
        return mp.loggamma(self.r + s) - mp.loggamma(self.r) + self.r * mp.log(self.alpha)

    def likelihood(self, x, t_x, T):
        scale = mp.exp(self.log_lambda(x))
        power = -(self.r + x)
        dead = self.integral(lambda y: (self.alpha + y) ** power * self.density(y), t_x, T)
        return self.moment(x, T) * self.survival(T) + scale * dead

    def p_alive(self, x, t_x, T, t=0):
        return self.moment(x, T) * self.survival(T + t) / self.likelihood(x, t_x, T)

    def expected_purchases(self, x, t_x, T, t):
        return self.moment(x + 1, T) * self.integral(self.survival, T, T + t) / self.likelihood(x, t_x, T)

    def probability_of_n(self, x, t_x, T, t, n):
        scale, power = mp.exp(self.log_lambda(x + n)) / mp.factorial(n), -(self.r + x + n)
        left_later = self.integral(lambda y: (y - T) ** n * (self.alpha + y) ** power * self.density(y), T, T + t)
        total = t**n / mp.factorial(n) * self.moment(x + n, T + t) * self.survival(T + t) + scale * left_later
        if n == 0:
            total += self.likelihood(x, t_x, T) - self.moment(x, T) * self.survival(T)
        return total / self.likelihood(x, t_x, T)

    def dert(self, x, t_x, T, delta):
        cuts = [0] + [mpf(2) ** i / delta for i in range(-12, 8)]
        value = mp.quad(lambda u: mp.exp(-delta * u) * self.survival(T + u), cuts, method="gauss-legendre")
        return self.moment(x + 1, T) * value / self.likelihood(x, t_x, T)


class ParetoNbd(DropOutTime):
    """Pareto/NBD, parameters r, alpha, s, beta: drop-out rate mu ~ Gamma(s, beta)."""

    def __init__(self, parameters):
        self.r, self.alpha, self.s, self.beta = map(mpf, parameters)

    def survival(self, y):
        return (self.beta / (self.beta + y)) ** self.s

    def density(self, y):
        return self.s / self.beta * (self.beta / (self.beta + y)) ** (self.s + 1)


class GammaGompertzNbd(DropOutTime):
    """GGom/NBD, parameters r, alpha, b, s, beta: hazard eta b exp(b y), eta ~ Gamma(s, beta)."""

    def __init__(self, parameters):
        self.r, self.alpha, self.b, self.s, self.beta = map(mpf, parameters)

    def survival(self, y):
        return (self.beta / (self.beta + mp.expm1(self.b * y))) ** self.s

    def density(self, y):
        ratio = self.beta / (self.beta + mp.expm1(self.b * y))
        return self.s * self.b * mp.exp(self.b * y) / self.beta * ratio ** (self.s + 1)


class Nbd:
    """NBD, parameters r, alpha: nobody leaves."""

    def __init__(self, parameters):
        self.r, self.alpha = map(mpf, parameters)

    def log_likelihood(self, x, t_x, T):
        return mp.log(gamma_moment(self.r, self.alpha, x, T))

    def expected_purchases(self, x, t_x, T, t):
        return t * gamma_moment(self.r, self.alpha, x + 1, T) / gamma_moment(self.r, self.alpha, x, T)

    def probability_of_n(self, x, t_x, T, t, n):
        joint = gamma_moment(self.r, self.alpha, x + n, T + t) * t**n / mp.factorial(n)
        return joint / gamma_moment(self.r, self.alpha, x, T)

    def dert(self, x, t_x, T, delta):
        return self.expected_purchases(x, t_x, T, 1) / delta


class BetaGeometricBetaBernoulli:
    """BG/BB, parameters alpha, beta (purchase) and gamma, delta (drop-out, at the beginning of each opportunity).

    Times are counts of opportunities. Alive at T means active at the T-th opportunity, so it can be alive at T and gone before T+1.
    """

    def __init__(self, parameters):
        self.alpha, self.beta, self.gamma, self.delta = map(mpf, parameters)

    def buy(self, i, j):
        return beta_moment(self.alpha, self.beta, i, j)

    def leave(self, i, j):
        return beta_moment(self.gamma, self.delta, i, j)

    def likelihood(self, x, t_x, T):
        gone = sum(self.buy(x, y - x) * self.leave(1, y) for y in range(t_x, T))
        return self.buy(x, T - x) * self.leave(0, T) + gone

    def log_likelihood(self, x, t_x, T):
        return mp.log(self.likelihood(x, t_x, T))

    def p_alive(self, x, t_x, T, t=0):
        return self.buy(x, T - x) * self.leave(0, T + t) / self.likelihood(x, t_x, T)

    def expected_purchases(self, x, t_x, T, t):
        alive = sum(self.leave(0, T + i) for i in range(1, t + 1))
        return self.buy(x + 1, T - x) * alive / self.likelihood(x, t_x, T)

    def probability_of_n(self, x, t_x, T, t, n):
        total = comb(t, n) * self.buy(x + n, T - x + t - n) * self.leave(0, T + t)
        for i in range(n, t):
            total += comb(i, n) * self.buy(x + n, T - x + i - n) * self.leave(1, T + i)
        if n == 0:
            total += sum(self.buy(x, y - x) * self.leave(1, y) for y in range(t_x, T))
        return total / self.likelihood(x, t_x, T)

    def dert(self, x, t_x, T, d):
        """Sum over i >= 1 of P(active at opportunity T+i) E[p] / (1+d)^i."""
        total, i, alive = mpf(0), 1, self.leave(0, T + 1)
        while True:
            term = alive / (1 + mpf(d)) ** i
            total += term
            if term < mpf(10) ** -30 * total:
                return self.buy(x + 1, T - x) * total / self.likelihood(x, t_x, T)
            alive *= (self.delta + T + i) / (self.gamma + self.delta + T + i)
            i += 1


class BetaWeibull:
    """BdW, parameters alpha, beta, c; with c = 1 it is the sBG. theta ~ Beta(alpha, beta), S(t | theta) = (1-theta)^(t^c)."""

    def __init__(self, parameters):
        self.alpha, self.beta, self.c = map(mpf, [*parameters, 1.0][:3])

    def survival(self, t):
        return beta_moment(self.alpha, self.beta, 0, mpf(t) ** self.c)

    def log_likelihood(self, t, censored):
        """Lost in the t-th period, or (censored) still a customer after t periods."""
        return mp.log(self.survival(t) if censored else self.survival(t - 1) - self.survival(t))

    def retention(self, t):
        return self.survival(t) / self.survival(t - 1)

    def discounted(self, first, d):
        """Sum over t >= first of S(t)/(1+d)^(t-first)."""
        total, t = mpf(0), first
        while True:
            term = self.survival(t) / (1 + mpf(d)) ** (t - first)
            total += term
            if term < mpf(10) ** -22 * total:
                return total
            t += 1

    def expected_lifetime(self, d):
        return self.discounted(0, d)

    def residual_lifetime(self, n, d):
        """Seen active for n periods (n-1 renewals), just before the decision at n: sum over t >= n of S(t)/S(n-1)/(1+d)^(t-n)."""
        return self.discounted(n, d) / self.survival(n - 1)


def model(name, parameters, k=1):
    """The model of that name."""
    return {
        "bg_nbd": lambda: BetaGeometric(parameters),
        "mbg_nbd": lambda: BetaGeometric(parameters, modified=True),
        "bg_cnbd": lambda: BetaGeometric(parameters, k),
        "mbg_cnbd": lambda: BetaGeometric(parameters, k, modified=True),
        "pareto_nbd": lambda: ParetoNbd(parameters),
        "ggom_nbd": lambda: GammaGompertzNbd(parameters),
        "nbd": lambda: Nbd(parameters),
        "bg_bb": lambda: BetaGeometricBetaBernoulli(parameters),
        "sbg": lambda: BetaWeibull(parameters),
        "bdw": lambda: BetaWeibull(parameters),
    }[name]()


if __name__ == "__main__":
    import lifetime_cases

    lifetime_cases.check() if "--check" in sys.argv else lifetime_cases.write()
