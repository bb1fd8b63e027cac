"""Families of grading_learn.toml about trees: CART for classes and for numbers."""

import numpy as np
from grading_text import close
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

NOTES = """
classification_tree, regression_tree: CART without pruning: at every node the split value <= threshold (left), threshold midway between two
  neighbouring values of the node's rows, that lessens impurity most; least rows per leaf `min_leaf`, no split without gain. Impurity: Gini
  1 - sum share^2, or the variance (n). Where a node is split, the best split beats every other one by 1e-6 of its rows' impurity.
  nodes: in preorder (node, left, right); feature from 0; counts: rows per class; gain: n/N (impurity - mean
  impurity of the children), N all rows. A node of depth `depth` is a leaf. Values are multiples of 1/8, so exact in single precision.
  accuracy: majority class on the same rows; r2: 1 - sum (y - leaf mean)^2 / sum (y - mean)^2.
split: counts per class left and right. entropy (natural logarithm): of the node's classes; gini_gain, information_gain: of
  this node alone; split_information: entropy of the two sizes; gain_ratio: information_gain / split_information.
"""
LEAD = 1e-6


def impurity(y, classes):
    if classes:
        share = np.bincount(y, minlength=classes) / len(y)
        return 1 - (share**2).sum()
    return y.var()


def grow(x, y, depth, leaf, classes, total, level=0):
    """Every split of every feature, by definition. None where the best split is not the clear winner."""
    own = impurity(y, classes)
    node = {"n": len(y), "impurity": own}
    node |= {"counts": np.bincount(y, minlength=classes)} if classes else {"mean": y.mean()}
    if level == depth or own == 0:
        return [node]
    tries = []
    for j in range(x.shape[1]):
        values = np.unique(x[:, j])
        for cut in (values[1:] + values[:-1]) / 2:
            go = x[:, j] <= cut
            if min(go.sum(), (~go).sum()) >= leaf:
                after = (go.sum() * impurity(y[go], classes) + (~go).sum() * impurity(y[~go], classes)) / len(y)
                tries.append((own - after, j, float(cut)))
    tries.sort(reverse=True)
    if not tries or tries[0][0] <= 1e-9 * own:
        return [node]
    if len(tries) > 1 and tries[0][0] - tries[1][0] < LEAD * own:
        return None
    gain, j, cut = tries[0]
    go = x[:, j] <= cut
    sides = [grow(x[s], y[s], depth, leaf, classes, total, level + 1) for s in (go, ~go)]
    if None in sides:
        return None
    return [node | {"feature": j, "threshold": cut, "gain": gain * len(y) / total}, *sides[0], *sides[1]]


def same(nodes, tree):
    assert tree.node_count == len(nodes)
    for i, node in enumerate(nodes):
        assert tree.n_node_samples[i] == node["n"]
        close(tree.impurity[i], node["impurity"], 1e-9)
        if "feature" in node:
            assert tree.feature[i] == node["feature"] and tree.threshold[i] == node["threshold"]
            left, right = tree.children_left[i], tree.children_right[i]
            n = tree.n_node_samples
            gain = (n[i] * tree.impurity[i] - n[left] * tree.impurity[left] - n[right] * tree.impurity[right]) / n[0]
            close(gain, node["gain"], 1e-9)
        else:
            assert tree.children_left[i] == -1
            want = node["counts"] / node["n"] if "counts" in node else [node["mean"]]
            close(tree.value[i].ravel(), want, 1e-12)


def search(first, rows, classes, depth, leaf):
    for seed in range(first, first + 5000):
        rng = np.random.default_rng(seed)
        x = (
            np.round(np.column_stack([rng.gamma(2, 10, rows), rng.normal(0, 4, rows), rng.integers(0, 12, rows)]) * 8)
            / 8
        )
        x[:, 2] = np.floor(x[:, 2])
        push = 0.12 * x[:, 0] + 0.5 * x[:, 1] * (x[:, 2] > 4) - 0.25 * x[:, 2] + rng.normal(0, 1.5, rows)
        y = (
            np.searchsorted(np.quantile(push, np.arange(1, classes) / classes), push)
            if classes
            else np.round(push * 8) / 8
        )
        nodes = grow(x, y, depth, leaf, classes, rows)
        # A tree of interest: all levels are reached, two features or more are used.
        if nodes and len(nodes) > 2 * depth and len({n["feature"] for n in nodes if "feature" in n}) > 1:
            break
    else:
        raise AssertionError("no data without ties")
    make_tree = DecisionTreeClassifier if classes else DecisionTreeRegressor
    for state in range(5):  # the order in which features are tried must not matter
        tree = make_tree(max_depth=depth, min_samples_leaf=leaf, random_state=state).fit(x, y)
        same(nodes, tree.tree_)
    case = {"x": x.T, "y": y, "depth": depth, "min_leaf": leaf}
    return case | {"expected": {"nodes": nodes, "accuracy" if classes else "r2": tree.score(x, y)}}


def entropy(counts):
    p = np.array([c for c in counts if c]) / sum(counts)
    return -(p * np.log(p)).sum()


def split(left, right):
    sides = [sum(left), sum(right)]
    whole, n = np.add(left, right), sum(sides)
    gain = entropy(whole) - sum(m / n * entropy(s) for m, s in zip(sides, (left, right)))
    gini = [1 - sum((c / sum(s)) ** 2 for c in s) for s in (whole, left, right)]
    out = {"entropy": entropy(whole), "information_gain": gain, "split_information": entropy(sides)}
    out |= {"gain_ratio": gain / entropy(sides), "gini_gain": gini[0] - sum(m / n * g for m, g in zip(sides, gini[1:]))}
    close(gain, entropy(whole) + entropy(sides) - entropy([*left, *right]), 1e-14)  # mutual information
    return {"left": left, "right": right, "expected": out}


def make(_, family):
    source = "Breiman, Friedman, Olshen & Stone (1984), by trying every split; scikit-learn agrees"
    cases = [search(1000, 60, 2, 3, 5), search(2000, 60, 3, 3, 4), search(3000, 60, 3, 2, 1)]
    family("classification_tree", source, cases)
    cases = [search(4000, 60, 0, 2, 5), search(5000, 60, 0, 2, 1), search(6000, 60, 0, 4, 3)]
    family("regression_tree", source, cases)
    cases = [
        ([6, 2], [3, 3]),
        ([9, 0], [0, 5]),
        ([28, 11], [2, 19]),
        ([1, 0, 0], [10, 12, 9]),
        ([4, 4, 4], [8, 8, 8]),
        ([13, 1, 4], [2, 17, 9]),
    ]
    family("split", "Quinlan (1993), C4.5; Breiman et al. (1984)", [split(*c) for c in cases])
