"""Segments beyond the port's promises: rows without a time, and what is told when all is lost."""

from io import BytesIO

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.adapters.tables.segments import import_rows
from tenure.core.columns import ColumnType
from tenure.core.errors import TenureError
from tenure.core.media import CSV
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.ports.tables import Imported


def plain(**parts: object) -> Spec:
    body: dict[str, object] = {
        "model": {"tenant": "DL", "name": "m", "task": "binary"},
        "data": {"source": "a.csv", "target": "y"},
    }
    return from_dict(body | parts)


def imported(text: str, spec: Spec | None = None) -> Imported:
    return import_rows(text.encode(), CSV, spec or plain(), None, None)


def test_rows_without_a_time_keep_the_order_of_the_file() -> None:
    keyed = plain(data={"source": "a.csv", "target": "y", "key": ["id"]})
    found = imported("id,y,x\nc,1,1\na,0,2\nb,1,3\n", keyed)
    table = pl.read_parquet(BytesIO(found.parquet))
    assert table["__key"].to_list() == ["c", "a", "b"]
    assert table["__time"].null_count() == 3
    assert (found.first_time, found.last_time, found.last_known) == (None, None, None)


def test_rows_of_one_time_and_key_keep_their_order() -> None:
    timed = plain(data={"source": "a.csv", "target": "y", "time": "at"})
    rows = "".join(f"2024-01-01,{n % 2},{n}\n" for n in range(50))
    table = pl.read_parquet(BytesIO(imported("at,y,x\n" + rows, timed).parquet))
    assert table["x"].to_list() == [float(n) for n in range(50)]


def test_without_an_event_time_a_label_is_known_with_its_row() -> None:
    timed = plain(data={"source": "a.csv", "target": "y", "time": "at"})
    table = pl.read_parquet(
        BytesIO(imported("at,y,x\n2024-01-01,1,1\n2024-01-02,0,2\n", timed).parquet)
    )
    assert table["__known_at"].to_list() == table["__time"].to_list()


def test_a_time_may_be_a_feature_when_it_is_declared() -> None:
    declared = plain(features={"built": {"type": "time"}})
    found = imported("y,built\n1,2001-01-01\n0,2002-01-01\n1,x\n", declared)
    assert found.signature.features[0].type is ColumnType.TIME
    assert found.quarantined["row.bad_type"] == (1, 'row 3: built = "x"')
    table = pl.read_parquet(BytesIO(found.parquet))
    assert table["built"].to_list() == [978307200.0, 1009843200.0]


def test_a_declared_category_may_be_made_of_numbers() -> None:
    declared = plain(features={"gate": {"type": "category"}})
    found = imported("y,gate\n1,7\n0,12\n", declared)
    assert found.signature.features[0].levels == ("12", "7")


def test_a_declared_constant_is_a_feature_all_the_same() -> None:
    assert imported("y,x\n1,5\n0,5\n", plain(features={"x": {"type": "float"}})).rows == 2


def test_columns_that_are_no_features_say_why() -> None:
    found = imported("y,x,same\n1,1,7\n0,2,7\n")
    assert found.left_out == {"same": "always 7"}


def test_a_misspelt_column_is_told_the_nearest() -> None:
    with pytest.raises(TenureError) as caught:
        imported("Y,x\n1,2\n")
    assert caught.value.message == '[data] target names the column "y", which is not there'
    assert caught.value.hint == 'did you mean "Y"?   columns: Y, x'


@pytest.mark.parametrize(
    "parts",
    [
        {"data": {"source": "a.csv", "target": "y", "ignore": ["z"]}},
        {"features": {"z": {"type": "int"}}},
    ],
)
def test_whatever_the_spec_names_has_to_be_there(parts: dict[str, object]) -> None:
    with pytest.raises(TenureError) as caught:
        imported("y,x\n1,2\n0,3\n", plain(**parts))
    assert caught.value.code == "dataset.missing_column"
    assert '"z"' in caught.value.message


def test_later_files_may_lack_what_is_ignored_but_no_feature() -> None:
    ignoring = plain(data={"source": "a.csv", "target": "y", "ignore": ["z"]})
    first = imported("y,x,z\n1,2,3\n0,3,3\n", ignoring)
    later = import_rows(b"y,x\n1,2\n", CSV, ignoring, first.signature, None)
    assert later.rows == 1
    with pytest.raises(TenureError) as caught:
        import_rows(b"y,z\n1,2\n", CSV, ignoring, first.signature, None)
    assert caught.value.code == "dataset.missing_column"


def test_a_feature_that_was_declared_later_replaces_what_was_inferred() -> None:
    first = imported("y,x,o\n1,2,a\n0,3,b\n")
    stricter = plain(
        features={"x": {"type": "float", "max": 2.5}, "o": {"type": "category", "nulls": False}}
    )
    later = import_rows(b"y,x,o\n1,2,c\n0,3,a\n", CSV, stricter, first.signature, None)
    assert later.quarantined == {"row.out_of_range": (1, 'row 2: x = "3"')}
    assert later.signature.features[1].levels == ("a", "b", "c")
    assert not later.signature.features[1].nulls


def test_when_all_is_lost_the_reasons_are_told() -> None:
    timed = plain(data={"source": "a.csv", "target": "y", "time": "at"})
    with pytest.raises(TenureError) as caught:
        imported("at,y,x\nsoon,1,1\n2024-01-01,,1\n", timed)
    assert caught.value.message == "none of 2 rows can be used"
    assert caught.value.hint == (
        'row.bad_time: 1 (row 1: at = "soon"); row.unlabelled: 1 (row 2: y = missing)'
    )


FIELDS = st.sampled_from(["1", "0", "2", "x", "", "NaN", "2024-01-01", "true", "inf", "é", "-1e3"])


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(FIELDS, FIELDS, FIELDS, FIELDS), max_size=12))
def test_every_row_is_imported_or_counted(rows: list[tuple[str, ...]]) -> None:
    spec = plain(data={"source": "a.csv", "target": "y", "time": "at", "key": ["id"]})
    text = "\n".join(["id,at,y,x", *(",".join(row) for row in rows)])
    try:
        found = imported(text, spec)
    except TenureError as error:
        assert error.code.startswith("dataset.")  # noqa: PT017  # some tables can be used
        return
    aside = sum(count for count, _ in found.quarantined.values())
    blank = sum(set(row) == {""} for row in rows)
    assert found.rows + aside == len(rows)
    assert found.rows > 0
    assert blank <= aside
