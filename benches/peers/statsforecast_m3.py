"""Measures the forecasts of emptor beside statsforecast and the published methods on all series of the M3 competition.

Needs: pip install statsforecast pandas pyarrow; a release build of the program `measure_forecast`:
    cargo build --release -p emptor-forecast --no-default-features --example measure_forecast
Run:
    EMPTOR_DATASETS=... python3 benches/peers/statsforecast_m3.py
EMPTOR_DATASETS is the folder that holds m3/ (Makridakis & Hibon 2000, as in the R package Mcomp). Set MEASURE to the path of
the program where it is not target/release/examples/measure_forecast, CACHE to a file that keeps statsforecast's forecasts
from one run to the next (its times are then those of the first run, and are marked so), GROUPS to measure some only.

Every method sees the official training part, forecasts the official horizon (6, 8, 18, 8) and is scored on the official
test part. Measures: sMAPE = mean of 200 |a − f| / (|a| + |f|); MASE with the in-sample mean absolute seasonal difference;
OWA = mean of both relative to Naive 2 (naive on seasonally adjusted values, 90 % autocorrelation test, multiplicative
classical decomposition), each averaged over the series first; coverage of 80 % and 95 % intervals; MSIS at 95 %.

emptor         every series by itself, one thread, times of the processor; `panel` is the automatic method on all series of a
               group in one call, intervals calibrated on earlier origins inside the training part, on one and on two threads
statsforecast  model.forecast(y, h, level=[80, 95]) series by series, one thread; mean(ETS, DOT) is the mean of both, ends
               included
published      forecasts of the participants

Writes benches/record/m3.csv, and the coverage by horizon of our methods in the column `by_horizon` (95 %); rows measured
again replace older ones.
"""

import csv
import datetime
import os
import pathlib
import pickle
import platform
import subprocess
import tempfile
import time
import warnings

import numpy
import pandas
import statsforecast
from statsforecast.models import AutoETS, DynamicOptimizedTheta, Naive, SeasonalNaive

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
MEASURE = os.environ.get("MEASURE", str(TARGET / "release" / "examples" / "measure_forecast"))
RECORD = HERE.parent / "record" / "m3.csv"
DATA = pathlib.Path(os.environ["EMPTOR_DATASETS"]) / "m3"
CACHE = os.environ.get("CACHE")
GROUPS = {"yearly": (1, 6), "quarterly": (4, 8), "monthly": (12, 18), "other": (1, 8)}
CHOSEN = os.environ.get("GROUPS", ",".join(GROUPS)).split(",")
OURS = ["seasonal_naive", "theta", "dynamic_optimised_theta", "logarithmic_theta", "ets", "combination", "automatic"]
PUBLISHED = ["NAIVE2", "THETA", "ForecastPro", "ForcX", "COMB S-H-D"]


def values(group, part):
    """Values of every series, by name."""
    frame = pandas.read_parquet(DATA / f"m3_{group}_{part}.parquet").sort_values(["id", "t"])
    return {name: rows.value.to_numpy(float) for name, rows in frame.groupby("id")}


def naive2(y, m, h):
    """The last value, seasons taken out and put back where there are some."""
    n = len(y)
    x = y - y.mean()
    if m == 1 or n < 3 * m or not (x * x).sum() > 0:
        return numpy.repeat(y[-1], h)
    r = numpy.array([(x[k:] * x[: n - k]).sum() for k in range(1, m + 1)]) / (x * x).sum()
    if abs(r[-1]) <= 1.645 * numpy.sqrt((1 + 2 * (r[:-1] ** 2).sum()) / n):
        return numpy.repeat(y[-1], h)
    weights = numpy.ones(m + 1)
    weights[[0, -1]] = 0.5
    average = numpy.convolve(y, weights / m, "valid")
    ratio, place = y[m // 2 : m // 2 + len(average)] / average, (numpy.arange(len(average)) + m // 2) % m
    index = numpy.array([ratio[place == j].mean() for j in range(m)])
    index *= m / index.sum()
    return y[-1] / index[(n - 1) % m] * index[(n + numpy.arange(h)) % m]


def ours(path, method, *threads):
    """Forecasts with ends by name, and processor time, wall time."""
    command = [MEASURE, str(path), method, "0.8,0.95", *threads]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    found = {}
    for line in out[:-1]:
        name, _, *numbers = line.split(",")
        found.setdefault(name, []).append([float(number) for number in numbers])
    _, _, failed, wall, cpu = out[-1].split(",")
    assert failed == "0", f"{method}: {failed} failed"
    return {name: numpy.array(rows) for name, rows in found.items()}, float(cpu), float(wall)


def theirs(group, train, m, h):
    """Forecasts of statsforecast by method and name, and processor time."""
    cached = {}
    if CACHE and os.path.exists(CACHE):
        with open(CACHE, "rb") as file:
            cached = pickle.load(file)
    if group in cached:
        return cached[group], True
    models = {"AutoETS": AutoETS(season_length=m), "DynamicOptimizedTheta": DynamicOptimizedTheta(season_length=m),
              "SeasonalNaive": SeasonalNaive(season_length=m) if m > 1 else Naive()}
    found = {}
    for name, model in models.items():
        model.forecast(next(iter(train.values())), h, level=[80, 95])
        cpu, rows = time.process_time(), {}
        for series, y in train.items():
            f = model.forecast(y, h, level=[80, 95])
            rows[series] = numpy.c_[f["mean"], f["lo-80"], f["hi-80"], f["lo-95"], f["hi-95"]]
        found[name] = rows, time.process_time() - cpu
    (ets, cpu_ets), (dot, cpu_dot) = found["AutoETS"], found["DynamicOptimizedTheta"]
    found["mean(ETS, DOT)"] = {name: (ets[name] + dot[name]) / 2 for name in train}, cpu_ets + cpu_dot
    if CACHE:
        with open(CACHE, "wb") as file:
            pickle.dump(cached | {group: found}, file)
    return found, False


def score(forecasts, train, actual, benchmark, m):
    """All measures of a method; series in rows, periods in columns."""
    f = numpy.array([forecasts[name] for name in train])
    mean = f[..., 0] if f.ndim == 3 else f
    scale = numpy.array([numpy.abs(y[m:] - y[:-m]).mean() for y in train.values()])[:, None]
    symmetric = lambda p: (200 * numpy.abs(actual - p) / (numpy.abs(actual) + numpy.abs(p))).mean()  # noqa: E731
    scaled = lambda p: (numpy.abs(actual - p) / scale).mean()  # noqa: E731
    figures = {"smape": symmetric(mean), "mase": scaled(mean)}
    figures["owa"] = 0.5 * (figures["smape"] / symmetric(benchmark) + figures["mase"] / scaled(benchmark))
    if f.ndim == 3:
        low, high = f[..., 3], f[..., 4]
        inside95 = (actual >= low) & (actual <= high)
        beyond = numpy.maximum(low - actual, 0) + numpy.maximum(actual - high, 0)
        figures |= {"cov80": ((actual >= f[..., 1]) & (actual <= f[..., 2])).mean(), "cov95": inside95.mean()}
        figures["msis"] = ((high - low + 2 / 0.05 * beyond) / scale).mean()
        figures["by_horizon"] = " ".join(f"{share:.3f}" for share in inside95.mean(0))
    return figures


def main():
    warnings.simplefilter("ignore")
    stamp = datetime.date.today().isoformat()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    versions = f"statsforecast {statsforecast.__version__}, numpy {numpy.__version__}"
    header = ["date", "group", "series", "tool", "method", "smape", "mase", "owa", "cov80", "cov95", "msis", "cpu_ms_a_series",
              "series_a_second", "by_horizon", "note", "load", "versions", "machine"]
    published = pandas.read_parquet(DATA / "m3_published_forecasts.parquet")
    measured = []
    for group in CHOSEN:
        m, h = GROUPS[group]
        train, test = values(group, "train"), values(group, "test")
        actual = numpy.array([test[name] for name in train])
        benchmark = numpy.array([naive2(y, m, h) for y in train.values()])
        found = []
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "series"
            lines = (f"{name} {m} {h} " + " ".join(map(repr, map(float, y))) for name, y in train.items())
            path.write_text("\n".join(lines) + "\n")
            for method in OURS:
                forecasts, cpu, _ = ours(path, method)
                found.append(("emptor", method, forecasts, cpu, len(train) / cpu if cpu > 0 else None, ""))
            for threads in ("1", "2"):
                forecasts, cpu, wall = ours(path, "automatic", threads)
                note = "intervals calibrated; series a second by the clock"
                found.append(("emptor", f"panel, {threads} threads", forecasts, cpu, len(train) / wall, note))
        peers, cached = theirs(group, train, m, h)
        for method, (forecasts, cpu) in peers.items():
            note = "times of an earlier run" if cached else ""
            found.append(("statsforecast", method, forecasts, cpu, len(train) / cpu, note))
        rows = published[published.id.isin(list(train))].sort_values(["method", "id", "h"])
        for method, own in rows.groupby("method"):
            if len(own) == len(train) * h:
                forecasts = dict(zip(own.id.to_numpy()[::h], own.forecast.to_numpy(float).reshape(-1, h)))
                found.append(("published", method, forecasts, None, None, ""))
        for tool, method, forecasts, cpu, rate, note in found:
            figures = score(forecasts, train, actual, benchmark, m)
            shown = [f"{figures[key]:.4f}" if key in figures else "" for key in ("smape", "mase", "owa", "cov80", "cov95", "msis")]
            times = ["" if cpu is None else f"{cpu / len(train) * 1e3:.4f}", "" if rate is None else f"{rate:.0f}"]
            load = f"{os.getloadavg()[0]:.1f}"
            measured.append([stamp, group, str(len(train)), tool, method, *shown, *times, figures.get("by_horizon", ""), note, load,
                             versions, machine])
            if tool != "published" or method in PUBLISHED:
                print(f"{group:10}{tool:14}{method:26}", *shown, *times, flush=True)
    kept = []
    if RECORD.exists():
        again = {(row[1], row[3], row[4]) for row in measured}
        with RECORD.open(newline="") as file:
            kept = [row for row in list(csv.reader(file))[1:] if (row[1], row[3], row[4]) not in again]
    with RECORD.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(kept + measured)


if __name__ == "__main__":
    main()
