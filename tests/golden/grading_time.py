"""Families of grading.toml about change: PSI, mobility, migration, Markov value."""

import numpy as np
from grading_agreement import wilson
from grading_text import close

NOTES = """
psi: sum (a - b) ln(a/b) over the shares a (now) and b (before); both all positive.
mobility: shorrocks (k - trace P)/(k - 1); stationary: pi P = pi, sum 1. Rows of P are the period before.
migration: counts[from][to]; rows the grades and last `new`, columns the grades (best first) and last `lost`; new to lost is 0.
  probability n_ab / n_a; smoothed (n_ab + alpha)/(n_a + alpha columns) with all columns, for the new ones without `lost`;
  interval: Wilson, level .95. Rates over all that had a grade before: upgrade, stay, downgrade, lost add up to 1.
markov_value: V = (I - P/(1+d))^-1 R: the first reward is not discounted. The last state is lost for good, and is left out of `expected`.
"""


def rows_of(rng, n, m, stay):
    """Probabilities in hundredths."""
    out = []
    for i in range(n):
        x = rng.dirichlet(np.ones(m)) * (1 - stay)
        x[i] += stay
        c = np.floor(x * 100).astype(int)
        c[i] += 100 - c.sum()
        out.append([v / 100 for v in c.tolist()])
    return out


def mobility(p):
    a = np.array(p)
    k = len(a)
    system = np.vstack([a.T - np.eye(k), np.ones(k)])
    pi = np.linalg.lstsq(system, np.append(np.zeros(k), 1), rcond=None)[0]
    # A second way: replace one equation, solve.
    square = a.T - np.eye(k)
    square[-1] = 1
    pi2 = np.linalg.solve(square, np.append(np.zeros(k - 1), 1))
    close(pi, pi2, 1e-13)
    close(pi2 @ a, pi2, 1e-14)
    return {"shorrocks": (k - np.trace(a)) / (k - 1), "stationary": pi2}


def markov(p, reward, d):
    assert reward[-1] == 0
    a = np.array(p)[:-1, :-1] / (1 + d)
    value = np.linalg.solve(np.eye(len(a)) - a, np.array(reward[:-1]))
    total, x = np.zeros(len(a)), np.array(reward[:-1], float)
    for _ in range(20000):
        total, x = total + x, a @ x
    close(total, value, 1e-12)
    return value


def migration(counts):
    c = np.array(counts, float)
    k = len(c) - 1
    n, alpha = c.sum(1), 0.5
    p, smooth = c / n[:, None], (c + alpha) / (n[:, None] + alpha * (k + 1))
    smooth[k] = np.append((c[k, :k] + alpha) / (n[k] + alpha * k), 0)
    interval = [[wilson(int(c[i, j]), int(n[i]), 0.95) for j in range(k + 1)] for i in range(k)]
    old = c[:k, :k]
    total = c[:k].sum()
    rate = {
        "upgrade": np.tril(old, -1).sum() / total,
        "stay": np.trace(old) / total,
        "downgrade": np.triu(old, 1).sum() / total,
        "lost": c[:k, k].sum() / total,
    }
    close(sum(rate.values()), 1, 1e-15)
    return {"probability": p, "smoothed": smooth, "interval": interval, "rate": rate}


def make(_, family):
    rng = np.random.default_rng(35)
    cases = [([0.2, 0.3, 0.5], [0.1, 0.4, 0.5]), ([0.25] * 4, [0.25] * 4), ([0.9, 0.1], [0.6, 0.4])]
    for k, spread in ((5, 40), (10, 15), (10, 200)):
        counts = [rng.multinomial(1000, rng.dirichlet(np.full(k, spread))) for _ in range(2)]
        cases.append(tuple([x / 1000 for x in c.tolist()] for c in counts))
    out = []
    for a, b in cases:
        assert min(a + b) > 0
        x, y = np.array(a), np.array(b)
        psi = float(((x - y) * np.log(x / y)).sum())
        close(psi, (x * np.log(x / y)).sum() + (y * np.log(y / x)).sum(), 1e-14)
        out.append({"now": a, "before": b, "expected": psi})
    out[0] |= {"quoted": 0.098083, "quoted_tolerance": 5e-7}
    close(out[0]["expected"], 0.098083, 5e-7)
    family("psi", "Jeffreys (1946) divergence; Siddiqi (2006), population stability index", out)

    matrices = [[[0.7, 0.2, 0.1], [0.2, 0.6, 0.2], [0.1, 0.3, 0.6]], [[0.9, 0.1], [0.35, 0.65]]]
    matrices += [rows_of(rng, k, k, stay) for k, stay in ((3, 0.2), (4, 0.5), (5, 0.6), (6, 0.0))]
    out = [{"p": p, "expected": mobility(p)} for p in matrices]
    golden = {"shorrocks": 0.55, "stationary": [0.344828, 0.379310, 0.275862]}
    close(out[0]["expected"]["stationary"], golden["stationary"], 5e-7)
    close(out[0]["expected"]["stationary"], np.array([10, 11, 8]) / 29, 1e-15)
    out[0] |= {"quoted": golden, "quoted_tolerance": 5e-7}
    family("mobility", "Shorrocks (1978), Econometrica 46; stationary distribution of a Markov chain", out)

    counts = [[52, 11, 2, 3], [14, 60, 17, 9], [1, 20, 71, 28], [5, 12, 33, 0]]
    family(
        "migration",
        "definitions; Wilson (1927); Jeffreys prior 1/2",
        [{"counts": counts, "expected": migration(counts)}],
    )

    p = [[0.8, 0.15, 0.0, 0.05], [0.2, 0.6, 0.1, 0.1], [0.05, 0.15, 0.5, 0.3], [0.0, 0.0, 0.0, 1.0]]
    cases = [(p, [100.0, 40.0, 10.0, 0.0], 0.12), (p, [100.0, 40.0, -15.0, 0.0], 0.0)]
    for n, stay, d in ((2, 0.5, 0.1), (3, 0.6, 0.08), (4, 0.5, 0.12), (5, 0.7, 0.01)):
        q = [*rows_of(rng, n, n + 1, stay), [0.0] * n + [1.0]]
        if n == 2:
            q[0], q[1] = [0.75, 0.15, 0.1], [0.2, 0.5, 0.3]
        assert any(row[-1] > 0 for row in q[:-1])
        cases.append((q, [*np.round(np.sort(rng.lognormal(3, 1, n))[::-1], 2).tolist(), 0.0], d))
    out = [{"p": p, "reward": r, "rate": d, "expected": markov(p, r, d)} for p, r, d in cases]
    close(out[0]["expected"], [490.5616, 299.8648, 130.1739], 1e-6)
    out[0] |= {"quoted": [490.5616, 299.8648, 130.1739], "quoted_tolerance": 5.1e-5}
    family(
        "markov_value", "Pfeifer & Carraway (2000), Modeling customer relationships as Markov chains, equation 6", out
    )
