"""Rows with a truth are read part by part, and a row is judged for all subjects or for none."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np
import polars as pl
import pytest

from tenure.adapters.tables.polars_tables import PolarsTables
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.ports.batches import Part
from tenure.services.judged_rows import AnswerColumns, Judged, ModelFile, Reader, Reading
from tests.chaos.trainer import OpenTrainer

DRAW = np.random.default_rng(1)
X = DRAW.normal(size=600)
TABLE = pl.DataFrame(
    {"x": X, "c": DRAW.choice(["u", "v"], 600), "y": (X > 0).astype(int), "p": np.full(600, 0.5)}
)


@dataclass
class Parts:
    """A table in parts of some rows."""

    table: pl.DataFrame
    size: int = 100
    name: str = ""
    rows: int | None = None

    def parts(self, skip: int) -> Iterator[Part]:
        for at in range(skip * self.size, self.table.height, self.size):
            yield Part(self.table.slice(at, self.size), {})


def read(table: pl.DataFrame, *subjects: Any, keep: int = 50, **reading: Any) -> Judged:
    reader = Reader(PolarsTables(), OpenTrainer(), keep)
    asked = Reading(**{"target": "y", "coded": ("*",), **reading})
    return reader.read(Parts(table), asked, subjects or (AnswerColumns("p"),), lambda _: None)


def model() -> ModelFile:
    data = lightgbm.Dataset(X[:, None], (X > 0).astype(int), feature_name=["x"])
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    text = lightgbm.train(settings, data, 5).model_to_string()
    return ModelFile("model.txt", text.encode())


def test_parts_come_together_in_order() -> None:
    found = read(TABLE)
    assert found.labels.tolist() == TABLE["y"].to_list()
    assert found.outputs[0].shape == (600, 1)
    assert [one.column for one in found.columns] == ["x", "c"]
    assert found.put_aside == {}


def test_a_row_that_one_subject_cannot_answer_is_judged_for_none() -> None:
    bad = TABLE.with_columns(
        pl.when(pl.int_range(600) < 7).then(2.0).otherwise(pl.col("p")).alias("p"),
        pl.when(pl.int_range(600) == 300).then(float("inf")).otherwise(pl.col("x")).alias("x"),
    )
    found = read(bad, model(), AnswerColumns("p"))
    assert {reason: rows for reason, (rows, _) in found.put_aside.items()} == {
        "row.bad_output": 7,
        "row.not_finite": 1,
    }
    assert len(found.labels) == len(found.outputs[0]) == len(found.outputs[1]) == 592
    assert found.labels.tolist() == [y for n, y in enumerate(TABLE["y"]) if n >= 7 and n != 300]
    assert (found.outputs[0][:, 0] > 0.5).tolist() == (found.labels == 1.0).tolist()
    assert found.libraries[0].startswith("lightgbm")


def test_some_rows_are_kept_with_their_features_and_places() -> None:
    found = read(TABLE, model(), keep=50)
    assert found.features.height == 50
    places = found.feature_places.tolist()
    assert found.features["x"].to_list() == TABLE["x"].gather(places).to_list()


def test_classes_that_come_later_are_looked_for_when_the_first_rows_have_one() -> None:
    table = TABLE.sort("y")
    reader = Reader(PolarsTables(), OpenTrainer(), 50)
    parts = Parts(pl.concat([table.filter(pl.col("y") == 0)] * 400 + [table]), size=60_000)
    found = reader.read(parts, Reading("y"), (AnswerColumns("p"),), lambda _: None)
    assert found.signature.task is Task.BINARY
    assert found.labels.sum() == TABLE["y"].sum()


def test_probabilities_of_several_classes_are_columns_by_name() -> None:
    table = pl.DataFrame(
        {"y": ["a", "b", "c"] * 50, "p.a": [0.5] * 150, "p.b": [0.3] * 150, "p.c": [0.2] * 150}
    )
    found = read(table, AnswerColumns("p"))
    assert found.outputs[0][0].tolist() == [0.5, 0.3, 0.2]
    assert found.columns == []


def test_without_a_row_that_can_be_judged_it_says_why() -> None:
    with pytest.raises(TenureError, match="no row has a truth in 'y'") as refused:
        read(TABLE.with_columns(pl.lit(9.0).alias("p")))
    assert "row.bad_output: 600" in refused.value.hint
    with pytest.raises(TenureError, match="no row has a truth"):
        read(TABLE.head(0))
    with pytest.raises(TenureError) as lost:
        read(TABLE, coded=("z",))
    assert lost.value.code == "evaluate.missing_column"
