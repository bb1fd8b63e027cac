"""Measures response models beside scikit-learn and statsmodels, on the same rows, in one run.

Needs: pip install scikit-learn==1.9.1 statsmodels==0.15.0 pandas pyarrow; a release build of the example `response`:
    cargo build --release -p emptor-learn --features boosting --example response
Run:
    python3 benches/peers/sklearn_response.py [FOLDER WITH bank_marketing/bank_full.parquet]
The folder is EMPTOR_DATASETS by default. Set RESPONSE to the path of the program where it is not in
target/release/examples.

Bank marketing (Moro, Cortez and Rita 2014) without `duration`, which is known only after the call. Test rows are every
fifth row, and the last fifth (rows are in order of date). Both sides fit an unpenalised logistic regression with the most
frequent level as reference, and boosting at their defaults. Times are CPU seconds of the fit with its encoding, the
least of five on one thread, without reading and scoring; ours includes standard errors and the leakage screen. A second
table of 100,000 rows and 20 numbers shows speed. Appends to benches/record/response.csv.
"""

import csv
import datetime
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile
import time

os.environ.update({name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")})

import numpy
import pandas
import sklearn
import statsmodels
import statsmodels.api
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

HERE = pathlib.Path(__file__).resolve().parent
TARGET = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", HERE.parent.parent / "target"))
RESPONSE = os.environ.get("RESPONSE", str(TARGET / "release" / "examples" / "response"))
RECORD = HERE.parent / "record" / "response.csv"
FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("EMPTOR_DATASETS", "."))


def least_cpu(fit, runs=5):
    """The fitted model and the least CPU seconds of several fits."""
    least = float("inf")
    for _ in range(runs):
        before = time.process_time()
        model = fit()
        least = min(least, time.process_time() - before)
    return model, least


def emptor(path, *options):
    """Models by name with AUC, its standard error and CPU seconds; coefficients by term; the whole output."""
    out = subprocess.run([RESPONSE, path, *options], capture_output=True, text=True, check=False)
    text = out.stdout + out.stderr
    models = {m[1]: tuple(map(float, m.group(2, 3, 4))) for m in re.finditer(r"^(\w+) auc (\S+) se (\S+) cpu (\S+)", text, re.M)}
    rows = [line for line in text.splitlines() if line.endswith(")") and " to " in line]
    pattern = re.compile(r"(.+?) +(-?[\d.]+) +([\d.]+) +[\d.e-]+  ")
    coefficients = {m[1]: (float(m[2]), float(m[3])) for m in map(pattern.match, rows) if m}
    return models, coefficients, text


def peers(table, event, test):
    """scikit-learn's models on the same rows, and statsmodels' coefficients."""
    train = ~test
    numbers = list(table.select_dtypes("number"))
    words = [name for name in table if name not in numbers]
    first = [table[name][train].value_counts().index[0] for name in words]

    # A level that the fit has not seen is the reference to scikit-learn and the average of the levels to emptor: the line
    # "unseen as average" gives scikit-learn's coefficients emptor's rule.
    one_hot = OneHotEncoder(drop=first, sparse_output=False, handle_unknown="ignore")

    def logistic(**options):
        encoder = make_column_transformer((StandardScaler(), numbers), (one_hot, words))
        model = make_pipeline(encoder, LogisticRegression(C=numpy.inf, max_iter=10_000, **options))
        return model.fit(table[train], event[train])

    def averaged(model, words):
        encoder, regression = model[0], model[1]
        before, after = encoder.transform(table[train]), encoder.transform(table[test])
        start = len(numbers)
        for word in words:
            count = table[word][train].nunique() - 1
            unseen = ~table[word][test].isin(table[word][train]).to_numpy()
            after[unseen, start : start + count] = before[:, start : start + count].mean(axis=0)
            start += count
        return regression.decision_function(after)

    categories = table.astype(dict.fromkeys(words, "category"))

    def boosting(**options):
        model = HistGradientBoostingClassifier(categorical_features="from_dtype", random_state=0, **options)
        return model.fit(categories[train], event[train])

    result = {}
    for name, fit, data in (
        ("logistic, tol 1e-10", lambda: logistic(tol=1e-10), table),
        ("logistic, defaults (lbfgs)", logistic, table),
        ("logistic, newton-cholesky", lambda: logistic(solver="newton-cholesky"), table),
        ("boosting, defaults", boosting, categories),
        ("boosting, no early stop", lambda: boosting(early_stopping=False), categories),
    ):
        model, seconds = least_cpu(fit)
        result[name] = (roc_auc_score(event[test], model.predict_proba(data[test])[:, 1]), seconds)
        if name == "logistic, tol 1e-10" and not all(table[word][test].isin(table[word][train]).all() for word in words):
            result[name + ", unseen as average"] = (roc_auc_score(event[test], averaged(model, words)), seconds)
    columns = {"intercept": numpy.ones(train.sum())}
    columns |= {name: table[name][train].to_numpy(float) for name in numbers}
    for name, reference in zip(words, first):
        for level in table[name][train].unique():
            if level != reference:
                columns[f"{name} = {level} (against {reference})"] = (table[name][train] == level).to_numpy(float)
    design = pandas.DataFrame(columns)
    glm = statsmodels.api.GLM(event[train].to_numpy(), design, family=statsmodels.api.families.Binomial())
    glm, seconds = least_cpu(lambda: glm.fit(tol=1e-12), runs=1)
    result["statsmodels GLM (design given)"] = (float("nan"), seconds)
    return result, dict(zip(columns, zip(glm.params, glm.bse)))


def compare(name, table, event, path, split, options):
    rows = numpy.arange(len(table))
    test = rows % 5 == 0 if split == "fifth" else rows >= len(rows) - round(0.2 * len(rows))
    ours, coefficients, text = emptor(path, "--event", "y=yes", "--split", split, *options)
    theirs, expected = peers(table, pandas.Series(event), test)
    if set(coefficients) != set(expected):
        sys.exit(f"other terms: {set(coefficients) ^ set(expected)}\n{text}")
    worst = max(abs(coefficients[term][k] - expected[term][k]) for term in expected for k in (0, 1))
    print(f"\n{name}, test = {split}: coefficients and standard errors differ from statsmodels by at most {worst:.1e}")
    lines = [(f"emptor {model}", auc, se, cpu) for model, (auc, se, cpu) in ours.items()]
    lines += [(f"scikit-learn {model}".replace("scikit-learn stats", "stats"), auc, None, cpu) for model, (auc, cpu) in theirs.items()]
    for model, auc, se, cpu in lines:
        print(f"  {model:<44} AUC {auc:.9f}" + (f" (s.e. {se:.4f})" if se else " " * 14) + f"  {cpu:.4f} s CPU")
    return [[name, split, model, f"{auc:.9f}", "" if se is None else f"{se:.6f}", f"{cpu:.4f}"] for model, auc, se, cpu in lines]


def main():
    bank = pandas.read_parquet(FOLDER / "bank_marketing" / "bank_full.parquet")
    generator = numpy.random.default_rng(1)
    wide = pandas.DataFrame(generator.normal(size=(100_000, 20)).round(6), columns=[f"x{k}" for k in range(20)])
    log_odds = wide.to_numpy() @ generator.normal(scale=0.4, size=20) - 3.3
    wide["y"] = numpy.where(generator.random(100_000) < 1 / (1 + numpy.exp(-log_odds)), "yes", "no")
    records = []
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "bank.csv")
        bank.to_csv(path, index=False)
        for split in ("fifth", "last"):
            features = bank.drop(columns=["y", "duration"])
            records += compare("bank_marketing", features, bank["y"] == "yes", path, split, ["--without", "duration"])
        _, _, text = emptor(path, "--event", "y=yes", "--after", "duration")
        print("\nwith duration, declared to be known only after the call:")
        print("  " + "\n  ".join(line for line in text.splitlines() if "duration" in line))
        path = os.path.join(folder, "wide.csv")
        wide.to_csv(path, index=False)
        records += compare("20 numbers", wide.drop(columns="y"), wide["y"] == "yes", path, "fifth", [])
    versions = f"scikit-learn {sklearn.__version__}, statsmodels {statsmodels.__version__}"
    machine = f"{platform.machine()}, {os.cpu_count()} cores, one thread, load {os.getloadavg()[0]:.0f}"
    new = not RECORD.exists()
    with RECORD.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        if new:
            writer.writerow(["date", "data", "test", "model", "auc", "auc_se", "cpu_s", "versions", "machine"])
        writer.writerows([datetime.date.today().isoformat(), *record, versions, machine] for record in records)


main()
