"""One evaluation in one's own environment: `NAME rows.parquet`.

Everything is imported and asked once with a few rows before the clock starts. Prints a line of JSON:
CPU and wall seconds, megabytes added at the peak, figures by name.
"""

import contextlib
import json
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

Figures = dict[str, float]
INPUTS = ["x0", "x1", "x2"]


def tenure(rows: Any) -> Figures:
    """Judge the column of probabilities: intervals, calibration, thresholds, slices, JSON."""
    found = import_module("tenure").evaluate(rows, target="y", prediction="p")
    found.to_json()
    return {name: one.interval.value for name, one in found.figures.items()}


def mlflow(rows: Any) -> Figures:
    """Judge a linear model that gives the same probabilities: figures and plots, no intervals."""
    library = import_module("mlflow")
    found = library.models.evaluate(
        _model_uri(),
        rows[[*INPUTS, "y"]],
        targets="y",
        model_type="classifier",
        evaluators="default",
        evaluator_config={"log_explainer": False},
    )
    return {name: float(value) for name, value in found.metrics.items()}


_LOGGED: list[str] = []


def _model_uri() -> str:
    """Return the address of the model; it is logged once."""
    if not _LOGGED:
        library, numpy = import_module("mlflow"), import_module("numpy")
        model = import_module("sklearn.linear_model").LogisticRegression()
        frame = import_module("pandas").DataFrame(numpy.eye(4, 3), columns=INPUTS)
        model.fit(frame, [0, 1, 0, 1])
        model.coef_, model.intercept_ = numpy.array([[1.0, 0.5, 0.0]]), numpy.zeros(1)
        library.set_tracking_uri(f"sqlite:///{tempfile.mkdtemp()}/mlflow.db")
        _LOGGED.append(library.sklearn.log_model(model, name="model").model_uri)
    return _LOGGED[0]


NAMES: Mapping[str, Callable[[Any], Figures]] = {"tenure": tenure, "mlflow": mlflow}


def measured(name: str, path: Path) -> dict[str, Any]:
    """Return what one report costs."""
    ask = NAMES[name]
    frame = import_module("pandas").read_parquet(path)
    ask(frame.head(2_000).copy())
    rows: Any = frame if name == "mlflow" else str(path)
    if name == "tenure":
        del frame
    before = _peak(reset=True)
    wall, cpu = time.perf_counter(), time.process_time()
    figures = ask(rows)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu, "wall": wall, "added_mb": _peak() - before, "figures": figures}


def _peak(*, reset: bool = False) -> float:
    """Return the most megabytes that were resident since the last reset."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    os.environ["OMP_NUM_THREADS"] = "1"
    os.chdir(tempfile.mkdtemp())
    with contextlib.redirect_stdout(sys.stderr):
        said = measured(sys.argv[1], Path(sys.argv[2]))
    print(json.dumps(said))
