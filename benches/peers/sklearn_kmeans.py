"""Measures k-means of emptor beside scikit-learn and linfa-clustering, in one run on the same data.

Needs: pip install scikit-learn numpy threadpoolctl; a release build of the program `measure_kmeans`:
    cargo build --release -p emptor-cluster --example measure_kmeans
Run:
    python3 benches/peers/sklearn_kmeans.py
Set MEASURE to the path of the program where it is not target/release/examples/measure_kmeans, ROUNDS to repeat more or less
often than 5 times, TASKS to repeat some tasks only (start, search, threads).

Data: 1,000,000 rows of eight columns, five from twelve overlapping Gaussians, three lognormal with the component,
standardised; fixed seed. Everything in f64.

start    from the same centroids (k-means++ on 20,000 rows), tolerance 1e-4 × mean variance, Lloyd, one thread each, for
         k = 4, 8, 16. linfa's tolerance is the distance of all centroids: 1e-2 is the same on these data.
search   a whole fit at k = 8: scikit-learn's n_init=10 (default start) against ten starts on a sample and the exact fit, with a
         tolerance of 1e-6: its last iterations touch few rows, and at 1e-4 it stops 2e-6 above scikit-learn's inertia.
threads  emptor on one and on two threads.

Rounds are interleaved, so that other load falls on all; figures are medians of the rounds. Times include the check of
the input on both sides, not the reading of files, nor the copy to rows that linfa wants. Prints one line per figure and
writes benches/record/kmeans.csv; rows measured again replace older ones. `memory` is bytes a row at the peak beyond the
input, for emptor only.
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
import warnings

import numpy
import sklearn
from sklearn.cluster import KMeans, kmeans_plusplus
from threadpoolctl import threadpool_limits

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
MEASURE = os.environ.get("MEASURE", str(TARGET / "release" / "examples" / "measure_kmeans"))
RECORD = HERE.parent / "record" / "kmeans.csv"
ROUNDS = int(os.environ.get("ROUNDS", "5"))
ROWS = 1_000_000
TOLERANCE = 1e-4
FIELDS = ["wall", "cpu", "iterations", "passes", "inertia", "memory"]


def rows(n, seed=0):
    """Twelve components: five Gaussian and three lognormal columns, standardised."""
    random = numpy.random.default_rng(seed)
    component = random.integers(0, 12, n)
    gaussian = random.normal(0, 2.0, (12, 5))[component] + random.normal(0, 1.0, (n, 5))
    lognormal = numpy.exp(random.normal(0, 0.7, (12, 3))[component] + 0.6 * random.normal(0, 1, (n, 3)))
    values = numpy.hstack([gaussian, lognormal])
    return numpy.ascontiguousarray((values - values.mean(0)) / values.std(0))


def ours(task, folder, k, *arguments):
    """One run of `measure_kmeans`."""
    command = [MEASURE, task, folder, ROWS, k, *arguments]
    out = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True).stdout
    return dict(zip(FIELDS, map(float, out.strip().split(","))))


def theirs(values, threads, **settings):
    """One fit of scikit-learn."""
    with threadpool_limits(threads), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        wall, cpu = time.perf_counter(), time.process_time()
        model = KMeans(algorithm="lloyd", tol=TOLERANCE, **settings).fit(values)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return dict(wall=wall, cpu=cpu, iterations=model.n_iter_, passes=model.n_iter_ + 1.0, inertia=model.inertia_, memory="")


def from_start(values, folder):
    """The same start, one thread each."""
    for k in (4, 8, 16):
        start, _ = kmeans_plusplus(values[:20_000], k, random_state=1)
        start.tofile(folder / "start")
        limits = (TOLERANCE, 300, 1)
        tools = {
            "emptor": lambda: ours("fit", folder, k, *limits),
            "scikit-learn": lambda: theirs(values, 1, n_clusters=k, init=start, n_init=1, max_iter=300),
            "linfa-clustering": lambda: ours("linfa", folder, k, *limits),
        }
        yield f"same start, k={k}", tools, ROUNDS


def search(values, folder):
    """Ten starts."""
    tools = {
        "emptor": lambda: ours("search", folder, 8, 10, 1e-6, 1),
        "scikit-learn": lambda: theirs(values, 1, n_clusters=8, n_init=10, random_state=0),
    }
    yield "ten starts, k=8", tools, min(3, ROUNDS)


def threads(values, folder):
    """One thread against two; the ratio of wall times says how it scales."""
    start, _ = kmeans_plusplus(values[:20_000], 8, random_state=1)
    start.tofile(folder / "start")
    for name, task, arguments in (
        ("fit", "fit", (TOLERANCE, 300)),
        ("ten starts", "search", (10, 1e-6)),
        ("labels", "assign", ()),
    ):
        tools = {
            f"emptor, {n} threads": lambda n=n, t=task, a=arguments: ours(t, folder, 8, *a, n) for n in (1, 2)
        }
        yield f"threads, {name}, k=8", tools, 2 * ROUNDS


def main():
    tasks = {"start": from_start, "search": search, "threads": threads}
    chosen = os.environ.get("TASKS", ",".join(tasks)).split(",")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    versions = f"scikit-learn {sklearn.__version__}, numpy {numpy.__version__}, linfa-clustering 0.8.1"
    stamp = datetime.date.today().isoformat()
    header = ["date", "task", "rows", "tool", "rounds", *FIELDS, "cpu_ratio", "wall_ratio", "load", "versions", "machine"]
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        values = rows(ROWS)
        numpy.ascontiguousarray(values.T).tofile(folder / "rows")
        for name in chosen:
            for task, tools, rounds in tasks[name](values, folder):
                runs = {tool: [] for tool in tools}
                for _ in range(rounds):
                    for tool, run in tools.items():
                        runs[tool].append(run())
                first = None
                for tool, results in runs.items():
                    middle = {f: results[0][f] for f in FIELDS}
                    middle |= {f: statistics.median(r[f] for r in results) for f in ("wall", "cpu")}
                    first = first or middle
                    cpu, wall = middle["cpu"] / first["cpu"], middle["wall"] / first["wall"]
                    load = os.getloadavg()[0]
                    print(f"{task:24} {tool:20} wall {middle['wall']:8.4f} s  cpu {middle['cpu']:8.4f} s  {cpu:6.2f} x cpu "
                          f"{wall:6.2f} x wall  {middle['iterations']:.0f} iterations  {middle['passes']} passes  "
                          f"inertia {middle['inertia']!r}  {middle['memory']} B/row", flush=True)
                    figures = [f"{middle['wall']:.5f}", f"{middle['cpu']:.5f}", int(middle["iterations"]), middle["passes"],
                               repr(float(middle["inertia"])), middle["memory"]]
                    measured.append([stamp, task, str(ROWS), tool, str(rounds), *figures, f"{cpu:.2f}", f"{wall:.2f}",
                                     f"{load:.1f}", versions, machine])
    kept = []
    if RECORD.exists():
        again = {(row[1], row[2], row[3]) for row in measured}
        with RECORD.open(newline="") as file:
            kept = [row for row in list(csv.reader(file))[1:] if (row[1], row[2], row[3]) not in again]
    with RECORD.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(kept + measured)


if __name__ == "__main__":
    main()
