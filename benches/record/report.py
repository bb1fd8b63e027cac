"""The whole report of many customers: seconds, memory and size of the page, into report.csv beside this file.

python3 benches/record/report.py [LINES [FOLDER OF THE PROGRAMS measure AND emptor]]

A twentieth of the lines are customers. The shop is that of seven_p.py.
"""

import csv
import datetime
import os
import pathlib
import platform
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
LINES = sys.argv[1] if len(sys.argv) > 1 else "20000000"
PROGRAMS = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else TARGET / "release"
CONFIGURATION = """[tables.products]
file = "products.parquet"
[tables.products.columns]
product = "product"
category = "category"
unit_cost = "cost"
"""


def main():
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        subprocess.run([PROGRAMS / "measure", "seven-p-shop", LINES, folder], check=True)
        (folder / "emptor.toml").write_text(CONFIGURATION)
        start = time.perf_counter()
        program = subprocess.Popen([PROGRAMS / "emptor", "report", "lines.parquet", "-q"], cwd=folder)
        _, status, used = os.wait4(program.pid, 0)
        wall = time.perf_counter() - start
        if status != 0:
            sys.exit(f"the report failed: {status}")
        page = (folder / "report.html").stat().st_size
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss * 1024 / 1e9
    machine = f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[2]:.0f}"
    with open(HERE / "report.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "lines", "wall_s", "cpu_s", "peak_gb", "page_kb", "machine"])
        date = datetime.date.today().isoformat()
        writer.writerow([date, LINES, f"{wall:.1f}", f"{cpu:.1f}", f"{peak:.2f}", page // 1000, machine])


if __name__ == "__main__":
    main()
