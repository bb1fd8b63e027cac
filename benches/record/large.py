"""BG/NBD for 10,000,000 customers in one process: seconds and memory of each stage, into large.csv beside this file.

python3 benches/record/large.py [PATH OF THE PROGRAM measure]

Medians of three runs. `memory_gb` is held after the stage, `peak_gb` the most within it; other rows are replaced.
"""

import csv
import datetime
import os
import pathlib
import platform
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
MEASURE = sys.argv[1] if len(sys.argv) > 1 else str(TARGET / "release" / "measure")
CUSTOMERS = 10_000_000
RUNS = 3


def main():
    stages = {}
    for _ in range(RUNS):
        out = subprocess.run([MEASURE, "big", str(CUSTOMERS)], check=True, capture_output=True, text=True).stdout
        for line in out.split():
            name, *numbers = line.split(",")
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
