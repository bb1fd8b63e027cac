"""Measures emptor beside the Python package lifetimes, in one run on the same data.

Needs: pip install lifetimes==0.11.3 pandas pyarrow; a release build of the program `measure`:
    cargo build --release --workspace --all-targets
Run:
    python3 benches/peers/lifetimes_peer.py [FOLDER WITH cdnow/cdnow_master.parquet]
Set MEASURE to the path of the program where it is not target/release/measure.

Prints one line per task and appends them to benches/record/lifetimes.csv. Times are medians of several runs, in
seconds, without starting a process. "file" reads Parquet within the time, "memory" begins with a data frame in memory,
which is how lifetimes begins, with parsed dates.
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
from lifetimes import BetaGeoFitter
from lifetimes.utils import summary_data_from_transaction_data

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
MEASURE = os.environ.get("MEASURE", str(TARGET / "release" / "measure"))
RECORD = HERE.parent / "record" / "lifetimes.csv"


def emptor(*arguments):
    """Wall and CPU seconds of one task of the program `measure`."""
    out = subprocess.run([MEASURE, *map(str, arguments)], check=True, capture_output=True, text=True).stdout
    wall, cpu, _ = out.strip().split(",")
    return float(wall), float(cpu)


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
    yield "history", size, "emptor, file with all checks", *emptor("history", path, as_of)
    yield "history", size, "emptor, file", *emptor("history-file", path, as_of)
    yield "history", size, "polars query by hand, file", *emptor("handwritten-file", path, as_of)
    yield "history", size, "emptor, memory", *emptor("history-memory", path, as_of)
    yield "history", size, "polars query by hand, memory", *emptor("handwritten-memory", path, as_of)
    yield "history", size, "lifetimes, memory", *theirs


def fit(path, customers, runs):
    """BG/NBD on purchase summaries."""
    frame = pandas.read_parquet(path)
    theirs = peer(lambda: BetaGeoFitter().fit(frame["frequency"], frame["recency"], frame["T"]), runs)
    distinct = len(frame[["frequency", "recency", "T"]].drop_duplicates())
    yield "BG/NBD fit", customers, f"emptor ({distinct} distinct rows)", *emptor("fit", path)
    yield "BG/NBD fit", customers, "lifetimes", *theirs


def main():
    rows = []
    with tempfile.TemporaryDirectory(dir=tempfile.gettempdir()) as folder:
        folder = pathlib.Path(folder)
        if len(sys.argv) > 1:
            rows += history(pathlib.Path(sys.argv[1]) / "cdnow" / "cdnow_master.parquet", "1998-06-30", 5)
        log = folder / "log.parquet"
        subprocess.run([MEASURE, "log", "5000000", log], check=True, capture_output=True)
        last = str(pandas.read_parquet(log, columns=["date"])["date"].max())[:10]
        rows += history(log, last, 3)
        for kind in ("cdnow-like", "summaries"):
            summaries = folder / "summaries.parquet"
            subprocess.run([MEASURE, kind, "100000", summaries], check=True, capture_output=True)
            rows += fit(summaries, 100_000, 3)

    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    versions = f"lifetimes {lifetimes.__version__}, pandas {pandas.__version__}"
    stamp = datetime.date.today().isoformat()
    fresh = not RECORD.exists()
    with RECORD.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(["date", "task", "rows", "tool", "wall_s", "cpu_s", "versions", "machine"])
        for task, size, tool, wall, cpu in rows:
            print(f"{task:12} {size:>10,} {tool:34} wall {wall:9.4f} s   cpu {cpu:9.4f} s")
            writer.writerow([stamp, task, size, tool, f"{wall:.5f}", f"{cpu:.5f}", versions, machine])


if __name__ == "__main__":
    main()
