"""The seven Ps: seconds and memory of each P over many simulated lines, each P in a process of its own, into seven_p.csv
beside this file.

python3 benches/record/seven_p.py [LINES [PATH OF THE PROGRAM measure]]
"""

import csv
import datetime
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
LINES = sys.argv[1] if len(sys.argv) > 1 else "10000000"
MEASURE = sys.argv[2] if len(sys.argv) > 2 else str(TARGET / "release" / "measure")
PS = ["profit", "profiling", "persistency", "profitability", "performance", "prospecting", "product", "promotion", "lifecycle"]


def measure(*task):
    return subprocess.run([MEASURE, *task], check=True, capture_output=True, text=True).stdout


def main():
    record = HERE / "seven_p.csv"
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        measure("seven-p-shop", LINES, folder)
        for p in PS:
            for line in measure("seven-p", folder, p).split():
                name, wall, cpu, _, peak = line.split(",")
                rows.append([name, LINES, wall, cpu, peak])
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[2]:.0f}"
    date = datetime.date.today().isoformat()
    with open(record, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "p", "lines", "wall_s", "cpu_s", "peak_gb", "machine"])
        writer.writerows([date, *row, machine] for row in rows)


if __name__ == "__main__":
    main()
