"""How wide the answers of a model are."""

import pytest

from tenure.core.columns import Column, ColumnType
from tenure.core.models import Task
from tenure.core.signatures import Signature


@pytest.mark.parametrize(
    ("task", "classes", "width"),
    [
        (Task.BINARY, ("no", "yes"), 1),
        (Task.MULTICLASS, ("a", "b", "c"), 3),
        (Task.REGRESSION, (), 1),
    ],
)
def test_only_many_classes_have_an_answer_each(
    task: Task, classes: tuple[str, ...], width: int
) -> None:
    assert Signature(task, (), "y", classes).width == width


def test_a_version_may_require_what_the_data_may_lack() -> None:
    columns = (Column("x", ColumnType.FLOAT), Column("y", ColumnType.FLOAT))
    one = Signature(Task.REGRESSION, columns, "t").requiring({"y"})
    assert [(column.name, column.nulls) for column in one.features] == [("x", True), ("y", False)]
