"""10,000,000 customers: seconds and memory of each stage, into large.csv beside this file. BG/NBD in one process; a panel
of 36 months on disk, valued by our expression and by one written by hand; the base valued by models, part by part.

python3 benches/record/large.py [PATH OF THE PROGRAM measure]

Medians of three runs; the panel takes 2.6 GB of the temporary folder, and the two expressions take turns. `memory_gb` is held after the stage, `peak_gb` the most within it; other rows are replaced.
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

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
MEASURE = sys.argv[1] if len(sys.argv) > 1 else str(TARGET / "release" / "measure")
CUSTOMERS = 10_000_000
RUNS = 3


def measure(*task):
    return subprocess.run([MEASURE, *task], check=True, capture_output=True, text=True).stdout


def main():
    stages = {}
    with tempfile.TemporaryDirectory() as folder:
        measure("panel", str(CUSTOMERS), folder)
        npv = [["npv", folder, "emptor"], ["npv", folder, "handwritten"], ["npv-models", str(CUSTOMERS)]]
        tasks = [["big", str(CUSTOMERS)], *npv, ["scorer", str(CUSTOMERS)]]
        for task in tasks * RUNS:
            for line in measure(*task).split():
                name, *numbers = line.split(",")
                name = {"npv": "panel by ", "npv-models": "models: ", "scorer": "scorer: "}.get(task[0], "") + name
                stages.setdefault(name, []).append([float(number) for number in numbers])
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[2]:.0f}"
    with (HERE / "large.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "stage", "rows", "wall_s", "cpu_s", "memory_gb", "peak_gb", "machine"])
        for name, runs in stages.items():
            medians = [f"{statistics.median(column):.2f}" for column in zip(*runs)]
            print(name, *medians)
            writer.writerow([datetime.date.today().isoformat(), name, CUSTOMERS, *medians, machine])


if __name__ == "__main__":
    main()
