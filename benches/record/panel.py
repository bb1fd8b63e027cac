"""Many short series in one call: seconds, memory and a digest of the forecasts on one and on two threads, into panel.csv beside
this file.

    cargo build --release -p emptor-forecast --no-default-features --example measure_forecast
    python3 benches/record/panel.py [SERIES [PATH OF THE PROGRAM measure_forecast]]

Half of the series are intermittent as spare parts are (a tenth to a half of the months have a demand), half smooth with seasons and a
trend; 24 to 36 months, 6 ahead, seeded. Seconds are those of the forecasts alone; the peak is that of the process, its text file and
all forecasts included. Needs numpy.
"""

import csv
import datetime
import hashlib
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

import numpy

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
SERIES = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
MEASURE = sys.argv[2] if len(sys.argv) > 2 else str(TARGET / "release" / "examples" / "measure_forecast")


def series(number, random):
    """Every other one intermittent."""
    months = numpy.arange(random.integers(24, 37))
    if number % 2 == 0:
        values = (random.random(len(months)) < random.uniform(0.1, 0.5)) * (1 + random.poisson(1.5, len(months)))
        values[random.integers(len(months))] += 1
        return values.astype(float)
    season = 1 + random.uniform(0, 0.4) * numpy.sin(2 * numpy.pi * (months + random.uniform(0, 12)) / 12)
    level = random.lognormal(5, 1) * (1 + random.normal(0, 0.01) * months) * season
    return numpy.round(level * random.lognormal(0, 0.1, len(months)), 2)


def run(path, threads, out):
    """Seconds by the clock and of the processor, series that failed, peak memory in bytes, digest of the forecasts."""
    with open(out, "w") as file:
        child = subprocess.Popen([MEASURE, path, "automatic", "0.8,0.95", threads], stdout=file)
        _, status, usage = os.wait4(child.pid, 0)
    assert status == 0, status
    *forecasts, last = pathlib.Path(out).read_text().splitlines()
    _, _, failed, wall, cpu = last.split(",")
    return wall, cpu, failed, usage.ru_maxrss * 1024, hashlib.sha256("\n".join(forecasts).encode()).hexdigest()[:16]


def main():
    random = numpy.random.default_rng(1)
    date, rows = datetime.date.today().isoformat(), []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "series")
        with open(path, "w") as file:
            for number in range(SERIES):
                file.write(f"s{number} 12 6 " + " ".join(map(repr, map(float, series(number, random)))) + "\n")
        for threads in ("1", "2"):
            wall, cpu, failed, peak, digest = run(path, threads, os.path.join(folder, "out"))
            machine = f"{platform.machine()}, {os.cpu_count()} cores"
            rows.append([date, SERIES, threads, wall, cpu, failed, f"{peak / 1e9:.3f}", digest, f"{os.getloadavg()[0]:.1f}", machine])
            print(*rows[-1], flush=True)
    assert rows[0][7] == rows[1][7], "threads change the forecasts"
    with open(HERE / "panel.csv", "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["date", "series", "threads", "wall_s", "cpu_s", "failed", "peak_gb", "digest", "load", "machine"])
        writer.writerows(rows)


if __name__ == "__main__":
    main()
