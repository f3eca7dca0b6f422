"""The bad rows that clients send: each is a clear error, or is counted and shown; good ones stay."""

import json
from typing import Any

import pytest

from tests.api.test_labels import CSV, JSON, PARQUET, as_parquet, post

MODEL = "/api/v1/tenants/DL/models/arrival-delay"
ROWS, LABELS, ANSWERS = f"{MODEL}/datasets", f"{MODEL}/labels", f"{MODEL}/predictions"
DAY = "2024-01-03T00:00:00Z"
GOOD = f"flight,at,wind,late\nf1,{DAY},1.5,yes\nf2,{DAY},2.5,no\n"


def answer(**changes: Any) -> str:
    """Return two predictions as JSON, of which the first is changed."""
    row = {"flight": "f1", "at": DAY, "wind": 1.5, "probability": 0.25}
    return json.dumps({"predictions": [{**row, **changes}, {**row, "flight": "f2"}]})


ASIDE: dict[str, tuple[str, str, str, int, dict[str, int]]] = {
    "too few fields": (ROWS, CSV, f"{GOOD}f3,{DAY}\n", 2, {"row.malformed": 1}),
    "too many fields": (ROWS, CSV, f"{GOOD}f3,{DAY},1,no,9\n", 2, {"row.malformed": 1}),
    "a wrong type": (ROWS, CSV, f"{GOOD}f3,{DAY},fast,no\n", 2, {"row.bad_type": 1}),
    "no truth": (ROWS, CSV, f"{GOOD}f3,{DAY},1,\n", 2, {"row.unlabelled": 1}),
    "an unseen class": (ROWS, CSV, f"{GOOD}f3,{DAY},1,maybe\n", 2, {"row.unknown_class": 1}),
    "the future": (ROWS, CSV, f"{GOOD}f3,2124-01-03,1,no\n", 2, {"row.future_time": 1}),
    "no time at all": (ROWS, CSV, f"{GOOD}f3,soon,1,no\n", 2, {"row.bad_time": 1}),
    "a key twice": (ROWS, CSV, f"{GOOD}f1,{DAY},1,no\n", 2, {"row.duplicate_key": 1}),
    "no key": (ROWS, CSV, f"{GOOD},{DAY},1,no\n", 2, {"row.missing_key": 1}),
    "NaN and inf": (
        ROWS,
        CSV,
        f"{GOOD}f3,{DAY},NaN,no\nf4,{DAY},-inf,no\n",
        2,
        {"row.not_finite": 2},
    ),
    "a label's unseen class": (
        LABELS,
        CSV,
        "flight,late\nf1,yes\nf2,maybe\n",
        1,
        {"label.unknown_class": 1},
    ),
    "a label of no row": (
        LABELS,
        JSON,
        json.dumps({"labels": [{"flight": "f1", "late": "yes"}, {"flight": None, "late": "no"}]}),
        1,
        {"label.malformed": 1},
    ),
    "an answer above one": (ANSWERS, JSON, answer(probability=2), 1, {"row.bad_output": 1}),
    "an answer of NaN": (ANSWERS, JSON, answer(probability="NaN"), 1, {"row.bad_output": 1}),
    "an answer's wrong type": (ANSWERS, JSON, answer(wind="fast"), 1, {"row.bad_type": 1}),
    "an answer's future": (ANSWERS, JSON, answer(at="2124-01-03"), 1, {"row.future_time": 1}),
}


@pytest.mark.parametrize("case", ASIDE)
def test_bad_rows_are_put_aside_counted_and_shown(world: Any, case: str) -> None:
    path, media, body, kept, aside = ASIDE[case]
    key = "DL:developer" if path == ROWS else "DL:service"
    told = post(world, path, body.encode(), media, key)
    assert told.status_code in {201, 202}, told.text
    assert (told.json()["rows"], told.json()["quarantined"]) == (kept, aside)
    shown = world.ask("GET", f"{MODEL}/quarantine").json()["items"]
    assert aside.items() <= {row["reason"]: row["rows"] for row in shown}.items()
    assert all(row["sample"] for row in shown)


REFUSED: dict[str, tuple[str, bytes | str, str, int, str]] = {
    "an open quote": (CSV, f'{GOOD}f3,"{DAY},1,no\n', "DL:developer", 422, "dataset.malformed"),
    "no text": (CSV, b"\x00\x1b[2J\x02", "DL:developer", 422, "dataset.missing_column"),
    "nothing": (CSV, "", "DL:developer", 422, "dataset.malformed"),
    "only a header": (CSV, "flight,at,wind,late\n", "DL:developer", 422, "dataset.no_rows"),
    "no target": (
        CSV,
        f"flight,at,wind\nf,{DAY},1\n",
        "DL:developer",
        422,
        "dataset.missing_column",
    ),
    "no feature": (
        CSV,
        f"flight,at,late\nf,{DAY},no\n",
        "DL:developer",
        422,
        "dataset.missing_column",
    ),
    "broken Parquet": (PARQUET, b"PAR1 no more", "DL:developer", 422, "dataset.malformed"),
    "Parquet as CSV": (CSV, as_parquet([{"a": 1}]), "DL:developer", 422, "dataset.malformed"),
    "CSV as Parquet": (PARQUET, GOOD, "DL:developer", 422, "dataset.malformed"),
    "another form": ("text/plain", GOOD, "DL:developer", 415, "request.bad_media"),
    "a wrong key": (CSV, GOOD, "tnr_wrong", 401, "key.malformed"),
    "another tenant's key": (CSV, GOOD, "B6:developer", 404, "tenant.not_found"),
    "a key that may only look": (CSV, GOOD, "DL:viewer", 403, "key.not_allowed"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_read_is_refused_whole(world: Any, case: str) -> None:
    media, body, key, status, code = REFUSED[case]
    told = post(world, ROWS, body if isinstance(body, bytes) else body.encode(), media, key)
    said = told.json()
    assert (told.status_code, said["code"]) == (status, code)
    assert said["message"]
    assert all(c.isprintable() or c == "\n" for text in said.values() for c in text)
    assert len(world.ask("GET", ROWS).json()["items"]) == 1


def test_an_oversized_body_is_refused_although_nothing_says_how_long_it_is(world: Any) -> None:
    parts = (b"f,no\n" * (1 << 18) for _ in range(17))
    told = world.ask("POST", LABELS, "DL:service", content=parts, headers={"Content-Type": CSV})
    assert (told.status_code, told.json()["code"]) == (413, "request.too_large")


def test_labels_that_nobody_asked_for_and_repeats_are_taken_in_for_the_worker(world: Any) -> None:
    """Only the worker knows what will be predicted yet: see tests/services/test_collect.py."""
    for body in (b"flight,late\nghost,yes\n", b"flight,late\nf1,yes\nf1,no\n"):
        assert post(world, LABELS, body, CSV).status_code == 202
