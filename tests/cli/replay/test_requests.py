"""Rows as requests: grouped by instant, named by their rows, read as the house reads them."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import polars as pl

from tenure.adapters.tables.times import as_instants
from tenure.cli.replay.connection import Outgoing
from tenure.cli.replay.requests import MOST_ROWS, Shape, Sheet, single
from tenure.cli.replay.stream import AT, ROW

TYPES = {"size": "float", "n": "int", "on": "bool", "colour": "category", "built": "time"}
START = datetime(2024, 1, 1, tzinfo=UTC)
SHAPE = Shape(TYPES, ("id",), "at")


def table(minutes: Sequence[int], **columns: Sequence[Any]) -> pl.DataFrame:
    at = [f"2024-01-01T00:{minute:02d}:00Z" for minute in minutes]
    base: dict[str, Any] = {
        "id": [f"r{i}" for i in range(len(at))],
        "at": at,
        "size": ["1.5"] * len(at),
        "n": ["3"] * len(at),
        "on": ["true"] * len(at),
        "colour": ["red"] * len(at),
        "built": ["2020-01-01"] * len(at),
    }
    rows = pl.DataFrame({**base, **columns})
    return rows.with_columns(
        as_instants(rows["at"]).alias(AT), pl.Series(ROW, range(1, rows.height + 1))
    )


def requests_of(rows: pl.DataFrame, shape: Shape) -> Iterator[Outgoing]:
    return Sheet(rows, shape).requests(0, rows.height)


def bodies(outgoing: Sequence[Outgoing]) -> list[dict[str, Any]]:
    return [msgspec.json.decode(one.body) for one in outgoing]


def tensors(body: dict[str, Any]) -> dict[str, tuple[str, list[Any]]]:
    return {t["name"]: (t["datatype"], t["data"]) for t in body["inputs"]}


def test_rows_of_one_instant_share_a_request() -> None:
    outgoing = list(requests_of(table([0, 0, 1, 2, 2, 2]), SHAPE))
    assert [one.rows for one in outgoing] == [2, 1, 3]
    assert [one.tag for one in outgoing] == [(0, 2), (2, 3), (3, 6)]


def test_values_are_sent_as_the_house_reads_them() -> None:
    first = tensors(bodies(list(requests_of(table([0]), SHAPE)))[0])
    assert first == {
        "size": ("FP64", [1.5]),
        "n": ("INT64", [3]),
        "on": ("BOOL", [True]),
        "colour": ("BYTES", ["red"]),
        "built": ("BYTES", ["2020-01-01T00:00:00Z"]),
        "id": ("BYTES", ["r0"]),
        "at": ("BYTES", ["2024-01-01T00:00:00Z"]),
    }


def test_missing_is_null_and_a_misfit_is_not_hidden() -> None:
    rows = table([0, 0], size=[None, "tall"], n=["2.5", None])
    first = tensors(bodies(list(requests_of(rows, SHAPE)))[0])
    assert first["size"] == ("FP64", [None, "tall"])
    assert first["n"] == ("INT64", ["2.5", None])


def test_a_repeated_step_posts_the_same_requests() -> None:
    rows = table([0, 0, 1])
    assert list(requests_of(rows, SHAPE)) == list(requests_of(rows, SHAPE))
    ids = [body["id"] for body in bodies(list(requests_of(rows, SHAPE)))]
    assert len(set(ids)) == 2
    later = [body["id"] for body in bodies(list(requests_of(table([0, 0, 2]), SHAPE)))]
    assert later[0] == ids[0]
    assert later[1] != ids[1]


def test_a_key_that_is_a_feature_too_is_sent_once() -> None:
    shape = Shape({"n": "int", "size": "float"}, ("n",), "at")
    first = tensors(bodies(list(requests_of(table([0]), shape)))[0])
    assert list(first) == ["n", "size", "at"]


def test_a_time_that_is_a_part_of_the_key_is_sent_once_as_an_instant() -> None:
    rows = table([0], at=["2024-01-01 01:00:00+01:00"])
    shape = Shape({"size": "float"}, ("id", "at"), "at")
    sent = tensors(bodies(list(requests_of(rows, shape)))[0])
    assert sent == {
        "size": ("FP64", [1.5]),
        "id": ("BYTES", ["r0"]),
        "at": ("BYTES", ["2024-01-01T00:00:00Z"]),
    }


def test_rows_without_a_key_have_a_request_each() -> None:
    shape = Shape(TYPES, (), "at")
    outgoing = list(requests_of(table([0, 0, 1]), shape))
    assert [one.rows for one in outgoing] == [1, 1, 1]
    assert len({body["id"] for body in bodies(outgoing)}) == 3


def test_a_crowded_instant_is_split() -> None:
    outgoing = list(requests_of(table([0] * (MOST_ROWS + 5)), SHAPE))
    assert [one.rows for one in outgoing] == [MOST_ROWS, 5]


def test_a_refused_request_is_taken_apart() -> None:
    whole = next(iter(requests_of(table([0, 0], size=["1.5", "tall"]), SHAPE)))
    parts = single(whole)
    assert [one.tag for one in parts] == [(0, 1), (1, 2)]
    assert [tensors(body)["size"][1] for body in bodies(parts)] == [[1.5], ["tall"]]
    assert [body["id"][-2:] for body in bodies(parts)] == ["-0", "-1"]


def test_no_rows_make_no_requests() -> None:
    assert list(requests_of(table([]), SHAPE)) == []


def test_a_part_of_a_stream_is_cut_by_its_instants() -> None:
    rows = table([0, 1, 1, 2], size=["1.5", "tall", "2", "3"])
    sheet = Sheet(rows, SHAPE)
    minute = timedelta(minutes=1)
    first, last = sheet.places(START + minute, START + 2 * minute)
    assert (first, last) == (1, 3)
    (one,) = sheet.requests(first, last)
    assert one.tag == (1, 3)
    assert tensors(bodies([one])[0])["size"] == ("FP64", ["tall", 2.0])
    whole = bodies(list(sheet.requests(0, 4)))
    assert bodies([one]) == [whole[1]]
    assert sheet.places(START + 3 * minute, START + 4 * minute) == (4, 4)
    assert list(sheet.requests(4, 4)) == []
