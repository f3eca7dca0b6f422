"""Predictions made elsewhere, beyond the port's promises."""

from datetime import UTC, datetime

import pytest

from tenure.adapters.tables.predictions import predictions_from
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.media import CSV
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.core.spec.parse import from_dict
from tenure.ports.tables import Predictions

NOW = datetime(2024, 2, 1, tzinfo=UTC)
SPEC = from_dict(
    {
        "model": {"tenant": "DL", "name": "m", "task": "binary"},
        "data": {"source": "a", "target": "y", "key": ["id"]},
    }
)
FEATURES = (
    Column("x", ColumnType.FLOAT, nulls=False, max=5.0),
    Column("o", ColumnType.CATEGORY, levels=("a",)),
)


def predicted(text: str, task: Task = Task.BINARY, classes: tuple[str, ...] = ()) -> Predictions:
    return predictions_from(
        text.encode(),
        CSV,
        SPEC,
        Signature(task, FEATURES, "y", classes),
        now=NOW,
        received=NOW,
        request_id="R",
    )


def test_a_column_called_time_dates_rows_of_a_spec_without_one() -> None:
    found = predicted("time,probability\n2024-01-01,0.5\n,0.5\n")
    assert found.table["time"].to_pylist() == [datetime(2024, 1, 1, tzinfo=UTC), NOW]


def test_features_are_checked_as_in_a_dataset_but_unseen_levels_are_kept() -> None:
    found = predicted("x,o,probability\n1,a,0.5\n9,a,0.5\n,a,0.5\n1,zzz,0.5\n")
    assert found.table["f:o"].to_pylist() == ["a", "zzz"]
    assert {reason: rows for reason, (rows, _) in found.quarantined.items()} == {
        "row.out_of_range": 1,
        "row.missing_value": 1,
    }


def test_a_distribution_may_come_in_columns_of_a_csv() -> None:
    text = "probability.a,probability.b\n0.25,0.75\n0.5,x\n"
    found = predicted(text, Task.MULTICLASS, ("a", "b"))
    assert found.table["output"].to_pylist() == [[0.25, 0.75]]
    assert found.quarantined["row.bad_output"][0] == 1


def test_a_multiclass_model_needs_its_distribution() -> None:
    with pytest.raises(TenureError) as caught:
        predicted("probability.a\n1\n", Task.MULTICLASS, ("a", "b"))
    assert caught.value.code == "prediction.missing_column"


def test_torn_rows_are_counted() -> None:
    assert predicted("id,probability\n1,0.5\n2\n3,0.5\n").quarantined["row.malformed"][0] == 1


def test_the_frame_has_the_types_of_the_log() -> None:
    types = {field.name: str(field.type) for field in predicted("probability\n1\n").table.schema}
    assert types == {
        "request_id": "string",
        "row": "int32",
        "lane": "string",
        "version": "int32",
        "deployment_id": "string",
        "status": "string",
        "time": "timestamp[us, tz=UTC]",
        "received": "timestamp[us, tz=UTC]",
        "latency_us": "int32",
        "key": "string",
        "output": "list<item: double>",
        "f:x": "double",
        "f:o": "string",
    }
