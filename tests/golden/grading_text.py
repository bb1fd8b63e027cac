"""How the golden tables of grading are written. Used by grading.py."""

import pathlib

import numpy as np

HERE = pathlib.Path(__file__).parent
PASS = """# One table per family: source, tolerance, cases. A pass is |ours - expected| <= tolerance max(1, |expected|), unless a note
# says otherwise. Inputs are the binary numbers written here. Made by grading.py; do not edit.
#
"""


def text(v):
    if isinstance(v, (bool, np.bool_)):
        return str(bool(v)).lower()
    if isinstance(v, str):
        return '"' + v + '"'
    if isinstance(v, dict):
        return "{ " + ", ".join(f"{k} = {text(x)}" for k, x in v.items()) + " }"
    if isinstance(v, (list, tuple, np.ndarray)):
        return "[" + ", ".join(map(text, v)) + "]"
    if isinstance(v, (int, np.integer)):
        return repr(int(v))
    assert np.isfinite(v), v
    return repr(float(v) + 0.0)


def close(a, b, tolerance=1e-12, label=""):
    """Two ways to one figure agree: |a - b| <= tolerance max(1, |b|)."""
    a, b = np.asarray(a, float), np.asarray(b, float)
    off = np.abs(a - b) / np.maximum(1, np.abs(b))
    assert a.shape == b.shape and np.all(off <= tolerance), (label, a, b, off.max())


def write(name, parts):
    """A file: its notes, its stored data, its families."""
    out = ["".join(f"# {line}\n" for line in parts[0].TITLE) + "#\n" + PASS]
    for part in parts:
        out[0] += "".join(f"# {line}\n" for line in part.NOTES.strip().splitlines())
    names = set()

    def data(key, **fields):
        out.append(f"[data.{key}]\n" + "".join(f"{k} = {text(v)}\n" for k, v in fields.items()))

    def family(key, source, cases, tolerance=1e-12):
        assert key not in names
        names.add(key)
        lines = "".join(f"  {text(case)},\n" for case in cases)
        out.append(f"[{key}]\nsource = {text(source)}\ntolerance = {tolerance!r}\ncases = [\n{lines}]\n")

    for part in parts:
        part.make(data, family)
    (HERE / f"{name}.toml").write_text("\n".join(out), encoding="utf-8")
