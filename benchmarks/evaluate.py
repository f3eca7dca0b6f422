"""CPU of an evaluation of a million rows with intervals and slices, beside mlflow's default evaluator.

Ours reads Parquet (decoding counted), mlflow a frame in memory; each in its own environment. Point values are
compared with scikit-learn's first; then intervals are checked by simulation, and noise is searched for slices.
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
from sklearn import metrics as reference

from benchmarks.peers import environment
from benchmarks.report import Bound, Outcome, check
from tenure.core.evaluation import binary, slices
from tenure.core.evaluation.binary import Rules
from tenure.core.evaluation.slices import Coded
from tenure.core.stats import resampling

ROWS, TURNS = 1_000_000, 3
COVERED, OF_ROWS, TRUE_ROWS = 2_000, 500, 4_000_000
SEARCHES = 400
CHECKED = ("auc", "average_precision", "log_loss", "accuracy", "mcc")
PEER = "mlflow_serve"
GOALS = {
    "tenure_cpu_s": Bound(at_most=2.0),
    "mlflow_over_tenure": Bound(at_least=10),
    "metric_error": Bound(at_most=1e-9),
    "coverage_least": Bound(at_least=0.935),
    "coverage_most": Bound(at_most=0.965),
    "false_slices": Bound(at_most=0.05),
}
PROGRAM = Path(__file__).parent / "peers" / "evaluation_report.py"


def measure(*, quick: bool) -> Outcome:
    """Check the answers, then let both report in turns."""
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        rows = Path(folder) / "rows.parquet"
        pq.write_table(table(ROWS, 1), rows)
        found: dict[str, list[dict[str, Any]]] = {"tenure": [], "mlflow": []}
        for _ in range(1 if quick else TURNS):
            for name, runs in found.items():
                runs.append(report(name, rows))
        figures = {"metric_error": error(rows, found["tenure"][0]["figures"])}
    for name, runs in found.items():
        figures[f"{name}_cpu_s"] = min(one["cpu"] for one in runs)
        figures[f"{name}_added_mb"] = max(one["added_mb"] for one in runs)
    pairs = zip(found["mlflow"], found["tenure"], strict=True)
    figures["mlflow_over_tenure"] = median(one["cpu"] / ours["cpu"] for one, ours in pairs)
    if not quick:
        covered = coverage()
        figures |= {f"coverage_{name}": share for name, share in covered.items()}
        figures["coverage_least"], figures["coverage_most"] = (
            way(covered.values()) for way in (min, max)
        )
    figures["false_slices"] = noise(40 if quick else SEARCHES)
    versions = {"mlflow": environment.version(PEER, "mlflow")}
    return Outcome(
        "evaluate", figures, GOALS, {}, ("tenure", "numpy", "polars", "pyarrow"), versions
    )


def table(rows: int, seed: int) -> Any:
    """Return three numbers, three columns of text, a truth and the probability it came from."""
    draw = np.random.default_rng(seed)
    columns: dict[str, Any] = {f"x{place}": draw.normal(size=rows) for place in range(3)}
    for place, many in enumerate((3, 8, 20)):
        levels = pa.array([f"level {n}" for n in range(many)])
        codes: Any = pa.array(draw.integers(0, many, rows))
        columns[f"c{place}"] = levels.take(codes)
    p = 1.0 / (1.0 + np.exp(-columns["x0"] - 0.5 * columns["x1"]))
    columns["y"] = (draw.random(rows) < p).astype(np.int64)
    columns["p"] = p
    return pa.table(columns)


def report(name: str, rows: Path) -> dict[str, Any]:
    """Return what a report of `name` costs, in a process of its environment."""
    python = sys.executable if name == "tenure" else str(environment.ready(PEER) / "python")
    threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "POLARS_MAX_THREADS": "1"}
    command = [python, str(PROGRAM), name, str(rows)]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **threads}
    )
    check(done.returncode == 0, f"{name} failed: {done.stderr[-2000:]}")
    said: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return said


def error(rows: Path, figures: dict[str, float]) -> float:
    """Return the largest difference from scikit-learn's figures."""
    read = pq.read_table(rows, columns=["y", "p"])
    y, p = (read.column(name).to_numpy() for name in ("y", "p"))
    said = p >= 0.5
    expected = {
        "auc": reference.roc_auc_score(y, p),
        "average_precision": reference.average_precision_score(y, p),
        "log_loss": reference.log_loss(y, p),
        "brier": reference.brier_score_loss(y, p),
        "accuracy": reference.accuracy_score(y, said),
        "balanced_accuracy": reference.balanced_accuracy_score(y, said),
        "precision": reference.precision_score(y, said),
        "recall": reference.recall_score(y, said),
        "f1": reference.f1_score(y, said),
        "mcc": reference.matthews_corrcoef(y, said),
    }
    return max(float(abs(figures[name] - value)) for name, value in expected.items())


def coverage() -> dict[str, float]:
    """Return how often the interval of each figure holds what very many rows say."""
    truth = {one.name: one.interval.value for one in _measured(TRUE_ROWS, 1, 1).figures}
    hits = dict.fromkeys(CHECKED, 0)
    for turn in range(COVERED):
        found = _measured(OF_ROWS, 1_000 + turn, resampling.REPLICATES)
        for name in CHECKED:
            figure = found.figure(name)
            inside = figure.interval if figure else None
            check(inside is not None and inside.low is not None, f"{name} has no interval")
            hits[name] += inside.low <= truth[name] <= inside.high  # type: ignore[union-attr]
    return {name: many / COVERED for name, many in hits.items()}


def _measured(rows: int, seed: int, replicates: int) -> Any:
    draw = np.random.default_rng(seed)
    scores = draw.beta(2, 3, rows)
    labels = (draw.random(rows) < scores).astype(float)
    draws = resampling.drawn(rows, seed, replicates=replicates)
    return binary.measured(draws, scores, labels, Rules())[0]


def noise(searches: int) -> float:
    """Return the share of searches through pure noise that told of any slice."""
    told = 0
    for turn in range(searches):
        draw = np.random.default_rng(turn)
        names = tuple("abcde")
        columns = [Coded(f"c{n}", names, draw.integers(0, 5, 20_000)) for n in range(10)]
        group = resampling.drawn(20_000, turn, replicates=1).group
        told += bool(slices.search(columns, draw.exponential(1.0, 20_000), group).slices)
    return told / searches
