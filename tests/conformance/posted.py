"""What every `ports.tables.Tables` makes of posts. Adapters inherit `PostedConformance`."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.media import CSV, JSON
from tenure.core.models import Task
from tenure.core.outcomes import FRAME_COLUMNS
from tenure.core.signatures import Signature
from tenure.ports.outcomes import NewLabel
from tenure.ports.tables import Labels, Predictions, Tables
from tests.conformance.tables import NOW, csv, spec


def body(*records: dict[str, object]) -> bytes:
    return json.dumps(list(records)).encode()


class PostedConformance:
    """Inherit and give a `tables` fixture."""

    @pytest.fixture
    def signature(self, tables: Tables) -> Signature:
        return tables.import_rows(csv(), CSV, spec(), None, NOW).signature

    # labels

    def labels(
        self, tables: Tables, signature: Signature, *records: dict[str, object]
    ) -> tuple[list[NewLabel], Labels]:
        found = tables.labels_from(body(*records), JSON, spec(), signature, NOW)
        return tables.read_labels(found.parquet), found

    def test_labels_are_named_by_the_key(self, tables: Tables, signature: Signature) -> None:
        landed = "2024-01-05T00:00:00Z"
        read, found = self.labels(
            tables, signature, {"id": 1, "late": 1}, {"id": "b", "late": True, "landed": landed}
        )
        assert read == [
            NewLabel("1", None, 0, 1.0, NOW),
            NewLabel("b", None, 0, 1.0, datetime(2024, 1, 5, tzinfo=UTC)),
        ]
        assert (found.rows, found.quarantined) == (2, {})

    def test_labels_may_be_named_by_their_request(
        self, tables: Tables, signature: Signature
    ) -> None:
        data = b"request_id,row,late\na,0,1\na,1,0\n"
        found = tables.labels_from(data, CSV, spec(), signature, NOW)
        assert tables.read_labels(found.parquet) == [
            NewLabel(None, "a", 0, 1.0, NOW),
            NewLabel(None, "a", 1, 0.0, NOW),
        ]

    @pytest.mark.parametrize(
        ("record", "reason"),
        [
            ({"id": 2, "late": None}, "label.malformed"),
            ({"id": None, "late": 1}, "label.malformed"),
            ({"id": 2, "late": "NaN"}, "label.malformed"),
            ({"id": 2, "late": [1]}, "label.unknown_class"),
            ({"id": 2, "late": 1, "landed": "yesterday"}, "label.malformed"),
            ({"id": 2, "late": 1, "landed": "2024-02-02"}, "label.future"),
            ({"id": 2, "late": 2}, "label.unknown_class"),
            ({"id": 2, "late": "x"}, "label.unknown_class"),
        ],
    )
    def test_a_label_that_does_not_fit_is_put_aside(
        self, tables: Tables, signature: Signature, record: dict[str, object], reason: str
    ) -> None:
        read, found = self.labels(tables, signature, record, {"id": 1, "late": 0})
        assert read == [NewLabel("1", None, 0, 0.0, NOW)]
        assert [(name, rows) for name, (rows, _) in found.quarantined.items()] == [(reason, 1)]

    def test_no_labels_are_no_mistake(self, tables: Tables, signature: Signature) -> None:
        read, found = self.labels(tables, signature)
        assert (read, found.rows, found.quarantined) == ([], 0, {})

    @pytest.mark.parametrize(
        ("data", "code"),
        [
            (b"[", "label.malformed"),
            (b"3", "label.malformed"),
            (b'[{"late": 1}]', "label.missing_column"),
            (b'[{"id": 1}]', "label.missing_column"),
        ],
    )
    def test_labels_that_cannot_be_used_are_refused(
        self, tables: Tables, signature: Signature, data: bytes, code: str
    ) -> None:
        with pytest.raises(TenureError) as caught:
            tables.labels_from(data, JSON, spec(), signature, NOW)
        assert caught.value.code == code

    # predictions made elsewhere

    def predicted(
        self, tables: Tables, signature: Signature, *records: dict[str, object]
    ) -> Predictions:
        return tables.predictions_from(
            body(*records),
            JSON,
            spec(),
            signature,
            now=NOW,
            received=NOW + timedelta(seconds=1),
            request_id="R",
        )

    def test_predictions_become_frames_of_the_log(
        self, tables: Tables, signature: Signature
    ) -> None:
        record = {"id": 1, "at": "2024-01-05", "probability": 0.25, "dist": 5, "origin": "JFK"}
        found = self.predicted(tables, signature, record, {"probability": 1})
        rows: list[dict[str, Any]] = found.table.to_pylist()
        features = tuple(f"f:{column.name}" for column in signature.features)
        assert tuple(rows[0]) == (*FRAME_COLUMNS, *features)
        assert rows[0] == {
            "request_id": "R",
            "row": 0,
            "lane": "champion",
            "version": 0,
            "deployment_id": "",
            "status": "ok",
            "time": datetime(2024, 1, 5, tzinfo=UTC),
            "received": NOW + timedelta(seconds=1),
            "latency_us": 0,
            "key": "1",
            "output": [0.25],
            "f:dist": 5.0,
            "f:origin": "JFK",
            "f:flag": None,
        }
        assert (rows[1]["row"], rows[1]["time"], rows[1]["key"]) == (1, NOW, None)

    def test_a_request_of_their_own_is_kept(self, tables: Tables, signature: Signature) -> None:
        found = self.predicted(
            tables,
            signature,
            {"request_id": "q", "probability": 0.5, "version": 3},
            {"request_id": "q", "probability": 0.5},
            {"probability": 0.5},
        )
        names = found.table.select(["request_id", "row", "version"]).to_pylist()
        assert [tuple(one.values()) for one in names] == [("q", 0, 3), ("q", 1, 0), ("R", 2, 0)]

    @pytest.mark.parametrize(
        ("record", "reason"),
        [
            ({"probability": 1.5}, "row.bad_output"),
            ({"probability": None}, "row.bad_output"),
            ({"probability": "high"}, "row.bad_output"),
            ({"probability": 0.5, "at": "2025-01-01"}, "row.future_time"),
            ({"probability": 0.5, "at": "soon"}, "row.bad_time"),
            ({"probability": 0.5, "dist": "far"}, "row.bad_type"),
            ({"probability": 0.5, "version": -1}, "row.bad_version"),
            ({"probability": 0.5, "request_id": "a", "row": 0}, "row.duplicate_request"),
        ],
    )
    def test_a_prediction_that_does_not_fit_is_put_aside(
        self, tables: Tables, signature: Signature, record: dict[str, object], reason: str
    ) -> None:
        good: dict[str, object] = {"request_id": "a", "row": 0, "probability": 0.5}
        found = self.predicted(tables, signature, good, record)
        assert found.rows == 1
        assert [(name, rows) for name, (rows, _) in found.quarantined.items()] == [(reason, 1)]

    def test_predictions_need_their_output(self, tables: Tables, signature: Signature) -> None:
        with pytest.raises(TenureError) as caught:
            self.predicted(tables, signature, {"id": 1, "probabilty": 0.5})
        assert caught.value.code == "prediction.missing_column"
        assert 'did you mean "probabilty"?' in caught.value.hint

    def test_no_predictions_are_no_mistake(self, tables: Tables, signature: Signature) -> None:
        found = self.predicted(tables, signature)
        assert (found.rows, found.table.num_rows) == (0, 0)
        assert found.table.column_names[: len(FRAME_COLUMNS)] == list(FRAME_COLUMNS)

    @pytest.mark.parametrize(
        ("task", "output"),
        [
            (Task.MULTICLASS, {"probability": [0.2, 0.3, 0.5]}),
            (
                Task.MULTICLASS,
                {"probability.a": 0.2, "probability.b": 0.3, "probability.c": 0.5},
            ),
            (Task.REGRESSION, {"value": -3.5}),
        ],
    )
    def test_every_task_has_its_output(
        self, tables: Tables, task: Task, output: dict[str, object]
    ) -> None:
        classes = ("a", "b", "c") if task is Task.MULTICLASS else ()
        signature = Signature(task, (Column("dist", ColumnType.FLOAT),), "late", classes)
        found = self.predicted(tables, signature, output)
        (row,) = found.table.to_pylist()
        assert row["output"] == ([-3.5] if task is Task.REGRESSION else [0.2, 0.3, 0.5])

    @pytest.mark.parametrize(
        "output",
        [[0.2, 0.3], [0.2, 0.3, 0.9], [0.2, None, 0.8], [-0.2, 0.4, 0.8], 0.5, None],
    )
    def test_a_distribution_that_is_none_is_put_aside(self, tables: Tables, output: object) -> None:
        signature = Signature(Task.MULTICLASS, (), "late", ("a", "b", "c"))
        found = self.predicted(
            tables, signature, {"probability": output}, {"probability": [1, 0, 0]}
        )
        assert found.quarantined["row.bad_output"][0] == 2 - found.rows
