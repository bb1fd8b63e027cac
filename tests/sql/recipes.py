"""Runs the recipes of the guide's chapter on databases as they stand there.

    python recipes.py GUIDE FOLDER

GUIDE is the chapter. FOLDER has orders.csv (customer_id, ordered_on, net) and customers.parquet. Every recipe gets a folder of
its own in it, where it leaves what it makes; the caller looks whether that is right. Prints a line per recipe, `skipped` with
the reason where its program or module is not there.
"""

import csv
import os
import re
import shutil
import subprocess
import sys

from check import PostgreSql

COLUMNS = "customer_id {text}, ordered_on {day}, net {double}"


class Skipped(Exception):
    """What a recipe needs is not here."""


def recipes(guide):
    """The code blocks of the chapter's databases: the sentence before each, its language and its text."""
    chapter = open(guide, encoding="utf-8").read().split("\n## Databases\n")[1]
    blocks = re.findall(r"([^\n]+):\n\n```(\w+)\n(.*?)```", chapter, flags=re.S)
    return [(said, language, code) for said, language, code in blocks if language in ("sh", "python", "sql")]


def quoted(code):
    """The query in a command."""
    return re.search(r'"((?:COPY|SELECT).*)"', code, flags=re.S)[1]


def module(name):
    try:
        return __import__(name)
    except ImportError as reason:
        raise Skipped(str(reason)) from reason


def orders(folder):
    with open(os.path.join(folder, "orders.csv"), newline="", encoding="utf-8") as file:
        return [tuple(row) for row in list(csv.reader(file))[1:]]


def shell(code, place, **environment):
    subprocess.run(["sh", "-c", code], cwd=place, check=True, env={**os.environ, **environment}, stdout=subprocess.DEVNULL)


class Server:
    """One PostgreSQL for all recipes, with the orders in it; None where there is none."""

    def __init__(self, folder):
        self.there = None
        if shutil.which("psql") is None:
            self.why = "no psql"
            return
        try:
            self.there = PostgreSql()
        except (ImportError, OSError, RuntimeError) as reason:
            self.why = str(reason)
            return
        table = COLUMNS.format(text="TEXT", day="DATE", double="DOUBLE PRECISION")
        lines = open(os.path.join(folder, "orders.csv"), encoding="utf-8").read()
        scores = "CREATE TABLE scores (customer_id TEXT, p_alive DOUBLE PRECISION);"
        self.there.psql(f"CREATE TABLE orders ({table}); {scores}\n\\copy orders FROM STDIN CSV HEADER\n{lines}\\.\n")

    def get(self):
        if self.there is None:
            raise Skipped(self.why)
        return self.there

    def run(self, code, place):
        shell(code, place, DATABASE_URL=f"postgresql://emptor@/postgres?host={self.get().folder}")

    def close(self):
        if self.there:
            self.there.close()


def into_postgresql(code, folder, place, server):
    ids = sorted({row[0] for row in orders(folder)})
    with open(os.path.join(place, "scores.csv"), "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("customer_id", "p_alive")] + [(id, 0.5) for id in ids])
    server.run(code, place)
    found = server.get().query("SELECT COUNT(*) AS n FROM scores")[0]["n"]
    assert int(found) == len(ids), found


def duckdb(code, folder, place):
    path = os.path.join(folder, "orders.csv").replace("'", "''")
    with module("duckdb").connect(os.path.join(place, "shop.db")) as shop:
        types = "{'customer_id': 'VARCHAR', 'ordered_on': 'DATE', 'net': 'DOUBLE'}"
        shop.execute(f"CREATE TABLE orders AS SELECT * FROM read_csv('{path}', header = true, columns = {types})")
    # The module brings no command: the query is run as the command would run it.
    here = os.getcwd()
    os.chdir(place)
    try:
        module("duckdb").connect("shop.db").execute(quoted(code))
    finally:
        os.chdir(here)


def sqlite(code, folder, place):
    import sqlite3

    with sqlite3.connect(os.path.join(place, "shop.sqlite")) as shop:
        shop.execute(f"CREATE TABLE orders ({COLUMNS.format(text='TEXT', day='TEXT', double='REAL')})")
        shop.executemany("INSERT INTO orders VALUES (?, ?, ?)", orders(folder))
        shop.commit()
        if shutil.which("sqlite3"):
            shell(code, place)
            return
        found = shop.execute(quoted(code))
        with open(os.path.join(place, "orders.csv"), "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([[column[0] for column in found.description], *found])


def pandas(code, folder, place):
    pandas = module("pandas")
    module("pyarrow")
    read = pandas.read_csv(os.path.join(folder, "orders.csv"), dtype={"customer_id": str}, parse_dates=["ordered_on"])
    names = {"pandas": pandas, "orders": read.rename(columns={"ordered_on": "date", "net": "amount"})}
    os.makedirs(os.path.join(place, "out"))
    shutil.copy(os.path.join(folder, "customers.parquet"), os.path.join(place, "out"))
    here = os.getcwd()
    os.chdir(place)
    try:
        exec(code, names)
    finally:
        os.chdir(here)
    assert len(names["customers"]) > 0


def history(code, folder, place, server):
    """The columns of a scorer, by both databases where they are here."""
    query = "SELECT * FROM crm.customers ORDER BY customer_id"
    done = []
    try:
        database = server.get()
        database.psql(f"CREATE SCHEMA crm; {code}")
        rows = database.query(query)
        done.append(("postgresql", rows))
    except Skipped:
        pass
    try:
        shop = module("duckdb").connect(":memory:")
        shop.execute(f"CREATE TABLE orders ({COLUMNS.format(text='TEXT', day='DATE', double='DOUBLE')}); CREATE SCHEMA crm")
        shop.executemany("INSERT INTO orders VALUES (?, ?, ?)", orders(folder))
        shop.execute(code)
        found = shop.execute(query)
        names = [column[0] for column in found.description]
        done.append(("duckdb", [dict(zip(names, row)) for row in found.fetchall()]))
    except Skipped:
        pass
    if not done:
        raise Skipped("neither database is here")
    for name, rows in done:
        with open(os.path.join(place, f"{name}.csv"), "w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def main(guide, folder):
    server = Server(folder)
    # By the words before them.
    known = [
        ("Back into PostgreSQL", "scores", lambda code, place: into_postgresql(code, folder, place, server)),
        ("PostgreSQL", "postgresql", lambda code, place: server.run(code, place)),
        ("DuckDB", "duckdb", lambda code, place: duckdb(code, folder, place)),
        ("SQLite", "sqlite", lambda code, place: sqlite(code, folder, place)),
        ("pandas", "pandas", lambda code, place: pandas(code, folder, place)),
        ("The columns of these two parts", "history", lambda code, place: history(code, folder, place, server)),
    ]
    try:
        for said, _, code in recipes(guide):
            found = next(((name, run) for start, name, run in known if said.startswith(start)), None)
            # Lines before the code may begin with other words.
            if found is None:
                raise SystemExit(f"nobody runs the recipe after: {said}")
            name, run = found
            place = os.path.join(folder, name)
            os.makedirs(place)
            try:
                run(code, place)
                print(f"{name}: done")
            except Skipped as reason:
                shutil.rmtree(place)
                print(f"{name}: skipped ({reason})")
    finally:
        server.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
