"""Tables that are judged: what the task is, which rows can be used, and why others cannot."""

import numpy as np
import polars as pl
import pytest

from tenure.adapters.tables.judging import survey, to_judge
from tenure.core.columns import ColumnType
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.ports.tables import Judging


@pytest.mark.parametrize(
    ("values", "task", "classes"),
    [
        ([0, 1, 1], Task.BINARY, ("0", "1")),
        (["no", "yes", "no"], Task.BINARY, ("no", "yes")),
        ([True, False, None], Task.BINARY, ("false", "true")),
        (["a", "b", "c"], Task.MULTICLASS, ("a", "b", "c")),
        (["1.5", "2.5", "9"], Task.REGRESSION, ()),
        ([1.5, 2.5, 9.0], Task.REGRESSION, ()),
    ],
)
def test_the_task_is_found_out(values: list[object], task: Task, classes: tuple[str, ...]) -> None:
    found = survey(pl.DataFrame({"y": values, "x": [1, 2, 3]}), Judging("y"), ())
    assert (found.task, found.classes) == (task, classes)


def test_a_target_of_one_value_is_refused_unless_numbers_were_asked_for() -> None:
    table = pl.DataFrame({"y": [1, 1, None], "x": [1, 2, 3]})
    with pytest.raises(TenureError, match="always 1") as refused:
        survey(table, Judging("y"), ())
    assert refused.value.code == "evaluate.constant_target"
    assert survey(table, Judging("y", Task.REGRESSION), ()).task is Task.REGRESSION


def test_features_are_the_other_columns_constant_ones_too() -> None:
    table = pl.DataFrame(
        {
            "y": [0, 1, 1, 0],
            "id": ["a", "b", "c", "d"],
            "x": ["1", "2", "3", None],
            "c": ["u", "u", "u", "u"],
            "p": [0.1, 0.2, 0.3, 0.4],
            "at": ["2024-01-01T00:00:00Z"] * 4,
        }
    )
    found = survey(table, Judging("y", answers=(("p",),), time="at"), ("id",))
    assert [(c.name, c.type) for c in found.features] == [
        ("x", ColumnType.FLOAT),
        ("c", ColumnType.CATEGORY),
    ]


def test_rows_without_a_truth_an_answer_or_a_time_are_put_aside() -> None:
    table = pl.DataFrame(
        {
            "y": ["0", "1", None, "2", "1", "1", "1"],
            "p": ["0.5", "0.25", "0.5", "0.5", "1.5", "high", "0.75"],
            "at": [*["2024-01-01"] * 6, "never"],
        }
    )
    judging = Judging("y", Task.BINARY, ("0", "1"), (("p",),), "at")
    found = to_judge(table, judging)
    assert found.places.tolist() == [0, 1]
    assert found.labels.tolist() == [0.0, 1.0]
    assert found.answers.tolist() == [[[0.5], [0.25]]]
    assert found.instants.tolist() == [1704067200.0] * 2
    assert {reason: rows for reason, (rows, _) in found.quarantined.items()} == {
        "row.unlabelled": 1,
        "row.unknown_class": 1,
        "row.bad_output": 2,
        "row.bad_time": 1,
    }


def test_probabilities_of_classes_add_up_to_one() -> None:
    table = pl.DataFrame({"y": ["a", "b"], "p.a": [0.3, 0.3], "p.b": [0.7, 0.3]})
    judging = Judging("y", Task.MULTICLASS, ("a", "b"), (("p.a", "p.b"),))
    found = to_judge(table, judging)
    assert np.allclose(found.answers, [[[0.3, 0.7]]])
    assert found.quarantined["row.bad_output"][0] == 1


def test_a_column_that_is_not_there_is_told_with_the_nearest() -> None:
    with pytest.raises(TenureError, match='"lat", which is not there') as refused:
        survey(pl.DataFrame({"late": [0, 1]}), Judging("lat"), ())
    assert refused.value.code == "evaluate.missing_column"
    assert '"late"' in refused.value.hint
