"""Measures emptor's intermittent demand beside statsforecast's, in one run on the same series.

Needs: pip install statsforecast pandas pyarrow; the folder of the public data sets in EMPTOR_DATASETS
(carparts/carparts.parquet: part, month, demand); a release build of the program `measure_intermittent`:
    cargo build --release -p emptor-forecast --no-default-features --example measure_intermittent
Run:
    EMPTOR_DATASETS=... python3 benches/peers/statsforecast_carparts.py
Set MEASURE to the path of the program where it is not target/release/examples/measure_intermittent.

Fits all series on their known months up to the last six of the set, prints one line per method and writes them to
benches/record/carparts.csv: the greatest difference between the two forecasts over all series; RMSSE, MASE and the ratio of
sums over the six months held out, of series with at least two sales and all months known; CPU microseconds per series
of one thread without reading files, the median of RUNS runs in turns. statsforecast is called as its users call it,
`model.forecast(y, 6)`, so its time holds the overhead of a call from Python. The optimised forms of Croston differ for 21
series whose intervals are two, or equal up to the last: their squared errors are the same for any parameter, emptor takes
the middle of the range, and statsforecast what rounding leaves.
"""

import csv
import datetime
import os
import pathlib
import platform
import statistics
import subprocess
import tempfile
import time
import warnings

import numpy
import pandas
import statsforecast
from statsforecast.models import ADIDA, TSB, CrostonClassic, CrostonOptimized, CrostonSBA, SimpleExponentialSmoothing

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
MEASURE = os.environ.get("MEASURE", str(TARGET / "release" / "examples" / "measure_intermittent"))
RECORD = HERE.parent / "record" / "carparts.csv"
HELD_OUT, RUNS, PASSES = 6, 3, 20
METHODS = {
    "croston": CrostonClassic(),
    "sba": CrostonSBA(),
    "croston_optimised": CrostonOptimized(),
    "tsb": TSB(0.2, 0.2),
    "adida": ADIDA(),
    "ses": SimpleExponentialSmoothing(0.1),
}


def emptor(path, method):
    environment = {**os.environ, "RAYON_NUM_THREADS": "1"}
    out = subprocess.run([MEASURE, path, method, str(PASSES)], check=True, stdout=subprocess.PIPE, text=True, env=environment)
    seconds, *rates = map(float, out.stdout.split())
    return seconds, numpy.array(rates)


def peer(training, model):
    start = time.process_time()
    rates = [model.forecast(y, HELD_OUT)["mean"] for y in training]
    return time.process_time() - start, numpy.array([rate[0] for rate in rates])


def scores(training, test, rates):
    """RMSSE, MASE and ratio of sums; scales are those of the last value as the forecast of the next."""
    squared, absolute = [], []
    for y, actual, rate in zip(training, test, rates):
        steps = numpy.diff(y)
        squared.append(numpy.sqrt(numpy.mean((actual - rate) ** 2) / numpy.mean(steps**2)))
        absolute.append(numpy.mean(numpy.abs(actual - rate)) / numpy.mean(numpy.abs(steps)))
    return numpy.mean(squared), numpy.mean(absolute), sum(rates) * HELD_OUT / sum(map(sum, test))


def main():
    warnings.simplefilter("ignore")
    long = pandas.read_parquet(pathlib.Path(os.environ["EMPTOR_DATASETS"]) / "carparts" / "carparts.parquet")
    wide = long.pivot(index="part", columns="month", values="demand").to_numpy(float)
    training = [row[:-HELD_OUT][~numpy.isnan(row[:-HELD_OUT])] for row in wide]
    judged = [i for i, row in enumerate(wide) if not numpy.isnan(row).any() and (training[i] > 0).sum() >= 2]
    machine = f"{platform.machine()}, {os.cpu_count()} cores, one thread, load {os.getloadavg()[0]:.0f}"
    version = f"statsforecast {statsforecast.__version__}, numpy {numpy.__version__}"
    rows = []
    with tempfile.NamedTemporaryFile("w") as file:
        file.writelines(",".join(map(repr, map(float, y))) + "\n" for y in training)
        file.flush()
        for method, model in METHODS.items():
            model.forecast(training[0], HELD_OUT)
            runs = [(emptor(file.name, method), peer(training, model)) for _ in range(RUNS)]
            difference = numpy.abs(runs[0][0][1] - runs[0][1][1]).max()
            for tool, results in (("emptor", [own for own, _ in runs]), ("statsforecast", [other for _, other in runs])):
                micros = statistics.median(seconds for seconds, _ in results) * 1e6 / len(training)
                rates = results[0][1]
                figures = scores([training[i] for i in judged], [wide[i, -HELD_OUT:] for i in judged], rates[judged])
                text = [f"{figure:.4f}" for figure in figures]
                rows.append([datetime.date.today(), method, len(training), tool, f"{difference:.1e}", len(judged), *text])
                rows[-1] += [f"{micros:.3f}", version, machine]
                print(*rows[-1], sep=",", flush=True)
    with open(RECORD, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        header = "date,method,series,tool,greatest_difference,judged,rmsse,mase,sum_ratio,cpu_us_per_series,versions,machine"
        writer.writerow(header.split(","))
        writer.writerows(rows)


if __name__ == "__main__":
    main()
