"""Labels beyond the port's promises: which name counts when a row brings two."""

from datetime import UTC, datetime

import pytest

from tenure.adapters.tables.labels import labels_from, read_labels
from tenure.core.errors import TenureError
from tenure.core.media import CSV
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.ports.outcomes import NewLabel

NOW = datetime(2024, 2, 1, tzinfo=UTC)
SIGNATURE = Signature(Task.REGRESSION, (), "y")


def spec(**labels: object) -> Spec:
    return from_dict(
        {
            "model": {"tenant": "DL", "name": "m", "task": "regression"},
            "data": {"source": "a", "target": "y", "key": ["day", "no"]},
            "labels": labels,
        }
    )


def read(text: str, wanted: Spec | None = None) -> list[NewLabel]:
    found = labels_from(text.encode(), CSV, wanted or spec(), SIGNATURE, NOW)
    return read_labels(found.parquet)


BOTH = "request_id,day,no,y\nr1,a,1,0.5\n,a,2,0.5\nr3,,3,0.5\n"


def test_the_key_counts_where_it_is_declared() -> None:
    assert read(BOTH) == [
        NewLabel("a\x1f1", None, 0, 0.5, NOW),
        NewLabel("a\x1f2", None, 0, 0.5, NOW),
        NewLabel(None, "r3", 0, 0.5, NOW),
    ]


def test_the_request_counts_where_it_is_declared() -> None:
    assert read(BOTH, spec(join=["request_id"])) == [
        NewLabel(None, "r1", 0, 0.5, NOW),
        NewLabel("a\x1f2", None, 0, 0.5, NOW),
        NewLabel(None, "r3", 0, 0.5, NOW),
    ]


def test_half_a_key_names_nothing() -> None:
    with pytest.raises(TenureError) as caught:
        read("day,y\na,1\n")
    assert (caught.value.code, '"no"' in caught.value.message) == ("label.missing_column", True)
    with pytest.raises(TenureError) as caught:
        read("day,y\na,1\n", spec(join=["request_id"]))
    assert '"request_id"' in caught.value.message


def test_torn_rows_are_malformed_labels() -> None:
    found = labels_from(b"day,no,y\na,1,1\nb,2\n", CSV, spec(), SIGNATURE, NOW)
    assert found.rows == 1
    assert found.quarantined == {"label.malformed": (1, "row 2: 2 fields instead of 3: b,2")}


@pytest.mark.parametrize("row", ["-1", "x", "1.5", "99999999999"])
def test_rows_are_whole_numbers_from_nought(row: str) -> None:
    found = labels_from(
        f"request_id,row,y\nr,{row},1\nr,,2\n".encode(), CSV, spec(), SIGNATURE, NOW
    )
    assert found.quarantined == {"label.malformed": (1, f'row 1: row = "{row}"')}
    assert read_labels(found.parquet) == [NewLabel(None, "r", 0, 2.0, NOW)]
