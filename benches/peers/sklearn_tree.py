"""Measures emptor's decision tree beside scikit-learn's, in one run on the same data.

Needs: pip install scikit-learn; a release build of the program `measure_tree`:
    cargo build --release -p emptor-learn --example measure_tree
Run:
    python3 benches/peers/sklearn_tree.py
Set MEASURE to the path of the program where it is not target/release/examples/measure_tree.

Prints one line per task and writes them to benches/record/tree.csv. Times are medians of RUNS fits, CPU seconds of one
thread each, without reading files (emptor's after one fit that is not counted); emptor runs with RAYON_NUM_THREADS=1, runs of both are taken in turns. Both split by
the same criterion to the same depth with leaves of at least one row; scores are on the rows fitted. emptor's time includes
sorting the columns and the pruning of branches that tell nothing.
"""

import csv
import datetime
import os
import pathlib
import platform
import statistics
import subprocess
import tempfile
import time

import numpy
import sklearn
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
MEASURE = os.environ.get("MEASURE", str(TARGET / "release" / "examples" / "measure_tree"))
RECORD = HERE.parent / "record" / "tree.csv"
ROWS, RUNS = 100_000, 5


def table(rng, rows):
    """Twenty columns of a customer table, half counts with ties, half amounts; churn, a grade of four, profit."""
    counts = [rng.poisson(mean, rows).astype(float) for mean in (1, 2, 3, 5, 8, 0.3, 0.5, 12, 20, 30)]
    amounts = [rng.lognormal(3, sd, rows) for sd in (0.5, 1, 1.5, 0.7, 1.2)]
    amounts += [rng.normal(0, 1, rows) for _ in range(5)]
    x = numpy.column_stack(counts + amounts)
    risk = -3.2 + 0.25 * counts[0] - 0.2 * counts[3] + 0.8 * (counts[4] < 5) + 0.6 * amounts[5] * (amounts[6] > 0)
    churn = (rng.uniform(size=rows) < 1 / (1 + numpy.exp(-risk))).astype(float)
    profit = 3 * counts[7] + 0.4 * amounts[1] - 8 * counts[5] * (counts[1] > 2) + rng.normal(0, 12, rows)
    noisy = profit + rng.normal(0, 10, rows)
    grade = numpy.searchsorted(numpy.quantile(noisy, [0.25, 0.5, 0.75]), noisy).astype(float)
    return x, {"churn": churn, "grade": grade, "profit": profit}


def emptor(path, kind, depth):
    arguments = [MEASURE, path, str(ROWS), "20", kind, str(depth or "none"), "1"]
    environment = {**os.environ, "RAYON_NUM_THREADS": "1"}
    out = subprocess.run(arguments, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    seconds, leaves, score = out.strip().split(",")
    return float(seconds), int(leaves), float(score)


def peer(x, y, kind, depth):
    model = (DecisionTreeClassifier if kind == "classes" else DecisionTreeRegressor)(max_depth=depth, random_state=0)
    start = time.process_time()
    model.fit(x, y)
    return time.process_time() - start, model.get_n_leaves(), model.score(x, y)


def main():
    x, targets = table(numpy.random.default_rng(1), ROWS)
    tasks = [("churn", "classes", 5), ("churn", "classes", 10), ("churn", "classes", None), ("grade", "classes", 5)]
    tasks += [("grade", "classes", 10), ("profit", "numbers", 5), ("profit", "numbers", 10)]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, one thread, load {os.getloadavg()[0]:.0f}"
    rows = []
    for target, kind, depth in tasks:
        y = targets[target]
        with tempfile.NamedTemporaryFile() as file:
            numpy.concatenate([x.T.ravel(), y]).astype("<f8").tofile(file.name)
            runs = [(emptor(file.name, kind, depth), peer(x, y, kind, depth)) for _ in range(RUNS)]
        for tool, results in (("emptor", [own for own, _ in runs]), ("scikit-learn", [other for _, other in runs])):
            cpu = statistics.median(seconds for seconds, _, _ in results)
            _, leaves, score = results[0]
            task = f"{target} depth {depth or 'unlimited'}"
            version = f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}"
            rows.append([datetime.date.today(), task, ROWS, tool, f"{cpu:.3f}", leaves, f"{score:.5f}", version, machine])
            print(*rows[-1], sep=",", flush=True)
    with open(RECORD, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow("date,task,rows,tool,cpu_s,leaves,score,versions,machine".split(","))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
