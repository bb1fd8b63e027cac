"""Checks of the oracle: literal double integrals, simulated customers, lifetimes. Run lifetime_models.py --check."""

import mpmath as mp
import numpy as np
from mpmath import mpf

from lifetime_models import beta_nodes, gamma_nodes, model


def floats(nodes):
    return [np.array([float(v) for v in column]) for column in zip(*nodes)]


def literal_beta_geometric(parameters, k, modified, x, t_x, T, t):
    """Likelihood, p_alive(T), p_alive(T+t), CET, P(N=0), P(N=2) by a double sum over lambda and p of one-customer formulas, in f64."""
    r, alpha, a, b = parameters
    rate, w_rate = floats(gamma_nodes(mpf(r), mpf(alpha), mpf(1) / 32))
    p, q, w_p = floats(beta_nodes(mpf(a), mpf(b), mpf(1) / 32))
    rate, p, q = rate[:, None], p[None, :], q[None, :]
    weight = w_rate[:, None] * w_p[None, :]
    c, u, stay = x + modified, T - t_x, 0.0
    history = rate ** (k * x) * np.exp(-rate * t_x)
    dead = history * p * q ** (c - 1) if c else 0.0 * rate * p
    alive_later = cet = none = two = 0.0
    for j in range(k):
        state = history * q**c * np.exp(-rate * u) * (rate * u) ** j / float(mp.factorial(j))
        stay = stay + state
        pmf, at_least = np.exp(-rate * t), 1.0
        for m in range(600):
            n = (j + m) // k
            alive_later = alive_later + state * pmf * q**n
            if m > 0 and (j + m) % k == 0:
                cet = cet + state * at_least * q ** (n - 1)
                if n == 2:
                    two = two + state * at_least * q * p
            if n == 0:
                none = none + state * pmf
            if n == 2:
                two = two + state * pmf * q**2
            at_least = np.maximum(at_least - pmf, 0.0)
            pmf = pmf * rate * t / (m + 1)
    likelihood = (weight * (stay + dead)).sum()
    mean = lambda v: (weight * v).sum() / likelihood  # noqa: E731
    return likelihood, mean(stay), mean(alive_later), mean(cet), mean(none + dead), mean(two)


def literal():
    for name, k, modified in (("bg_nbd", 1, 0), ("mbg_nbd", 1, 1), ("bg_cnbd", 2, 0), ("mbg_cnbd", 3, 1)):
        parameters, worst = [0.9, 4.0, 0.9, 2.4], 0.0
        m = model(name, parameters, k)
        for x, t_x, T in ((0, 0.0, 38.86), (2, 30.43, 38.86), (5, 12.0, 12.0), (1, 1.71, 38.86)):
            row = (x, mpf(t_x), mpf(T))
            exact = [m.likelihood(*row), m.p_alive(*row), m.p_alive(*row, mpf(26)), m.expected_purchases(*row, mpf(26))]
            exact += [m.probability_of_n(*row, mpf(26), n) for n in (0, 2)]
            plain = literal_beta_geometric(parameters, k, modified, x, t_x, T, 26.0)
            worst = max([worst] + [abs(float(p / e) - 1) for p, e in zip(plain, exact)])
        print(f"double integral over lambda and p, {name} k={k}: largest relative difference {worst:.1e}")
    parameters, worst = [0.553, 10.578, 0.606, 11.664], 0.0
    m, (r, alpha, s, beta) = model("pareto_nbd", parameters), parameters
    rate, w_rate = floats(gamma_nodes(mpf(r), mpf(alpha), mpf(1) / 32))
    mu, w_mu = floats(gamma_nodes(mpf(s), mpf(beta), mpf(1) / 32))
    rate, mu, weight = rate[:, None], mu[None, :], w_rate[:, None] * w_mu[None, :]
    for x, t_x, T in ((0, 0.0, 38.86), (2, 30.43, 38.86), (26, 30.86, 31.0)):
        alive = rate**x * np.exp(-(rate + mu) * T)
        dead = rate**x * mu * np.exp(-(rate + mu) * t_x) * -np.expm1(-(rate + mu) * (T - t_x)) / (rate + mu)
        likelihood, row = (weight * (alive + dead)).sum(), (x, mpf(t_x), mpf(T))
        cet = (weight * alive * rate * -np.expm1(-mu * 39.0) / mu).sum() / likelihood
        dert = (weight * alive * rate / (mu + 0.0027)).sum() / likelihood
        exact = [m.likelihood(*row), m.expected_purchases(*row, mpf(39)), m.dert(*row, mpf(0.0027))]
        worst = max([worst] + [abs(p / float(e) - 1) for p, e in zip((likelihood, cet, dert), exact)])
    print(f"double integral over lambda and mu, pareto_nbd: largest relative difference {worst:.1e}")
    m, worst = model("ggom_nbd", [0.5, 10.0, 0.02, 0.6, 0.25]), 0.0
    eta, w = floats(gamma_nodes(mpf(0.6), mpf(0.25), mpf(1) / 32))
    for y in (1.0, 39.0, 200.0):
        survival = (w * np.exp(-eta * np.expm1(0.02 * y))).sum()
        density = (w * eta * 0.02 * np.exp(0.02 * y - eta * np.expm1(0.02 * y))).sum()
        worst = max(worst, abs(survival / float(m.survival(mpf(y))) - 1), abs(density / float(m.density(mpf(y))) - 1))
    print(f"integral over eta, ggom_nbd survival and density: largest relative difference {worst:.1e}")


def simulate(name, k, modified, parameters, T, t, customers, seed):
    """Simulated customers seen to T and on to T+t, against the oracle's means: z scores of alive, purchases, no purchase."""
    rng, m = np.random.default_rng(seed), model(name, parameters, k)
    r, alpha, a, b = parameters
    differences = []
    for _ in range(customers):
        rate, p = rng.gamma(r) / alpha, rng.beta(a, b)
        now, x, t_x, later, active_T, active_end = 0.0, 0, 0.0, 0, True, True
        active = not (modified and rng.random() < p)
        while True:
            if not active:
                active_end = False
                active_T = now > T
                break
            now += rng.gamma(k) / rate if rate > 1e-300 else np.inf
            if now > T + t:
                break
            if now > T:
                later += 1
            else:
                x, t_x = x + 1, now
            active = rng.random() >= p
        row = (x, mpf(t_x), mpf(T))
        expected = (
            m.p_alive(*row),
            m.p_alive(*row, mpf(t)),
            m.expected_purchases(*row, mpf(t)),
            m.probability_of_n(*row, mpf(t), 0),
        )
        differences.append([o - float(e) for o, e in zip((active_T, active_end, later, later == 0), expected)] + [x])
    d = np.array(differences)
    for label, group in (
        ("all", d[:, 4] >= 0),
        ("x = 0", d[:, 4] == 0),
        ("x = 1, 2", (d[:, 4] > 0) & (d[:, 4] < 3)),
        ("x > 2", d[:, 4] > 2),
    ):
        part = d[group, :4]
        z = part.mean(axis=0) / (part.std(axis=0) / np.sqrt(len(part)) + 1e-12)
        print(
            f"simulation {name} k={k}, {label} ({len(part)}): z of alive, alive later, purchases, none: {np.round(z, 2)}"
        )


def peers():
    try:
        import lifetimes as lt
    except ImportError:
        print("lifetimes is not installed")
        return
    rows = [(2, 30.43, 38.86), (0, 0.0, 38.86), (7, 35.0, 77.86)]
    for name, fitter, names, parameters in (
        ("bg_nbd", lt.BetaGeoFitter(), "r alpha a b", [0.2425945, 4.4136019, 0.7929199, 2.4258881]),
        ("mbg_nbd", lt.ModifiedBetaGeoFitter(), "r alpha a b", [0.5248436, 6.1830928, 0.8913878, 1.6140483]),
        ("pareto_nbd", lt.ParetoNBDFitter(), "r alpha s beta", [0.55327, 10.577801, 0.60602, 11.663915]),
    ):
        fitter.params_ = dict(zip(names.split(), parameters))
        fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
        m, worst = model(name, parameters), [0.0, 0.0, 0.0, 0.0]
        for x, t_x, T in rows:
            row = (x, mpf(t_x), mpf(T))
            pairs = [
                (fitter.conditional_probability_alive(x, t_x, T), m.p_alive(*row)),
                (fitter.predict(39.0, x, t_x, T), m.expected_purchases(*row, mpf(39))),
                (
                    fitter.expected_number_of_purchases_up_to_time(39.0),
                    m.expected_purchases(0, mpf(0), mpf(0), mpf(39)),
                ),
            ]
            if hasattr(fitter, "probability_of_n_purchases_up_to_time"):
                pairs.append(
                    (
                        fitter.probability_of_n_purchases_up_to_time(39.0, 7),
                        m.probability_of_n(0, mpf(0), mpf(0), mpf(39), 7),
                    )
                )
            for i, (peer, ours) in enumerate(pairs):
                worst[i] = max(worst[i], abs(float(np.squeeze(peer)) / float(ours) - 1))
        print(f"lifetimes {name}: relative differences p_alive, CET, new customer, PMF: {[f'{w:.1e}' for w in worst]}")


def identities():
    """Probabilities sum to one, their mean is the CET, and DERT = rate * integral of exp(-rate t) CET(t)."""
    for name, k in (("bg_nbd", 1), ("mbg_cnbd", 2), ("bg_cnbd", 3), ("pareto_nbd", 1)):
        m = model(name, [0.9, 4.0, 0.9, 2.4], k)
        row, t, rate = (2, mpf(8), mpf(12)), mpf(6), mpf(0.5)
        p = [m.probability_of_n(*row, t, n) for n in range(60)]
        mean = sum(n * v for n, v in enumerate(p)) / m.expected_purchases(*row, t)
        cuts = [0, 5, 20, 60, 120]
        later = mp.quad(
            lambda u: rate * mp.exp(-rate * u) * m.expected_purchases(*row, u),
            cuts,
            method="gauss-legendre",
            maxdegree=4,
        )
        off = [float(abs(v - 1)) for v in (sum(p), mean, later / m.dert(*row, rate))]
        print(f"identities {name} k={k}: sum of probabilities, mean, DERT off by {[f'{v:.0e}' for v in off]}")


def run():
    literal()
    identities()
    peers()
    simulate("bg_nbd", 1, 0, [0.6, 4.0, 0.8, 2.4], 39.0, 26.0, 1500, 1)
    simulate("mbg_nbd", 1, 1, [0.6, 4.0, 0.8, 2.4], 39.0, 26.0, 1500, 2)
    simulate("bg_cnbd", 2, 0, [0.9, 4.0, 0.8, 2.4], 39.0, 26.0, 1500, 3)
    simulate("mbg_cnbd", 3, 1, [1.1, 3.0, 1.0, 1.7], 39.0, 26.0, 1500, 4)
