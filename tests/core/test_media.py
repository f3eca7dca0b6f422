"""What a file's name says about its table."""

import pytest

from tenure.core.errors import TenureError
from tenure.core.media import CSV, JSON, PARQUET, labels_media, rows_media


@pytest.mark.parametrize(
    ("name", "media"),
    [("a.csv", CSV), ("b/A.TSV", CSV), ("a.b.parquet", PARQUET), ("a.pq", PARQUET)],
)
def test_the_end_of_a_name_says_how_it_is_read(name: str, media: str) -> None:
    assert rows_media(name) == labels_media(name) == media


def test_labels_may_be_json() -> None:
    assert labels_media("truth.json") == JSON


@pytest.mark.parametrize("name", ["rows.xlsx", "rows", "rows.csv.gz", "rows.json"])
def test_another_end_is_refused_with_those_that_are_read(name: str) -> None:
    with pytest.raises(
        TenureError, match=r"data\.bad_suffix.*\.csv, \.tsv and \.parquet"
    ) as caught:
        rows_media(name, hint="[data] source")
    assert (caught.value.where, caught.value.hint) == (name, "[data] source")


def test_another_end_is_refused_for_labels_too() -> None:
    with pytest.raises(TenureError, match=r"label\.bad_suffix"):
        labels_media("truth.xlsx")
