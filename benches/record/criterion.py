"""Adds the medians of the last `cargo bench --workspace --benches` to criterion.csv beside this file.

python3 benches/record/criterion.py [CARGO TARGET FOLDER]
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
RECORD = HERE / "criterion.csv"


def main():
    fresh = not RECORD.exists()
    machine = f"{platform.machine()}, {os.cpu_count()} cores"
    with RECORD.open("a", newline="") as file:
        writer = csv.writer(file)
        if fresh:
            writer.writerow(["date", "group", "id", "median_s", "machine"])
        for path in sorted((TARGET / "criterion").glob("*/*/new/benchmark.json")):
            name = json.loads(path.read_text())
            median = json.loads(path.with_name("estimates.json").read_text())["median"]["point_estimate"]
            stamp = datetime.date.today().isoformat()
            writer.writerow([stamp, name["group_id"], name["function_id"], f"{median / 1e9:.6f}", machine])


if __name__ == "__main__":
    main()
