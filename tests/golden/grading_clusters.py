"""Families of grading_clusters.toml: k-means, indices of a clustering, diagonal Gaussian mixture, one-dimensional k-means."""

import itertools
import warnings
from math import fsum, log, pi

import numpy as np
from grading_text import close
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_samples, silhouette_score
from sklearn.mixture import GaussianMixture

TITLE = ["Clusters: k-means, indices, mixture, exact one-dimensional k-means; from definitions."]
NOTES = """
data: one list per column. iris: Anderson's 150 flowers, (x - mean)/sd with the population's sd, rounded to 6 decimals; the rounded
  numbers are the data.
k_means: Lloyd's iterations from the rows `start` (numbers from 0), or from the points `start_points`, until no row changes its cluster;
  no scaling. labels: one digit per row, cluster j started at start j. iterations: rounds of assignment, the last of which
  changes nothing (a first round whose assignment is already final counts, so at least 2; scikit-learn's n_iter_ with tol = 0).
  inertia: (weighted) sum of squared distances to the centroids. counts: rows. No row is within 1e-9 of a border in any round.
  weight: of rows; centroids are weighted means. feature_weight: squared distances are sum_j w_j (x_j - c_j)^2; centroids stay
  in the units of the data. empty_start: a start without rows; it is given the row farthest from its own centroid of that round, which
  leaves its cluster.
indices: of `labels` on the data, Euclidean distances. silhouette: mean of (b - a)/max(a, b), a to the own cluster's other rows, b the
  least mean distance to another cluster. simplified: a and b are distances to the own and the nearest other centroid.
  A row alone in its cluster has 0 in both (Rousseeuw's convention); simplified_alone_1: with the 1 that the formula gives it (a = 0).
  per_cluster: mean silhouette of each. total: sum of squares about the mean of all.
mixture: diagonal covariances, no floor. EM starts with an M-step from responsibilities 1 for `labels`, 0 else; first: the log-likelihood
  (natural logarithm, summed over rows) with those parameters; then to convergence. parameters: (k - 1) + 2 k d;
  bic = parameters ln n - 2 log_likelihood; aic = 2 parameters - 2 log_likelihood. soft: probabilities of the first five rows.
borders: x among the centroids, Euclidean distances. margin: (d_next - d_own)/d_next, d_next the second smallest distance. crossing: per
  centroid other than the own, per indicator, the change t of that indicator alone at which both are equally far,
  t = (d_other^2 - d_own^2)/(2 (other_j - own_j)). smallest: the least |t| after which that centroid is the nearest of all (indicator,
  change to the border); no key where no single indicator leads there.
one_dimension: the optimum of sum weight (x - centroid)^2 over all partitions, for k = 1, 2, ... groups. sizes: rows per group, by
  rising value; centroids the same way. Optima are unique (ties among equal values aside).
"""
BORDER = 1e-9


def distances(x, c, f=None):
    return ((x[:, None] - c[None]) ** 2 * (1 if f is None else np.asarray(f))).sum(-1)


def lloyd(x, start, weight=None, feature=None):
    """By its definition. Returns labels, centroids, inertia, rounds."""
    w = np.ones(len(x)) if weight is None else np.asarray(weight)
    c, old, k = np.array(start, float), None, len(start)
    for rounds in itertools.count(1):
        d = distances(x, c, feature)
        near = np.sort(d, axis=1)
        assert k == 1 or np.min(near[:, 1] - near[:, 0]) > BORDER, "a row is on a border"
        new = np.argmin(d, axis=1)
        if old is not None and np.array_equal(new, old):
            break
        old = new.copy()
        for j in range(k):
            if not np.any(new == j):
                far = np.sort(d[np.arange(len(x)), new])
                assert far[-1] - far[-2] > BORDER
                new[np.argmax(d[np.arange(len(x)), new])] = j
        c = np.array([[fsum(w[new == j] * col[new == j]) / fsum(w[new == j]) for col in x.T] for j in range(k)])
    d = distances(x, c, feature)
    return old, c, fsum(w * d[np.arange(len(x)), old]), rounds


def k_means(name, x, start, weight=None, feature=None, points=None):
    at = np.array(points, float) if points is not None else x[start]
    labels, c, inertia, rounds = lloyd(x, at, weight, feature)
    root = np.sqrt(np.ones(x.shape[1]) if feature is None else np.asarray(feature))
    theirs = KMeans(len(at), init=at * root, n_init=1, tol=0, max_iter=10000, algorithm="lloyd")
    theirs.fit(x * root, sample_weight=weight)
    assert np.array_equal(theirs.labels_, labels), name
    close(theirs.cluster_centers_ / root, c, 1e-12)
    close(theirs.inertia_, inertia, 1e-12)
    assert theirs.n_iter_ == rounds, (theirs.n_iter_, rounds)
    row = {"data": name} | ({"start": start} if points is None else {"start_points": points, "empty_start": True})
    row |= {"weight": weight} if weight is not None else {}
    row |= {"feature_weight": feature} if feature is not None else {}
    out = {
        "centroids": c,
        "inertia": inertia,
        "iterations": rounds,
        "counts": np.bincount(labels),
        "labels": "".join(map(str, labels)),
    }
    return row | {"expected": out}


def indices(name, x, labels):
    k = labels.max() + 1
    c = np.array([x[labels == j].mean(0) for j in range(k)])
    n, d = len(x), np.sqrt(distances(x, c))
    own = d[np.arange(n), labels]
    other = np.where(np.arange(k) == labels[:, None], np.inf, d).min(1)
    inside, total = fsum(own**2), fsum(((x - x.mean(0)) ** 2).ravel())
    ch = (total - inside) / (k - 1) / (inside / (n - k))
    close(ch, calinski_harabasz_score(x, labels), 1e-12)
    spread = np.array([own[labels == j].mean() for j in range(k)])
    gap = np.sqrt(distances(c, c))
    db = np.mean([max((spread[i] + spread[j]) / gap[i, j] for j in range(k) if i != j) for i in range(k)])
    close(db, davies_bouldin_score(x, labels), 1e-12)
    pair = np.sqrt(distances(x, x))
    a = np.array([pair[i, labels == labels[i]].sum() / max(1, (labels == labels[i]).sum() - 1) for i in range(n)])
    b = np.array([min(pair[i, labels == j].mean() for j in range(k) if j != labels[i]) for i in range(n)])
    alone = np.bincount(labels)[labels] == 1
    s = np.where(alone, 0, (b - a) / np.maximum(a, b))
    close(s, silhouette_samples(x, labels), 1e-12)
    close(s.mean(), silhouette_score(x, labels), 1e-12)
    simple = np.where(alone, 0, (other - own) / np.maximum(own, other)).mean()
    out = {
        "calinski_harabasz": ch,
        "davies_bouldin": db,
        "silhouette": s.mean(),
        "simplified": simple,
        "inertia": inside,
    }
    out |= {"simplified_alone_1": simple + alone.mean()} if alone.any() else {}
    out |= {"total": total, "per_cluster": [s[labels == j].mean() for j in range(k)]}
    return {"data": name, "labels": "".join(map(str, labels)), "expected": out}


def log_density(x, share, mean, var):
    return np.log(share) - 0.5 * (np.log(2 * pi * var).sum(1) + ((x[:, None] - mean[None]) ** 2 / var).sum(-1))


def mixture(name, x, labels):
    n, d = x.shape
    k = labels.max() + 1
    r, first, last, still = np.eye(k)[labels], None, None, 0
    for steps in range(200000):
        size = r.sum(0)
        mean = r.T @ x / size[:, None]
        var = np.array([(r[:, j : j + 1] * (x - mean[j]) ** 2).sum(0) / size[j] for j in range(k)])
        now = (size / n, mean, var)
        ln = log_density(x, *now)
        top = ln.max(1, keepdims=True)
        rows = top[:, 0] + np.log(np.exp(ln - top).sum(1))
        r = np.exp(ln - rows[:, None])
        first = fsum(rows) if first is None else first
        still = still + 1 if last and max(np.abs(p - q).max() for p, q in zip(now, last)) < 1e-15 else 0
        last = now
        if still == 20:
            break
    else:
        # The last bits may go round in a circle: then they must be the last bits.
        assert max(np.abs(p - q).max() for p, q in zip(now, last)) < 1e-13
    assert var.min() > 1e-3, "a variance collapses"
    ll = fsum(rows)
    theirs = GaussianMixture(
        k,
        covariance_type="diag",
        reg_covar=0,
        tol=0,
        max_iter=1,
        weights_init=now[0],
        means_init=mean,
        precisions_init=1 / var,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs.fit(x)
    close(theirs.means_, mean, 1e-10)
    close(theirs.score(x) * n, ll, 1e-12)
    p = k - 1 + 2 * k * d
    close(theirs.bic(x), p * log(n) - 2 * ll, 1e-12)
    out = {"first": first, "log_likelihood": ll, "parameters": p, "bic": p * log(n) - 2 * ll, "aic": 2 * p - 2 * ll}
    out |= {"weights": now[0], "means": mean, "variances": var, "soft": r[:5]}
    print(f"  mixture {name} k={k}: {steps} steps, {ll:.6f}, smallest variance {var.min():.4f}")
    return {"data": name, "labels": "".join(map(str, labels)), "expected": out}


def border(centroids, x):
    c, x = np.array(centroids), np.array(x)
    d = np.sqrt(((c - x) ** 2).sum(1))
    order = np.argsort(d)
    own, to = int(order[0]), []
    for k in range(len(c)):
        if k == own:
            continue
        t = (d[k] ** 2 - d[own] ** 2) / (2 * (c[k] - c[own]))
        row = {"centroid": k, "crossing": t}
        # Nearest of all: t lies in an interval; its end nearest to 0 is the change wanted.
        best = None
        for j in range(len(x)):
            low, high = -np.inf, np.inf
            for i in range(len(c)):
                if i == k:
                    continue
                # |x + t e_j - c_k|^2 <= |x + t e_j - c_i|^2
                slope = 2 * (c[i, j] - c[k, j])
                rest = ((x - c[k]) ** 2).sum() - ((x - c[i]) ** 2).sum()
                assert abs(slope) > 1e-9
                if slope > 0:
                    high = min(high, -rest / slope)
                else:
                    low = max(low, -rest / slope)
            if low < high:
                end = low if low > 0 else high
                for shift, inside in ((1e-6, True), (-1e-6, False)):
                    y = x.copy()
                    y[j] += end + shift * np.sign(end)
                    near = np.argmin(((c - y) ** 2).sum(1))
                    assert (near == k) == inside
                if best is None or abs(end) < abs(best[1]):
                    best = (j, end)
        to.append(row | ({"smallest": {"indicator": best[0], "change": best[1]}} if best else {}))
    out = {"own": own, "next": int(order[1]), "distances": d, "margin": 1 - d[own] / d[order[1]], "to": to}
    return {"centroids": centroids, "x": x, "expected": out}


def one_dimension(values, weight, ks):
    order = np.argsort(values, kind="stable")
    x, w = np.array(values)[order], np.array(weight)[order]
    n = len(x)
    cost = np.zeros((n + 1, n + 1))
    for i in range(n):
        for j in range(i + 1, n + 1):
            m = fsum(w[i:j] * x[i:j]) / fsum(w[i:j])
            cost[i, j] = fsum(w[i:j] * (x[i:j] - m) ** 2)
    best = np.full((max(ks) + 1, n + 1), np.inf)
    best[0, 0], back = 0, np.zeros((max(ks) + 1, n + 1), int)
    for k in range(1, max(ks) + 1):
        for j in range(k, n + 1):
            tries = best[k - 1, :j] + cost[:j, j]
            back[k, j] = np.argmin(tries)
            best[k, j] = tries[back[k, j]]
    out = []
    for k in ks:
        ends, j = [n], n
        for g in range(k, 0, -1):
            j = back[g, j]
            ends.append(int(j))
        ends = ends[::-1]
        if k <= 4:  # every partition
            all_of = sorted(
                sum(cost[a, b] for a, b in itertools.pairwise((0, *cut, n)))
                for cut in itertools.combinations(range(1, n), k - 1)
            )
            close(best[k, n], all_of[0], 1e-12)
            assert k == 1 or all_of[1] - all_of[0] > 1e-9, "two optima"
        groups = list(itertools.pairwise(ends))
        assert all(x[b - 1] < x[b] for _, b in groups[:-1]), "equal values are parted"
        centroids = [fsum(w[a:b] * x[a:b]) / fsum(w[a:b]) for a, b in groups]
        out.append(
            {
                "k": k,
                "inertia": fsum(cost[a, b] for a, b in groups),
                "sizes": [b - a for a, b in groups],
                "centroids": centroids,
            }
        )
        near = KMeans(k, n_init=100, random_state=0, tol=0).fit(x[:, None], sample_weight=w)
        assert near.inertia_ >= out[-1]["inertia"] * (1 - 1e-12)
    return {"values": values, "weight": weight, "expected": out}


def sets():
    rng = np.random.default_rng(33)
    a = np.vstack([rng.normal(m, s, (20, 2)) for m, s in (((0, 0), 1.0), ((4, 1), 0.8), ((1, 5), 1.2))])
    b = rng.normal(0, 1, (80, 3)) + np.array([[0, 0, 0], [2, 0, 1], [0, 2.5, -1], [2, 2, 2]])[rng.integers(0, 4, 80)]
    b[:, 2] = np.exp(0.6 * b[:, 2])
    iris = load_iris().data
    iris = (iris - iris.mean(0)) / iris.std(0)
    return {"blobs": np.round(a, 3), "overlap": np.round(b, 3), "iris": np.round(iris, 6)}


def make(data, family):
    x = sets()
    for name, rows in x.items():
        data(name, columns=rows.T)
    rng = np.random.default_rng(34)
    cases = [k_means("blobs", x["blobs"], s) for s in ([0, 20, 40], [1, 2, 3], [5, 33], [0, 1, 2, 3, 4], [7])]
    cases += [k_means("overlap", x["overlap"], s) for s in ([0, 1, 2], [10, 20, 30, 40], [3, 14, 15, 9, 26, 53])]
    cases += [
        k_means("iris", x["iris"], s)
        for s in ([0, 50, 100], [0, 1, 2], [10, 60, 110, 140], [4, 9, 16, 25, 36, 49, 64, 81])
    ]
    family("k_means", "Lloyd (1982); scikit-learn KMeans(tol=0, algorithm='lloyd') agrees", cases)

    w = rng.choice([0.5, 1.0, 2.0, 3.0], 80).tolist()
    z = rng.choice([0.0, 1.0, 2.0], 60).tolist()
    far = [[0.0, 0.0], [4.0, 1.0], [1.0, 5.0], [500.0, -500.0]]
    extra = [
        k_means("overlap", x["overlap"], [10, 20, 30, 40], weight=w),
        k_means("blobs", x["blobs"], [0, 1, 45], weight=z),
        k_means("iris", x["iris"], [0, 50, 100], feature=[0.4, 0.1, 0.3, 0.2]),
        k_means("overlap", x["overlap"], [0, 1, 2], weight=w, feature=[4.0, 1.0, 0.25]),
        k_means("blobs", x["blobs"], None, points=far),
    ]
    family("k_means_weighted", "as k_means; weights of rows, of columns, and a start without rows", extra)

    labels = [(c["data"], np.array(list(c["expected"]["labels"]), int)) for c in cases]
    labels = [(name, v) for name, v in labels if v.max() > 0]
    source = "Calinski & Harabasz (1974); Davies & Bouldin (1979); Rousseeuw (1987); Hruschka, de Castro & Campello (2004), simplified"
    family(
        "indices",
        source + "; scikit-learn agrees, simplified from its definition",
        [indices(n, x[n], v) for n, v in labels],
    )

    chosen = [labels[0], labels[2], labels[4], labels[7], labels[9]]
    one = ("blobs", np.zeros(60, int))
    source = (
        "Dempster, Laird & Rubin (1977); Schwarz (1978), BIC; scikit-learn GaussianMixture(diag, reg_covar=0) agrees"
    )
    family("mixture", source, [mixture(n, x[n], v) for n, v in [one, *chosen]], 1e-9)

    grades = [[1.5, 1.2, 0.9], [0.4, 0.7, -0.1], [-0.3, -0.5, 0.2], [-1.1, -1.4, -0.8]]
    rows = [[0.3, 0.2, 0.1], [-0.6, -0.9, -0.4], [1.4, 0.9, 0.6], [-2.0, -1.0, -1.5], [0.9, 1.0, 0.4]]
    source = "bisecting planes of nearest centroids (Voronoi), checked a step before and behind"
    family("borders", source, [border(grades, row) for row in rows])

    values = np.round(np.exp(rng.normal(2, 0.9, 40)), 2).tolist()
    weight = np.round(rng.gamma(2, 1, 40) + 0.05, 2).tolist()
    ties = np.round(rng.normal(0, 3, 40)).tolist()
    ks = range(1, 7)
    out = [
        one_dimension(values, weight, ks),
        one_dimension(ties, [1.0] * 40, ks),
        one_dimension(values, [1.0] * 40, ks),
    ]
    out.append(one_dimension(ties, rng.integers(1, 6, 40).astype(float).tolist(), ks))
    family(
        "one_dimension",
        "Bellman (1973); Wang & Song (2011), Ckmeans.1d.dp: dynamic programme in n^2 k steps; all partitions to k = 4",
        out,
    )
