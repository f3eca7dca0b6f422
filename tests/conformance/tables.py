"""What every `ports.tables.Tables` does. Adapters inherit `TablesConformance`."""

import json
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import polars as pl
import pytest

from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.outcomes import FRAME_COLUMNS
from tenure.core.signatures import Signature
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.ports.tables import CSV, JSON, PARQUET, Imported, Labels, Predictions, Tables
from tenure.ports.work import NewLabel

NOW = datetime(2024, 2, 1, tzinfo=UTC)
HEADER = "id,at,late,dist,origin,flag,landed"
ROWS = [
    "1,2024-01-02T00:00:00Z,1,10,JFK,true,2024-01-02T05:00:00Z",
    "2,2024-01-01,0,20.5,LGA,false,2024-01-01T05:00:00Z",
    "3,2024-01-03 06:00,1,,JFK,true,",
    "4,2024-01-01,0,7,EWR,false,2024-01-01T06:00:00Z",
]


def spec(task: str = "binary", **parts: dict[str, object]) -> Spec:
    """Return a spec of flights with a time, a key and an event time."""
    data = {"source": "a.csv", "target": "late", "time": "at", "key": ["id"]}
    body: dict[str, dict[str, object]] = {
        "model": {"tenant": "DL", "name": "m", "task": task},
        "data": {**data, **parts.get("data", {})},
        "labels": {"event_time": "landed", **parts.get("labels", {})},
        "features": parts.get("features", {}),
    }
    return from_dict(body)


def csv(*rows: str, header: str = HEADER) -> bytes:
    """Return a CSV of the good rows and some more."""
    return "\n".join([header, *ROWS, *rows]).encode() + b"\n"


def body(*records: dict[str, object]) -> bytes:
    return json.dumps(list(records)).encode()


class TablesConformance:
    """Inherit and give a `tables` fixture."""

    @pytest.fixture
    def imported(self, tables: Tables) -> Imported:
        return tables.import_rows(csv(), CSV, spec(), None, NOW)

    @pytest.fixture
    def signature(self, imported: Imported) -> Signature:
        return imported.signature

    # importing rows

    def test_a_table_becomes_a_segment_in_order_of_time_and_key(self, imported: Imported) -> None:
        table = pl.read_parquet(BytesIO(imported.parquet))
        assert table.columns[:4] == ["__key", "__time", "__known_at", "__label"]
        assert table["__key"].to_list() == ["2", "4", "1", "3"]
        assert table["__label"].to_list() == [0.0, 0.0, 1.0, 1.0]
        assert table["dist"].to_list() == [20.5, 7.0, 10.0, None]
        assert table["flag"].to_list() == [0.0, 0.0, 1.0, 1.0]
        assert imported.rows == 4
        assert imported.quarantined == {}

    def test_types_are_inferred(self, imported: Imported) -> None:
        assert imported.signature == Signature(
            Task.BINARY,
            (
                Column("dist", ColumnType.FLOAT),
                Column("origin", ColumnType.CATEGORY, levels=("EWR", "JFK", "LGA")),
                Column("flag", ColumnType.BOOL),
            ),
            "late",
            ("0", "1"),
        )

    def test_a_label_is_known_at_its_event_time_or_when_it_is_final(
        self, imported: Imported
    ) -> None:
        known = pl.read_parquet(BytesIO(imported.parquet))["__known_at"].to_list()
        assert known[0] == datetime(2024, 1, 1, 5, tzinfo=UTC)
        assert known[3] == datetime(2024, 1, 3, 6, tzinfo=UTC) + timedelta(days=3)
        assert imported.first_time == datetime(2024, 1, 1, tzinfo=UTC)
        assert imported.last_time == datetime(2024, 1, 3, 6, tzinfo=UTC)
        assert imported.last_known == known[3]

    def test_equal_rows_give_equal_bytes(self, tables: Tables, imported: Imported) -> None:
        shuffled = "\n".join([HEADER, *reversed(ROWS)]).encode()
        again = tables.import_rows(shuffled, CSV, spec(), None, NOW)
        assert again.parquet == imported.parquet
        assert again.signature == imported.signature

    def test_parquet_and_csv_give_the_same_segment(
        self, tables: Tables, imported: Imported
    ) -> None:
        times = [datetime(2024, 1, 2), datetime(2024, 1, 1), datetime(2024, 1, 3, 6)]  # noqa: DTZ001  # as data often is
        landed = [datetime(2024, 1, 2, 5), datetime(2024, 1, 1, 5), None]  # noqa: DTZ001  # as above
        table = pl.DataFrame(
            {
                "id": [1, 2, 3, 4],
                "at": [*times, times[1]],
                "late": [1, 0, 1, 0],
                "dist": [10.0, 20.5, None, 7.0],
                "origin": ["JFK", "LGA", "JFK", "EWR"],
                "flag": [True, False, True, False],
                "landed": [*landed, datetime(2024, 1, 1, 6)],  # noqa: DTZ001  # as above
            }
        )
        found = tables.import_rows(tables.write(table), PARQUET, spec(), None, NOW)
        assert found.parquet == imported.parquet
        assert found.signature == imported.signature

    @pytest.mark.parametrize(
        ("row", "reason", "example"),
        [
            ("5,2024-01-04,,1,JFK,true,", "row.unlabelled", "row 5: late = missing"),
            ("5,2024-01-04,NaN,1,JFK,true,", "row.not_finite", 'row 5: late = "NaN"'),
            ("5,soon,1,1,JFK,true,", "row.bad_time", 'row 5: at = "soon"'),
            (",2024-01-04,1,1,JFK,true,", "row.missing_key", "row 5: key = missing"),
            ("4,2024-01-04,1,1,JFK,true,", "row.duplicate_key", 'row 5: key = "4"'),
            ("5,2024-03-04,1,1,JFK,true,", "row.future_time", 'row 5: at = "2024-03-04"'),
            ("5,2024-01-04,1,inf,JFK,true,", "row.not_finite", 'row 5: dist = "inf"'),
            ("5,2024-01-04,1,1,JFK,true,late", "row.bad_time", 'row 5: landed = "late"'),
            (
                "5,2024-01-04,1",
                "row.malformed",
                "row 5: 3 fields instead of 7: 5,2024-01-04,1",
            ),
        ],
    )
    def test_a_row_that_does_not_fit_is_put_aside_and_the_others_are_kept(
        self, tables: Tables, row: str, reason: str, example: str
    ) -> None:
        found = tables.import_rows(csv(row), CSV, spec(), None, NOW)
        assert found.quarantined == {reason: (1, example)}
        assert found.rows == 4

    @pytest.mark.parametrize(
        ("declared", "reason"),
        [
            ({"type": "float", "max": 10}, "row.out_of_range"),
            ({"type": "float", "min": 7.5}, "row.out_of_range"),
            ({"type": "int"}, "row.bad_type"),
            ({"type": "float", "nulls": False}, "row.missing_value"),
        ],
    )
    def test_declared_types_hold(
        self, tables: Tables, declared: dict[str, object], reason: str
    ) -> None:
        found = tables.import_rows(csv(), CSV, spec(features={"dist": declared}), None, NOW)
        assert {name: rows for name, (rows, _) in found.quarantined.items()} == {reason: 1}
        assert found.signature.features[0].type.value == declared["type"]

    def test_a_level_that_was_not_declared_is_put_aside(self, tables: Tables) -> None:
        wanted = spec(features={"origin": {"type": "category", "levels": ["LGA", "JFK"]}})
        found = tables.import_rows(csv(), CSV, wanted, None, NOW)
        assert found.quarantined == {"row.unknown_level": (1, 'row 4: origin = "EWR"')}
        assert found.signature.features[1].levels == ("LGA", "JFK")

    def test_columns_with_another_use_are_never_features(self, tables: Tables) -> None:
        wanted = spec(data={"ignore": ["dist", "flag"]})
        found = tables.import_rows(csv(), CSV, wanted, None, NOW)
        assert [column.name for column in found.signature.features] == ["origin"]
        assert found.left_out == {}

    def test_a_signature_holds_for_later_rows(self, tables: Tables, signature: Signature) -> None:
        rows = [*ROWS, "9,2024-01-05,1,a,ORD,true,", "10,2024-01-05,2,1,JFK,true,"]
        data = "\n".join([f"extra,{HEADER}", *(f"x,{row}" for row in rows)]).encode()
        found = tables.import_rows(data, CSV, spec(), signature, NOW)
        assert {name: rows for name, (rows, _) in found.quarantined.items()} == {
            "row.bad_type": 1,
            "row.unknown_class": 1,
        }
        assert found.left_out == {"extra": "not among the features of the first import"}
        assert [c.type for c in found.signature.features] == [c.type for c in signature.features]
        assert found.signature.features[1].levels == ("EWR", "JFK", "LGA")

    def test_new_levels_are_learnt_behind_the_known_ones(
        self, tables: Tables, signature: Signature
    ) -> None:
        data = csv("9,2024-01-05,1,1,ABE,true,")
        found = tables.import_rows(data, CSV, spec(), signature, NOW)
        assert found.signature.features[1].levels == ("EWR", "JFK", "LGA", "ABE")

    @pytest.mark.parametrize(
        ("data", "media", "code"),
        [
            (b"", CSV, "dataset.malformed"),
            (b"\xff\xfe", CSV, "dataset.malformed"),
            (b"PAR1", PARQUET, "dataset.malformed"),
            (b"", PARQUET, "dataset.malformed"),
            (csv(), "image/png", "dataset.bad_media"),
            (HEADER.encode(), CSV, "dataset.no_rows"),
            (b"id,at,late,landed\n1,2024-01-01,1,\n2,2024-01-01,0,\n", CSV, "dataset.no_features"),
            (csv("9,2024-01-01,2,1,JFK,true,"), CSV, "dataset.not_binary"),
            (csv().replace(b"late", b"lat"), CSV, "dataset.missing_column"),
            (csv().replace(b",at", b",when"), CSV, "dataset.missing_column"),
            (csv().replace(b"id,", b"no,"), CSV, "dataset.missing_column"),
            (csv().replace(b"2024", b"soon"), CSV, "dataset.no_rows"),
        ],
    )
    def test_a_table_that_cannot_be_used_is_refused(
        self, tables: Tables, data: bytes, media: str, code: str
    ) -> None:
        with pytest.raises(TenureError) as caught:
            tables.import_rows(data, media, spec(), None, NOW)
        assert caught.value.code == code
        assert caught.value.hint

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

    def test_what_is_written_is_read_back(self, tables: Tables) -> None:
        table = pl.DataFrame({"a": [1, None], "b": ["x", "y"]})
        data = tables.write(table)
        assert pl.read_parquet(BytesIO(data)).equals(table)
        assert tables.write(table) == data
