"""The registry: tasks in, results out, and everything that can be wrong with them."""

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tenure.adapters.frameworks import registry
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.ports.training import Predictor, Runtimes
from tests.conformance import flowers


def refused(table: pa.Table, kind: Task = Task.BINARY) -> TenureError:
    with pytest.raises(TenureError) as caught:
        registry.train(flowers.task(kind=kind, data=flowers.parquet(table)))
    return caught.value


def relabelled(labels: list[float | None]) -> pa.Table:
    rows = flowers.table()
    repeated = pa.chunked_array([(labels * rows.num_rows)[: rows.num_rows]], pa.float64())
    return rows.drop(["__label"]).append_column("__label", repeated)


def test_a_loaded_version_is_a_predictor_of_the_port() -> None:
    runtimes: Runtimes = registry.FrameworkRuntimes()
    trained = registry.train(flowers.task())
    predictor: Predictor = runtimes.load(trained.runtime, trained.files, flowers.signature())
    row: dict[str, list[object]] = {
        "length": [0.1], "petals": [3], "soil": ["sand"], "noise": [None],
    }  # fmt: skip
    assert np.shape(predictor.predict(row, 1)) == (1, 1)


def test_an_unknown_runtime_is_refused_with_the_known_ones() -> None:
    with pytest.raises(TenureError, match="magic") as caught:
        registry.FrameworkRuntimes().load("magic", {}, flowers.signature())
    assert caught.value.code == "runtime.unknown"
    assert "linear" in caught.value.hint


@pytest.mark.parametrize(
    ("labels", "code"),
    [
        ([1.0], "run.one_class"),
        ([0.0, 1.0, None], "run.bad_labels"),
        ([0.0, float("inf")], "run.bad_labels"),
        ([0.0, 1.0, 2.0], "run.bad_labels"),
        ([0.0, 0.5], "run.bad_labels"),
    ],
)
def test_labels_that_cannot_be_learnt_are_refused(labels: list[float | None], code: str) -> None:
    assert refused(relabelled(labels)).code == code


def test_a_constant_number_cannot_be_learnt_either() -> None:
    assert refused(relabelled([3.5]), Task.REGRESSION).code == "run.one_class"


def test_a_window_without_rows_is_refused() -> None:
    assert refused(flowers.table().slice(800)).code == "run.no_rows"


@pytest.mark.parametrize("column", ["__label", "__role", "soil", "length"])
def test_a_missing_column_is_named(column: str) -> None:
    error = refused(flowers.table().drop([column]))
    assert error.code == "run.missing_column"
    assert repr(column) in error.message


def test_data_that_is_not_parquet_is_refused() -> None:
    with pytest.raises(TenureError, match="not Parquet") as caught:
        registry.train(flowers.task(data=b"PAR1 but no more"))
    assert caught.value.code == "run.bad_data"


def test_rows_without_a_role_are_left_out() -> None:
    rows = flowers.table()
    roles = [role if i >= 100 else None for i, role in enumerate(rows["__role"].to_pylist())]
    partly = rows.drop(["__role"]).append_column("__role", pa.chunked_array([roles]))
    without = registry.train(flowers.task(data=flowers.parquet(rows.slice(100))))
    assert registry.train(flowers.task(data=flowers.parquet(partly))).files == without.files


def test_the_code_digest_names_recipe_and_library() -> None:
    digests = {registry.code_digest(recipe) for recipe in registry.recipes()}
    assert len(digests) == len(registry.recipes()) == 6


def test_what_a_task_trains_does_not_depend_on_its_limits() -> None:
    task = flowers.task()
    assert registry.train(replace(task, minutes=9.0)).files == registry.train(task).files


def test_serving_loads_lightgbm_without_its_package() -> None:
    """The package brings scikit-learn, scipy and pandas: seconds and a hundred megabytes."""
    program = (
        "import sys\n"
        "from tenure.adapters.frameworks import booster, registry\n"
        "assert booster._library() is not None\n"
        "heavy = {'lightgbm', 'sklearn', 'scipy', 'pandas'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


STRANGE: dict[str, tuple[str, Callable[[int], Any]]] = {
    "nothing but missing numbers": ("noise", lambda rows: pa.nulls(rows, pa.float64())),
    "nothing but missing texts": ("soil", lambda rows: pa.nulls(rows, pa.string())),
    "infinite numbers": ("noise", lambda rows: pa.array([np.inf, -np.inf, 1.0] * (rows // 3))),
    "one value": ("noise", lambda rows: pa.array([3.0] * rows)),
    "another text in every row": ("soil", lambda rows: pa.array([f"s{n}" for n in range(rows)])),
}


@pytest.mark.parametrize("recipe", registry.recipes())
@pytest.mark.parametrize("strange", STRANGE)
def test_a_strange_column_spoils_nothing(recipe: str, strange: str) -> None:
    name, values = STRANGE[strange]
    rows = flowers.table()
    place = rows.column_names.index(name)
    rows = rows.set_column(place, name, values(rows.num_rows))
    trained = registry.train(flowers.task(recipe, data=flowers.parquet(rows)))
    answers = np.array(trained.holdout)
    assert ((answers > 0.0) & (answers < 1.0)).all(), "probabilities, whatever the column holds"
    assert np.ptp(answers) > 0.2, "the other columns were learnt from"
