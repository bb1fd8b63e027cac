"""Measures emptor beside the Python package lifetimes, in one run on the same data.

Needs: pip install lifetimes==0.11.3 pandas pyarrow; a release build of the program `measure`:
    cargo build --release --workspace --all-targets
Run:
    python3 benches/peers/lifetimes_peer.py [FOLDER WITH cdnow/cdnow_master.parquet]
Set MEASURE to the path of the program where it is not target/release/measure.

Prints one line per task and appends them to benches/record/lifetimes.csv. Times are medians of several runs, in
seconds, without starting a process. "file" reads Parquet within the time, "memory" begins with a data frame in memory,
which is how lifetimes begins, with parsed dates. Bases of the purchase models are simulated by `measure` with a fixed
seed; lifetimes reads the same numbers from a Parquet file. To repeat some tasks only, name their functions:
    TASKS=fits,scores python3 benches/peers/lifetimes_peer.py
Rows of a task that was measured again replace the older ones.
"""

import csv
import datetime
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

import lifetimes
import pandas
import scipy
from lifetimes import BetaGeoFitter, GammaGammaFitter, ModifiedBetaGeoFitter, ParetoNBDFitter
from lifetimes.utils import summary_data_from_transaction_data

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
MEASURE = os.environ.get("MEASURE", str(TARGET / "release" / "measure"))
RECORD = HERE.parent / "record" / "lifetimes.csv"


def emptor(*arguments):
    """Wall and CPU seconds of one task of the program `measure`, and the size it states."""
    out = subprocess.run([MEASURE, *map(str, arguments)], check=True, stdout=subprocess.PIPE, text=True).stdout
    wall, cpu, size = out.strip().split(",")
    return float(wall), float(cpu), int(size)


def peer(task, runs):
    """Median wall and CPU seconds of a Python task."""
    walls, cpus = [], []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        task()
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
    return statistics.median(walls), statistics.median(cpus)


def history(path, as_of, runs):
    """Purchase histories of a log: emptor with and without the door, a hand-written polars query, lifetimes."""
    frame = pandas.read_parquet(path, columns=["customer_id", "date", "amount"])
    frame["date"] = pandas.to_datetime(frame["date"])
    size = len(frame)
    theirs = peer(
        lambda: summary_data_from_transaction_data(
            frame, "customer_id", "date", "amount", observation_period_end=as_of, freq="D"
        ),
        runs,
    )
    yield "history", size, "emptor, file with all checks", *emptor("history", path, as_of)[:2]
    yield "history", size, "emptor, file", *emptor("history-file", path, as_of)[:2]
    yield "history", size, "polars query by hand, file", *emptor("handwritten-file", path, as_of)[:2]
    yield "history", size, "emptor, memory", *emptor("history-memory", path, as_of)[:2]
    yield "history", size, "polars query by hand, memory", *emptor("handwritten-memory", path, as_of)[:2]
    yield "history", size, "lifetimes, memory", *theirs


def frame(*arguments):
    """A base of `measure` as lifetimes takes it."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "base.parquet"
        subprocess.run([MEASURE, *map(str, arguments), path], check=True, capture_output=True)
        return pandas.read_parquet(path)


def fit(task, fitter, model, customers, kind, runs):
    """A purchase model on its base."""
    base = frame("base", model, customers, kind)
    fitted = fitter()
    theirs = peer(lambda: fitted.fit(base["frequency"], base["recency"], base["T"]), runs)
    print(task, kind, dict(fitted.params_.round(4)), file=sys.stderr)
    wall, cpu, distinct = emptor("fit", model, customers, kind)
    yield f"{task}, {kind}", customers, f"emptor ({distinct} distinct rows)", wall, cpu
    yield f"{task}, {kind}", customers, "lifetimes", *theirs


def fits():
    """BG/NBD, MBG/NBD and Gamma-Gamma."""
    for kind in ("cdnow-like", "mixed"):
        yield from fit("BG/NBD fit", BetaGeoFitter, "bgnbd", 100_000, kind, 3)
        yield from fit("MBG/NBD fit", ModifiedBetaGeoFitter, "mbgnbd", 100_000, kind, 3)
    spend = frame("spend", 100_000)
    spend = spend[(spend["frequency"] > 0) & (spend["monetary_value"] > 0)]
    fitted = GammaGammaFitter()
    theirs = peer(lambda: fitted.fit(spend["frequency"], spend["monetary_value"]), 3)
    print("Gamma-Gamma", dict(fitted.params_.round(4)), file=sys.stderr)
    yield "Gamma-Gamma fit", 100_000, "emptor", *emptor("fit", "gamma-gamma", 100_000)[:2]
    yield "Gamma-Gamma fit", 100_000, "lifetimes", *theirs


def pareto():
    """Pareto/NBD at the size of CDNOW, and at the size of the others, once: lifetimes takes its time for that."""
    yield from fit("Pareto/NBD fit", ParetoNBDFitter, "pareto", 2357, "cdnow-like", 3)
    yield from fit("Pareto/NBD fit", ParetoNBDFitter, "pareto", 100_000, "cdnow-like", 1)


def scores():
    """What a BG/NBD with given parameters says of 1,000,000 customers, one row each."""
    customers = 1_000_000
    base = frame("base", "bgnbd", customers, "cdnow-like")
    model = BetaGeoFitter()
    model.params_ = pandas.Series({"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426})
    x, recency, t = base["frequency"], base["recency"], base["T"]
    theirs = peer(lambda: model.conditional_probability_alive(x, recency, t), 3)
    yield "BG/NBD p_alive", customers, "emptor", *emptor("score", "bgnbd", "p_alive", customers)[:2]
    yield "BG/NBD p_alive", customers, "lifetimes", *theirs
    ahead = 39
    theirs = peer(lambda: model.conditional_expected_number_of_purchases_up_to_time(ahead, x, recency, t), 3)
    ours = emptor("score", "bgnbd", "expected_purchases", customers)[:2]
    yield "BG/NBD expected purchases", customers, "emptor", *ours
    yield "BG/NBD expected purchases", customers, "lifetimes", *theirs


def histories():
    """Logs."""
    if len(sys.argv) > 1:
        yield from history(pathlib.Path(sys.argv[1]) / "cdnow" / "cdnow_master.parquet", "1998-06-30", 5)
    with tempfile.TemporaryDirectory() as folder:
        log = pathlib.Path(folder) / "log.parquet"
        subprocess.run([MEASURE, "log", "5000000", log], check=True, capture_output=True)
        last = str(pandas.read_parquet(log, columns=["date"])["date"].max())[:10]
        yield from history(log, last, 3)


def main():
    tasks = {"histories": histories, "fits": fits, "pareto": pareto, "scores": scores}
    rows = [row for name in os.environ.get("TASKS", ",".join(tasks)).split(",") for row in tasks[name]()]
    # lifetimes is the last line of each task.
    theirs = {(task, size): cpu for task, size, _, _, cpu in rows}
    measured = {(task, str(size)) for task, size, *_ in rows}

    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    versions = f"lifetimes {lifetimes.__version__}, pandas {pandas.__version__}, scipy {scipy.__version__}"
    stamp = datetime.date.today().isoformat()
    header = ["date", "task", "rows", "tool", "wall_s", "cpu_s", "versions", "machine"]
    kept = []
    if RECORD.exists():
        with RECORD.open(newline="") as file:
            kept = [row for row in list(csv.reader(file))[1:] if (row[1], row[2]) not in measured]
    with RECORD.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(kept)
        for task, size, tool, wall, cpu in rows:
            ratio = theirs[task, size] / cpu if cpu > 0 else float("nan")
            print(f"{task:26} {size:>10,} {tool:34} wall {wall:10.5f} s   cpu {cpu:10.5f} s   {ratio:6.1f} x")
            writer.writerow([stamp, task, size, tool, f"{wall:.5f}", f"{cpu:.5f}", versions, machine])


if __name__ == "__main__":
    main()
