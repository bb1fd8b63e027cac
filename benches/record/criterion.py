"""Puts the medians of the last `cargo bench --workspace --benches` into criterion.csv beside this file.

python3 benches/record/criterion.py [CARGO TARGET FOLDER]

Criterion's folder is CRITERION_HOME if that is set. A row of the same group and id is replaced. Times are by the wall
clock, so the machine's load of the last quarter of an hour stands beside them.
"""

import csv
import datetime
import json
import os
import pathlib
import platform
import sys

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CARGO_TARGET_DIR", "target"))
FOLDER = pathlib.Path(os.environ.get("CRITERION_HOME", TARGET / "criterion"))
RECORD = HERE / "criterion.csv"


def main():
    stamp = datetime.date.today().isoformat()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[2]:.0f}"
    rows = {}
    if RECORD.exists():
        with RECORD.open(newline="") as file:
            rows = {(row[1], row[2]): row for row in list(csv.reader(file))[1:]}
    for path in FOLDER.glob("*/*/new/benchmark.json"):
        name = json.loads(path.read_text())
        median = json.loads(path.with_name("estimates.json").read_text())["median"]["point_estimate"]
        key = (name["group_id"], name["function_id"])
        rows[key] = [stamp, *key, f"{median / 1e9:.6f}", machine]
    with RECORD.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "group", "id", "median_s", "machine"])
        writer.writerows(rows[key] for key in sorted(rows))


if __name__ == "__main__":
    main()
