"""Runs the scoring queries in the databases there are, and compares with the engine's own scores.

    python check.py FOLDER

FOLDER has one folder per base: columns.txt (the columns of the table, customer_id first), inputs.csv, expected.csv (both with
a header, unknown values empty), duckdb.sql and postgresql.sql, which read the table crm.customers; and grades.txt, pairs of
lines: a grade, and the condition that selects its customers.

DuckDB is asked through its Python module, PostgreSQL by a cluster of its own in a temporary folder. Prints a line per base and
database, `skipped` with the reason where there is none; ends with 1 if one disagrees.
"""

import csv
import glob
import os
import shutil
import subprocess
import sys
import tempfile

DATABASE = 1e-9  # a database rounds logarithms and powers in its own way
NUMBERS = ["p_alive", "expected_spend"]
LABELS = ["r_score", "f_score", "m_score", "rfm_segment", "grade"]


def read(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def compare(expected, found):
    """The first disagreement, or None."""
    found = {row["customer_id"]: row for row in found}
    if len(found) != len(expected):
        return f"{len(found)} customers of {len(expected)}"
    for row in expected:
        other = found[row["customer_id"]]
        for name in NUMBERS:
            ours, theirs = row[name], other[name]
            if (ours == "") != (theirs == ""):
                return f"{row['customer_id']}: {name} is {theirs!r}, not {ours!r}"
            if ours and abs(float(ours) - float(theirs)) > DATABASE * max(1.0, abs(float(ours))):
                return f"{row['customer_id']}: {name} is {theirs}, not {ours}"
        for name in LABELS:
            if row[name] != other[name]:
                return f"{row['customer_id']}: {name} is {other[name]!r}, not {row[name]!r}"
    return None


def conditions(base):
    """Grades with the conditions that select their customers."""
    parts = open(os.path.join(base, "grades.txt"), encoding="utf-8").read().split("\n\n")
    return [part.split("\n", 1) for part in parts if part.strip()]


def check_conditions(expected, base, count):
    for grade, condition in conditions(base):
        ours, theirs = sum(row["grade"] == grade for row in expected), count(condition)
        if ours != theirs:
            return f"the condition of grade {grade} selects {theirs} customers, not {ours}"
    return None


def table(columns, double):
    names = ", ".join(f'"{name}" {"TEXT" if i == 0 else double}' for i, name in enumerate(columns))
    return f"CREATE SCHEMA IF NOT EXISTS crm; DROP TABLE IF EXISTS crm.customers; CREATE TABLE crm.customers ({names});"


class DuckDb:
    name = "duckdb"

    def __init__(self):
        import duckdb

        self.connection = duckdb.connect()

    def load(self, base, columns):
        self.connection.execute(table(columns, "DOUBLE"))
        path = os.path.join(base, "inputs.csv").replace("'", "''")
        self.connection.execute(f"COPY crm.customers FROM '{path}' (HEADER, NULLSTR '')")

    def query(self, sql):
        result = self.connection.execute(sql)
        names = [column[0] for column in result.description]
        text = lambda value: "" if value is None else repr(value) if isinstance(value, float) else str(value)
        return [dict(zip(names, map(text, row))) for row in result.fetchall()]

    def close(self):
        self.connection.close()


class PostgreSql:
    name = "postgresql"

    def __init__(self):
        # Debian keeps the programs of a server out of the path.
        found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), reverse=True) + [shutil.which("initdb")]
        if found[0] is None:
            raise ImportError("no initdb")
        self.bin = os.path.dirname(os.path.realpath(found[0]))
        # A server refuses to be root.
        self.user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        self.folder = tempfile.mkdtemp(prefix="emptor-pg-", dir="/tmp")
        if self.user:
            shutil.chown(self.folder, "postgres")
        self.run([f"{self.bin}/initdb", "-D", f"{self.folder}/data", "-A", "trust", "-U", "emptor", "-E", "UTF8"])
        options = f"-c listen_addresses= -c unix_socket_directories={self.folder} -c fsync=off"
        self.run([f"{self.bin}/pg_ctl", "-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/log", "-o", options, "start"])

    def run(self, command, text=None):
        done = subprocess.run(self.user + command, input=text, capture_output=True, text=True, cwd="/tmp")
        if done.returncode != 0:
            raise RuntimeError(f"{command[0]}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout

    def psql(self, sql):
        command = [f"{self.bin}/psql", "-h", self.folder, "-U", "emptor", "-d", "postgres", "-q", "--csv", "-v", "ON_ERROR_STOP=1"]
        return self.run(command, sql)

    def load(self, base, columns):
        lines = open(os.path.join(base, "inputs.csv"), encoding="utf-8").read()
        self.psql(f"{table(columns, 'DOUBLE PRECISION')}\n\\copy crm.customers FROM STDIN CSV HEADER\n{lines}\\.\n")

    def query(self, sql):
        return list(csv.DictReader(self.psql(sql + ";\n").splitlines()))

    def close(self):
        self.run([f"{self.bin}/pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop"])
        shutil.rmtree(self.folder, ignore_errors=True)


def main(folder):
    agree = True
    for kind in [DuckDb, PostgreSql]:
        try:
            database = kind()
        except (ImportError, OSError, RuntimeError) as reason:
            print(f"{kind.name}: skipped ({reason})")
            continue
        try:
            for base in sorted(path for path in glob.glob(os.path.join(folder, "*")) if os.path.isdir(path)):
                columns = open(os.path.join(base, "columns.txt"), encoding="utf-8").read().split()
                database.load(base, columns)
                sql = open(os.path.join(base, f"{database.name}.sql"), encoding="utf-8").read()
                expected = read(os.path.join(base, "expected.csv"))
                count = lambda condition: int(
                    database.query(f"SELECT COUNT(*) AS n FROM crm.customers WHERE {condition}")[0]["n"]
                )
                wrong = compare(expected, database.query(sql)) or check_conditions(expected, base, count)
                print(f"{database.name}: {os.path.basename(base)}: {wrong or f'{len(expected)} customers agree'}")
                agree = agree and wrong is None
        finally:
            database.close()
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
