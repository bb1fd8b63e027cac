"""Measures association rules of emptor beside mlxtend, in one run on the same baskets.

Needs: pip install mlxtend pyarrow; a release build of the program `measure_rules`:
    cargo build --release -p emptor-core --example measure_rules
Run:
    EMPTOR_DATASETS=... python3 benches/peers/mlxtend_rules.py
EMPTOR_DATASETS is the folder that holds online_retail/online_retail_year_2010_2011.parquet (UCI "Online Retail", 541,909
lines). Set MEASURE to the path of the program where it is not target/release/examples/measure_rules, ROUNDS to repeat more
or less often than 3 times.

Baskets are the invoices with goods: lines with a positive quantity and price, no cancellations. Supports 2 %, 1 % and 0.5 %, sets of
up to 4 items, rules with a confidence of at least 0.3 and any number of items on both sides. One thread each.

emptor    from the numbers of baskets and items to all rules with all measures, Fisher's test and q-values
mlxtend   TransactionEncoder (sparse), fpgrowth, association_rules; no test of significance. `cpu_encode` is the part of
          the encoder; `cpu_ratio` is with it, `cpu_ratio_encoded` without.

Sets, counts and the measures that both have must agree; `difference` is the greatest absolute difference of a measure
(conviction relative, as it has no bound). `memory` is bytes at the peak beyond the input; of mlxtend by tracemalloc in a
run of its own that is not timed. Rounds are interleaved; figures are medians. Writes benches/record/rules.csv; rows
measured again replace older ones.
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
import tracemalloc
import warnings

import mlxtend
import numpy
import pandas
from mlxtend.frequent_patterns import association_rules, fpgrowth
from mlxtend.preprocessing import TransactionEncoder

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
MEASURE = os.environ.get("MEASURE", str(TARGET / "release" / "examples" / "measure_rules"))
RECORD = HERE.parent / "record" / "rules.csv"
DATA = pathlib.Path(os.environ["EMPTOR_DATASETS"]) / "online_retail" / "online_retail_year_2010_2011.parquet"
ROUNDS = int(os.environ.get("ROUNDS", "3"))
LENGTH, CONFIDENCE = 4, 0.3
OURS = ["support", "confidence", "lift", "leverage", "conviction", "zhang", "jaccard", "kulczynski", "p", "q"]
THEIRS = ["support", "confidence", "lift", "leverage", "conviction", "zhangs_metric", "jaccard", "kulczynski"]


def lines():
    """Numbers of basket and item of every line of goods."""
    frame = pandas.read_parquet(DATA)
    goods = (frame.Quantity > 0) & (frame.UnitPrice > 0) & ~frame.InvoiceNo.astype(str).str.startswith("C")
    frame = frame[goods]
    baskets, _ = pandas.factorize(frame.InvoiceNo)
    items, _ = pandas.factorize(frame.StockCode, sort=True)
    return baskets.astype("<u4"), items.astype("<u4")


def ours(folder, support):
    """One run of `measure_rules`."""
    command = [MEASURE, folder, support, LENGTH, CONFIDENCE, 1]
    out = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True).stdout
    fields = ["wall", "cpu", "sets", "rules", "memory", "cpu_rules"]
    return dict(zip(fields, map(float, out.strip().split(",")))) | {"cpu_encode": ""}


def theirs(transactions, support):
    """One run of mlxtend."""
    warnings.simplefilter("ignore")
    wall, cpu = time.perf_counter(), time.process_time()
    encoder = TransactionEncoder()
    matrix = encoder.fit(transactions).transform(transactions, sparse=True)
    frame = pandas.DataFrame.sparse.from_spmatrix(matrix, columns=[str(c) for c in encoder.columns_])
    encoded = time.process_time()
    sets = fpgrowth(frame, min_support=support, use_colnames=True, max_len=LENGTH)
    mined = time.process_time()
    rules = association_rules(sets, num_itemsets=len(transactions), metric="confidence", min_threshold=CONFIDENCE)
    end = time.process_time()
    figures = {"wall": time.perf_counter() - wall, "cpu": end - cpu, "sets": len(sets), "rules": len(rules)}
    return figures | {"cpu_encode": encoded - cpu, "cpu_rules": end - mined, "memory": ""}, sets, rules


def difference(folder, n, sets, rules):
    """Greatest difference of a measure; fails if sets or rules differ."""
    read = lambda text: frozenset(text.split())  # noqa: E731
    own = {}
    for line in (folder / "sets").read_text().splitlines():
        items, count = line.split(";")
        own[read(items)] = int(count)
    peer = {frozenset(items): round(support * n) for items, support in zip(sets.itemsets, sets.support)}
    assert own == peer, "sets differ"
    measured = {}
    for line in (folder / "rules").read_text().splitlines():
        a, b, *measures = line.split(";")
        measured[read(a), read(b)] = dict(zip(OURS, map(float, measures)))
    greatest = 0.0
    assert len(measured) == len(rules), "rules differ"
    for row in rules.to_dict("records"):
        mine = measured[frozenset(row["antecedents"]), frozenset(row["consequents"])]
        for own_name, name in zip(OURS, THEIRS):
            x, y = mine[own_name], row[name]
            if numpy.isnan(x) or (numpy.isinf(x) and numpy.isinf(y)):
                continue
            scale = abs(x) if name == "conviction" else 1.0
            greatest = max(greatest, abs(x - y) / scale)
    return greatest


def main():
    baskets, items = lines()
    transactions = [[str(i) for i in part] for part in pandas.Series(items).groupby(baskets).agg(list)]
    n = len(transactions)
    stamp = datetime.date.today().isoformat()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    versions = f"mlxtend {mlxtend.__version__}, pandas {pandas.__version__}"
    header = ["date", "task", "lines", "baskets", "tool", "rounds", "wall", "cpu", "cpu_encode", "cpu_rules", "sets", "rules",
              "memory", "difference", "cpu_ratio", "cpu_ratio_encoded", "load", "versions", "machine"]
    measured = []
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        baskets.tofile(folder / "baskets")
        items.tofile(folder / "items")
        for support in (0.02, 0.01, 0.005):
            runs = {"emptor": [], "mlxtend": []}
            for _ in range(ROUNDS):
                runs["emptor"].append(ours(folder, support))
                figures, sets, rules = theirs(transactions, support)
                runs["mlxtend"].append(figures)
            greatest = difference(folder, n, sets, rules)
            tracemalloc.start()
            theirs(transactions, support)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            first = statistics.median(run["cpu"] for run in runs["emptor"])
            for tool, results in runs.items():
                middle = lambda f: statistics.median(r[f] for r in results)  # noqa: E731
                wall, cpu, cpu_rules = middle("wall"), middle("cpu"), middle("cpu_rules")
                encode = middle("cpu_encode") if tool == "mlxtend" else 0.0
                memory = peak if tool == "mlxtend" else int(middle("memory"))
                row = [stamp, f"online retail, support {support}", len(items), n, tool, ROUNDS, f"{wall:.4f}", f"{cpu:.4f}",
                       f"{encode:.4f}", f"{cpu_rules:.4f}", int(results[0]["sets"]), int(results[0]["rules"]), memory,
                       f"{greatest:.2e}", f"{cpu / first:.1f}", f"{(cpu - encode) / first:.1f}", f"{os.getloadavg()[0]:.1f}",
                       versions, machine]
                print(*row, sep="  ", flush=True)
                measured.append([str(field) for field in row])
    kept = []
    if RECORD.exists():
        again = {(row[1], row[4]) for row in measured}
        with RECORD.open(newline="") as file:
            kept = [row for row in list(csv.reader(file))[1:] if (row[1], row[4]) not in again]
    with RECORD.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(kept + measured)


if __name__ == "__main__":
    main()
