"""The lightgbm recipe: what it learns, how it is bounded, and how fast one row is."""

import time
from collections.abc import Callable
from dataclasses import replace

import lightgbm as lgb
import numpy as np
import pyarrow as pa
import pytest

from tenure.adapters.frameworks import booster, lightgbm, registry
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.core.stats.metrics import evaluate
from tests.conformance import flowers


def trees(files: dict[str, bytes]) -> int:
    return files[booster.FILE].count(b"\nTree=")


def test_it_learns_far_more_than_the_average() -> None:
    trained = registry.train(flowers.task(data=flowers.parquet(flowers.table(rows=3000))))
    labels = flowers.table(rows=3000).column("__label").to_numpy()[2500:]
    found = evaluate(Task.BINARY, np.array(trained.holdout), labels)
    assert found["auc"] is not None
    assert found["auc"] > 0.8


def test_the_seed_and_only_the_seed_changes_the_trees() -> None:
    task = flowers.task()
    first, other = registry.train(task), registry.train(replace(task, seed=8))
    assert first.files[booster.FILE] != other.files[booster.FILE]
    assert first.files["encoding.json"] == other.files["encoding.json"]


def test_a_given_number_of_trees_is_kept() -> None:
    trained = registry.train(replace(flowers.task(), params={"num_iterations": 11}))
    assert trees(trained.files) == 11


def test_a_short_window_gets_a_fixed_number_of_trees() -> None:
    short = flowers.task(data=flowers.parquet(flowers.table(rows=120)))
    assert trees(registry.train(short).files) == 60


@pytest.mark.parametrize("rows", [3, 12])
def test_even_a_handful_of_rows_gives_an_answer(rows: int) -> None:
    table = flowers.table(rows=900).slice(0, rows)
    trained = registry.train(flowers.task(data=flowers.parquet(table)))
    predictor = registry.FrameworkRuntimes().load("lightgbm", trained.files, flowers.signature())
    raw: dict[str, list[object]] = {name: [None] for name in ("length", "petals", "soil", "noise")}
    assert 0.0 < predictor.predict(raw, 1)[0][0] < 1.0


def test_an_objective_belongs_to_regression_only() -> None:
    with pytest.raises(TenureError) as caught:
        registry.train(replace(flowers.task(), params={"objective": "l2"}))
    assert caught.value.code == "run.bad_param"
    numbers = flowers.task(kind=Task.REGRESSION)
    squares = registry.train(replace(numbers, params={"objective": "l2"}))
    assert squares.files != registry.train(numbers).files


def test_files_of_another_signature_are_refused() -> None:
    files = registry.train(flowers.task()).files
    with pytest.raises(TenureError, match="signature") as caught:
        lightgbm.load(files, flowers.signature(Task.MULTICLASS))
    assert caught.value.code == "runtime.broken_files"
    with pytest.raises(TenureError, match="missing"):
        lightgbm.load({"encoding.json": files["encoding.json"]}, flowers.signature())


def test_names_that_lightgbm_would_not_take_are_fine() -> None:
    name = 'größe, "in" [cm]:{x}'
    generator = np.random.default_rng(1)
    x = generator.normal(size=400)
    table = pa.table({name: x, "__label": (x > 0).astype(float)})
    signature = Signature(Task.BINARY, (Column(name, ColumnType.FLOAT),), "y", ("no", "yes"))
    predictor = lightgbm.load(lightgbm.train(table, signature, {}, 1), signature)
    assert predictor.predict({name: [2.0]}, 1)[0][0] > 0.8


def test_one_row_costs_less_than_half_of_asking_the_package() -> None:
    """The best of many rounds of each, side by side: how busy the machine is does not matter."""
    generator = np.random.default_rng(5)
    numbers = {f"n{i}": generator.normal(size=5000) for i in range(14)}
    levels = {f"c{i}": [f"L{v}" for v in generator.integers(0, 30, size=5000)] for i in range(4)}
    label = (numbers["n0"] + numbers["n1"] * numbers["n2"] > 0).astype(float)
    signature = Signature(
        Task.BINARY,
        tuple(
            Column(name, ColumnType.FLOAT if name in numbers else ColumnType.CATEGORY)
            for name in (*numbers, *levels)
        ),
        "y",
        ("no", "yes"),
    )
    files = lightgbm.train(pa.table({**numbers, **levels, "__label": label}), signature, {}, 1)
    predictor = lightgbm.load(files, signature)
    row: dict[str, list[object]] = {name: [0.5] for name in numbers}
    row |= {name: ["L7"] for name in levels}
    package = lgb.Booster(model_str=files[booster.FILE].decode())
    codes = [0.5] * len(numbers) + [7.0] * len(levels)
    ours, theirs = [], []
    for _ in range(200):
        ours.append(spent(lambda: predictor.predict(row, 1)))
        theirs.append(spent(lambda: package.predict([codes])))
    assert min(ours) < 0.5 * min(theirs)


def spent(ask: Callable[[], object]) -> int:
    """Return the CPU time of a call in ns."""
    began = time.process_time_ns()
    ask()
    return time.process_time_ns() - began
