"""CPU of a drift report, 100,000 rows against a million of 25 columns; the field beside us.

Each in its own environment, from the same rows in memory; ours also from the files, decoding counted.
Scores are compared with exact ones first. Reports of a turn are interleaved; ratios are medians.
"""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import stats
from scipy.spatial.distance import jensenshannon

import tenure
from benchmarks.peers import environment
from benchmarks.report import Bound, Outcome, check

REFERENCE, CURRENT, LONG = 100_000, 1_000_000, 3_000_000
SCORES = ("ks", "psi", "jensen_shannon", "wasserstein")
NUMBERS, LEVELS = 20, (2, 5, 20, 100, 400)
NEAREST, PEERS = "frouros", ("frouros", "nannyml", "whylogs", "evidently")
TURNS = {"frouros": 3, "nannyml": 3, "whylogs": 1, "evidently": 1}
GOALS = {
    "evidently_over_tenure": Bound(at_least=100),
    "whylogs_over_tenure": Bound(at_least=50),
    "nannyml_over_tenure": Bound(at_least=5),
    "frouros_over_tenure": Bound(at_least=5),
    "ks_error": Bound(at_most=1 / 128),
    "psi_error": Bound(at_most=1e-9),
    "jensen_shannon_error": Bound(at_most=1e-6),
    "wasserstein_relative_error": Bound(at_most=0.01),
    "files_added_mb": Bound(at_most=30),
    "long_files_added_mb": Bound(at_most=30),
}
AIMS = {
    "evidently_over_tenure": Bound(at_least=150),
    "nannyml_over_tenure": Bound(at_least=10),
    "frouros_over_tenure": Bound(at_least=10),
}
PROGRAM = Path(__file__).parent / "peers" / "drift_report.py"


def measure(*, quick: bool) -> Outcome:
    """Check the answers, then let everybody report in turns."""
    peers = (NEAREST,) if quick else PEERS
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        reference, current = Path(folder) / "reference.parquet", Path(folder) / "current.parquet"
        pq.write_table(table(REFERENCE, 0.0, 1), reference)
        pq.write_table(table(CURRENT, 0.15, 2), current)
        figures = errors(reference, current)
        found: dict[str, list[dict[str, Any]]] = {}
        ratios: dict[str, list[float]] = {name: [] for name in peers}
        for turn in range(max(TURNS[name] for name in peers) if not quick else 1):
            asked = [name for name in peers if quick or turn < TURNS[name]]
            now = {name: report(name, reference, current) for name in ("tenure", "files", *asked)}
            for name, one in now.items():
                found.setdefault(name, []).append(one)
            for name in asked:
                ratios[name].append(now[name]["cpu"] / now["tenure"]["cpu"])
        if not quick:
            pq.write_table(table(LONG, 0.15, 3), current)
            figures["long_files_added_mb"] = report("files", reference, current)["added_mb"]
    for name, runs in found.items():
        figures[f"{name}_cpu_s"] = min(one["cpu"] for one in runs)
        figures[f"{name}_added_mb"] = max(one["added_mb"] for one in runs)
    figures |= {f"{name}_over_tenure": median(values) for name, values in ratios.items()}
    versions = {name: environment.version(name, name) for name in peers}
    libraries = ("tenure", "numpy", "polars", "pyarrow", "pandas")
    return Outcome("drift", figures, GOALS, AIMS, libraries, versions)


def table(rows: int, shift: float, seed: int) -> Any:
    """Return 20 columns of numbers, two with nulls, and 5 of text; every second one is shifted."""
    draw = np.random.default_rng(seed)
    columns: dict[str, Any] = {}
    for place in range(NUMBERS):
        by = shift * (place % 2)
        values = (
            draw.normal(by, 1, rows),
            draw.lognormal(by, 1, rows),
            draw.normal(2 * by, 2, rows).round(1),
            draw.exponential(1 + by, rows),
            draw.poisson(3 + 2 * by, rows).astype(float),
        )[place % 5]
        nulls = draw.random(rows) < 0.02 if place in {3, 8} else None
        columns[f"x{place}"] = pa.array(values, mask=nulls)
    for place, many in enumerate(LEVELS):
        weights = np.arange(1, many + 1) ** -0.7
        weights = weights * np.where(np.arange(many) % 2, 1 + 2 * shift * (place % 2), 1.0)
        codes = draw.choice(many, rows, p=weights / weights.sum())
        columns[f"c{place}"] = pa.array([f"level {n}" for n in range(many)]).take(codes)
    return pa.table(columns)


def errors(reference: Path, current: Path) -> dict[str, float]:
    """Return the largest error of each score against what scipy and numpy say of the rows."""
    found = {one.column: one.scores or {} for one in tenure.drift(reference, current).columns}
    errors_of: dict[str, list[float]] = {score: [] for score in SCORES}
    for name in (f"x{place}" for place in range(NUMBERS)):
        x, y = (_column(path, name) for path in (reference, current))
        exact = _exact(x, y)
        scores = found[name]
        inside = scores["ks"] - 1e-9 <= exact["ks"] <= scores["ks_high"] + 1e-9
        check(inside, f"KS of {name} is {exact['ks']}, not in {scores['ks']}-{scores['ks_high']}")
        for score in SCORES:
            errors_of[score].append(abs(scores[score] - exact[score]))
        errors_of["wasserstein"][-1] /= exact["wasserstein"]
    worst = {f"{score}_error": max(errors_of[score]) for score in ("ks", "psi", "jensen_shannon")}
    moved = errors_of["wasserstein"]
    worst["wasserstein_relative_error"] = max(moved[1::2])
    return worst | {"wasserstein_relative_error_of_steady": max(moved[::2])}


def _column(path: Path, name: str) -> Any:
    return pq.read_table(path, columns=[name]).column(0).drop_null().to_numpy()


def _exact(x: Any, y: Any) -> dict[str, float]:
    every = np.concatenate([x, y])
    below = [np.searchsorted(np.sort(side), every, side="right") / len(side) for side in (x, y)]
    ends = np.unique(np.quantile(x, np.arange(1, 10) / 10, method="lower"))
    shares = [
        np.bincount(np.searchsorted(ends, side, side="right"), minlength=len(ends) + 1) / len(side)
        for side in (x, y)
    ]
    p, q = (np.maximum(share, 1e-4) for share in shares)
    return {
        "ks": float(np.abs(below[0] - below[1]).max()),
        "psi": float(((q - p) * np.log(q / p)).sum()),
        "jensen_shannon": float(jensenshannon(*shares, base=2)),
        "wasserstein": float(stats.wasserstein_distance(x, y)),
    }


def report(name: str, reference: Path, current: Path) -> dict[str, Any]:
    """Return what a report of `name` costs, in a process of its environment."""
    ours = name in {"tenure", "files"}
    python = sys.executable if ours else str(environment.ready(name) / "python")
    command = [python, str(PROGRAM), name, str(reference), str(current)]
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **threads}
    )
    check(done.returncode == 0, f"{name} failed: {done.stderr[-2000:]}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said
