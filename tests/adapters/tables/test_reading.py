"""From bytes to a table by the media type."""

import io

import polars as pl
import pytest

from tenure.adapters.tables.reading import read
from tenure.core.errors import TenureError
from tenure.core.media import CSV, JSON, PARQUET

TABLE = pl.DataFrame({"a": [1, 2]})


def parquet(table: pl.DataFrame = TABLE) -> bytes:
    out = io.BytesIO()
    table.write_parquet(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "media"),
    [
        (b"a\n1\n2\n", CSV),
        (b"a\n1\n2\n", "Text/CSV; charset=utf-8"),
        (b"a\n1\n2\n", "text/tab-separated-values"),
        (parquet(), PARQUET),
        (parquet(), "application/x-parquet"),
        (b'[{"a": 1}, {"a": 2}]', JSON),
    ],
)
def test_each_media_type_is_read(data: bytes, media: str) -> None:
    found = read(data, media, "dataset")
    assert found.table.cast({"a": pl.Int64}).equals(TABLE)
    assert found.numbers.tolist() == [1, 2]
    assert found.is_text == ("text" in media.lower())


def test_other_media_types_are_refused() -> None:
    with pytest.raises(TenureError) as caught:
        read(b"", "text/html", "label")
    assert caught.value.code == "label.bad_media"


@pytest.mark.parametrize("data", [b"", b"PAR1", b"PAR1" + bytes(100) + b"PAR1", b"a,b\n1,2\n"])
def test_what_is_no_parquet_is_refused(data: bytes) -> None:
    with pytest.raises(TenureError) as caught:
        read(data, PARQUET, "dataset")
    assert caught.value.code == "dataset.malformed"
    assert "<Buffer>" not in caught.value.message


def test_a_torn_parquet_is_refused() -> None:
    whole = parquet(pl.DataFrame({"a": list(range(1000))}))
    for end in (len(whole) // 2, len(whole) - 4, len(whole) - 1):
        with pytest.raises(TenureError) as caught:
            read(whole[:end], PARQUET, "dataset")
        assert caught.value.code == "dataset.malformed"
