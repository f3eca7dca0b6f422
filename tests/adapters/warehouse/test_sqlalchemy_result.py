"""Answers in a table of the client's: a part and the position after it, or neither."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from tenure.adapters.secrets.references import References
from tenure.adapters.warehouse.sqlalchemy_result import TableResult
from tenure.core.errors import TenureError
from tenure.ports.batches import Begun

FRESH = Begun("ba_1", "sha256:ab", quarantined={"row.bad_time": (1, "tomorrow")})
ROWS = pl.DataFrame({"flight": ["f1"], "probability": [0.25], "version": [1]})


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STORE", f"sqlite:///{tmp_path / 'store.db'}")
    return tmp_path / "store.db"


@pytest.fixture
def raw(file: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(file)
    yield connection
    connection.close()


def result() -> TableResult:
    return TableResult("env:STORE", "answers", References(Path()))


def test_a_batch_that_was_cut_goes_on_where_it_stopped(raw: sqlite3.Connection) -> None:
    first = result()
    assert first.begin("these rows", FRESH) == FRESH
    after = replace(FRESH, parts=1, rows=1, answered=1)
    first.write(after, ROWS)
    again = result()
    assert again.begin("these rows", replace(FRESH, id="ba_2")) == after
    again.write(replace(after, parts=2), ROWS)
    again.finish(replace(after, parts=2))
    assert raw.execute("SELECT * FROM answers").fetchall() == [("f1", 0.25, 1)] * 2

    next_run = replace(FRESH, id="ba_3")
    assert result().begin("these rows", next_run) == next_run
    assert raw.execute("SELECT run, parts, finished FROM tenure_batches").fetchall() == [
        (1, 2, 1),
        (2, 0, 0),
    ]


def test_of_two_that_write_the_same_batch_one_is_told(raw: sqlite3.Connection) -> None:
    one, other = result(), result()
    for writer in (one, other):
        writer.begin("these rows", FRESH)
    after = replace(FRESH, parts=1)
    one.write(after, ROWS)
    with pytest.raises(TenureError, match=r"batch\.busy"):
        other.write(after, ROWS)
    with pytest.raises(TenureError, match=r"batch\.busy"):
        other.finish(FRESH)
    assert raw.execute("SELECT count(*) FROM answers").fetchone() == (1,)
    one.close()
    other.close()


def test_a_column_that_does_not_fit_stores_neither_rows_nor_position(
    raw: sqlite3.Connection,
) -> None:
    raw.execute("CREATE TABLE answers (flight TEXT, probability INTEGER CHECK (probability > 1))")
    raw.commit()
    sink = result()
    sink.begin("these rows", FRESH)
    with pytest.raises(TenureError, match="env:STORE") as caught:
        sink.write(replace(FRESH, parts=1), ROWS)
    assert caught.value.code == "warehouse.failed"
    assert raw.execute("SELECT parts FROM tenure_batches").fetchall() == [(0,)]
