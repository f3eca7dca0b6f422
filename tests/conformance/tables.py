"""What every `ports.tables.Tables` makes of datasets. Adapters inherit `TablesConformance`."""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import polars as pl
import pytest

from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.media import CSV, PARQUET
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.ports.tables import Imported, Tables

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


class TablesConformance:
    """Inherit and give a `tables` fixture."""

    @pytest.fixture
    def imported(self, tables: Tables) -> Imported:
        return tables.import_rows(csv(), CSV, spec(), None, NOW)

    @pytest.fixture
    def signature(self, imported: Imported) -> Signature:
        return imported.signature

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

    def test_what_is_written_is_read_back(self, tables: Tables) -> None:
        table = pl.DataFrame({"a": [1, None], "b": ["x", "y"]})
        data = tables.write(table)
        assert pl.read_parquet(BytesIO(data)).equals(table)
        assert tables.write(table) == data
