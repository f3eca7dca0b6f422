"""What recipes of trees have in common: ranks of levels, and the proof of what is kept."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from tenure.adapters.frameworks import growing, registry, trees
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tests.conformance import flowers


def test_levels_are_ranked_by_the_target_and_few_rows_are_not_believed() -> None:
    signature = Signature(Task.REGRESSION, (Column("c", ColumnType.CATEGORY),), "y", ())
    levels = ["low"] * 100 + ["high"] * 100 + ["middle"] * 100 + ["once"]
    labels = [0.0] * 100 + [9.0] * 100 + [4.0] * 100 + [99.0]
    rows = growing.rows_of(pa.table({"c": levels, "__label": labels}), signature)
    assert rows.encoding.features[0].levels == ("low", "middle", "high", "once")
    assert rows.matrix[0, 0] == 0.0


def test_levels_of_several_classes_stand_along_their_main_difference() -> None:
    classes = ("a", "b", "c")
    signature = Signature(Task.MULTICLASS, (Column("c", ColumnType.CATEGORY),), "y", classes)
    draw = np.random.default_rng(0)
    shares: dict[str, Any] = {"p": [1, 0, 0], "q": [0.5, 0, 0.5], "r": [0, 0, 1.0]}
    levels = [name for name in shares for _ in range(200)]
    labels = [float(draw.choice(3, p=shares[name])) for name in levels]
    rows = growing.rows_of(pa.table({"c": levels, "__label": labels}), signature)
    assert rows.encoding.features[0].levels in {("p", "q", "r"), ("r", "q", "p")}


def test_trees_that_answer_otherwise_are_never_kept() -> None:
    table, signature = flowers.table(), flowers.signature()
    files = registry.train(flowers.task("random_forest")).files
    answers = trees.load(files, signature).predict_table(table)
    assert growing.proven(files, signature, table, lambda: answers) is files
    with pytest.raises(TenureError) as caught:
        growing.proven(files, signature, table, lambda: answers + 1e-3)
    assert caught.value.code == "run.not_compiled"
