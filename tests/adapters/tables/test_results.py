"""Answers in a file: part by part, gone on with after a cut, and only ever one batch's."""

from pathlib import Path

import polars as pl
import pytest

from tenure.adapters.tables.results import ParquetResult
from tenure.core.errors import TenureError
from tenure.ports.batches import Begun

FRESH = Begun("batch-1", "sha256:release")
FIRST = Begun("batch-1", "sha256:release", 1, 3, 2, {"row.bad_type": (1, "row 2: x = fast")})
LAST = Begun("batch-1", "sha256:release", 2, 5, 4, {"row.bad_type": (1, "row 2: x = fast")})
PARTS = [pl.DataFrame({"id": ["a", "b"], "y": [0.1, 0.2]}), pl.DataFrame({"id": ["c"], "y": [0.3]})]


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.parquet"


def cut_after_one_part(out: Path) -> None:
    sink = ParquetResult(out)
    assert sink.begin("rows.csv", FRESH) == FRESH
    sink.write(FIRST, PARTS[0])
    sink.close()


def test_a_batch_that_was_cut_goes_on_after_its_last_part(out: Path) -> None:
    cut_after_one_part(out)
    assert not out.exists()
    sink = ParquetResult(out)
    assert sink.begin("rows.csv", Begun("batch-2", "sha256:newer")) == FIRST
    sink.write(LAST, PARTS[1])
    sink.finish(LAST)
    sink.close()
    assert pl.read_parquet(out).equals(pl.concat(PARTS))
    assert list(out.parent.iterdir()) == [out]


def test_one_that_was_cut_before_its_first_part_keeps_its_name(out: Path) -> None:
    sink = ParquetResult(out)
    sink.begin("rows.csv", FRESH)
    sink.close()
    assert ParquetResult(out).begin("rows.csv", Begun("batch-2", "sha256:newer")) == FRESH


def test_what_is_there_and_what_is_another_batchs_is_left_alone(out: Path) -> None:
    cut_after_one_part(out)
    with pytest.raises(TenureError, match=r"batch\.other"):
        ParquetResult(out).begin("other.csv", FRESH)
    out.write_bytes(b"somebody's")
    with pytest.raises(TenureError, match=r"batch\.exists"):
        ParquetResult(out).begin("rows.csv", FRESH)
    assert out.read_bytes() == b"somebody's"


def test_two_do_not_write_one_file(out: Path) -> None:
    first = ParquetResult(out)
    first.begin("rows.csv", FRESH)
    with pytest.raises(TenureError, match=r"batch\.busy"):
        ParquetResult(out).begin("rows.csv", FRESH)
    first.close()


def test_a_part_that_was_lost_is_no_whole(out: Path) -> None:
    sink = ParquetResult(out)
    sink.begin("rows.csv", FRESH)
    sink.write(LAST, PARTS[1])  # says that it is the second
    with pytest.raises(TenureError, match=r"batch\.incomplete.*1 parts, 2 were written"):
        sink.finish(LAST)
    sink.close()
    assert not out.exists()
