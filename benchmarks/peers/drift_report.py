"""One drift report in one's own environment: `NAME reference.parquet current.parquet [memory]`.

The frames are read before the clock starts, and everything is imported and asked once with a few
rows. Prints a line of JSON: CPU and wall seconds, megabytes added at the peak, KS by column.
"""

import contextlib
import json
import os
import sys
import time
import warnings
from collections.abc import Callable, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

Scores = dict[str, float]
Ask = Callable[[Any, Any], Scores]
CHUNKS = 10


def evidently(reference: Any, current: Any) -> Scores:
    """Return nothing to compare: the default preset chooses W1 and Jensen-Shannon."""
    preset = import_module("evidently.presets").DataDriftPreset()
    report = import_module("evidently").Report([preset])
    report.run(current, reference).dict()
    return {}


def whylogs(reference: Any, current: Any) -> Scores:
    """Return the p-values' statistics of KS, where whylogs computes it."""
    log = import_module("whylogs").log
    drift = import_module("whylogs.viz.drift.column_drift_algorithms")
    views = [log(pandas=rows).view() for rows in (current, reference)]
    found = drift.calculate_drift_scores(*views, with_thresholds=False)
    return {name: one["statistic"] for name, one in found.items() if one and "statistic" in one}


def nannyml(reference: Any, current: Any) -> Scores:
    """Ask for KS and chi-squared in ten chunks."""
    names = list(reference.columns)
    texts = [name for name in names if name.startswith("c")]
    calculator = import_module("nannyml").UnivariateDriftCalculator(
        column_names=names,
        treat_as_categorical=texts,
        continuous_methods=["kolmogorov_smirnov"],
        categorical_methods=["chi2"],
        chunk_number=CHUNKS,
    )
    calculator.fit(reference)
    calculator.calculate(current)
    return {}


def frouros(reference: Any, current: Any) -> Scores:
    """Ask for KS and chi-squared, nulls dropped before."""
    batch = import_module("frouros.detectors.data_drift")
    found = {}
    for name in reference.columns:
        detector = batch.ChiSquareTest() if name.startswith("c") else batch.KSTest()
        sides = [side[name].dropna().to_numpy() for side in (reference, current)]
        detector.fit(X=sides[0])
        statistic = detector.compare(X=sides[1])[0].statistic
        if not name.startswith("c"):
            found[name] = float(statistic)
    return found


def tenure(reference: Any, current: Any) -> Scores:
    """Ask for everything `tenure.drift` says; frames or paths."""
    report = import_module("tenure").drift(reference, current)
    report.to_json()
    return {one.column: one.scores["ks"] for one in report.columns if "ks" in one.scores}


NAMES: Mapping[str, Ask] = {
    "evidently": evidently,
    "whylogs": whylogs,
    "nannyml": nannyml,
    "frouros": frouros,
    "tenure": tenure,
    "files": tenure,
}


def measured(name: str, reference: Path, current: Path) -> dict[str, Any]:
    """Return what one report costs."""
    pandas = import_module("pandas")
    ask = NAMES[name]
    frames = [pandas.read_parquet(path) for path in (reference, current)]
    ask(*(rows.head(2_000).copy() for rows in frames))
    sides: list[Any] = frames if name != "files" else [str(reference), str(current)]
    if name == "files":
        frames.clear()
        ask(sides[0], sides[0])
    before = _peak(reset=True)
    wall, cpu = time.perf_counter(), time.process_time()
    scores = ask(*sides)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {"cpu": cpu, "wall": wall, "added_mb": _peak() - before, "ks": scores}


def _peak(*, reset: bool = False) -> float:
    """Return the most megabytes that were resident since the last reset."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return float(next(line.split()[1] for line in lines if line.startswith("VmHWM"))) / 1024


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    os.environ["OMP_NUM_THREADS"] = "1"
    with contextlib.redirect_stdout(sys.stderr):
        said = measured(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
    print(json.dumps(said))
