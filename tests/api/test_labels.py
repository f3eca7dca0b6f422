"""Labels and predictions made elsewhere come in by every form and address; bad rows are counted."""

import io
import json
from typing import Any

import polars as pl
import pytest

FULL = "/api/v1/tenants/DL/models/arrival-delay/labels"
SHORT = "/api/v1/labels?model=arrival-delay"
PREDICTIONS = "/api/v1/tenants/DL/models/arrival-delay/predictions"
CSV = "text/csv"
JSON = "application/json"
PARQUET = "application/vnd.apache.parquet"
ROWS = [{"flight": "f1", "late": "yes"}, {"flight": "f2", "late": "no"}]


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    out = io.BytesIO()
    pl.DataFrame(rows).write_parquet(out)
    return out.getvalue()


def post(world: Any, path: str, body: bytes, media: str, key: str = "DL:service") -> Any:
    return world.ask("POST", path, key, content=body, headers={"Content-Type": media})


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (JSON, json.dumps({"labels": ROWS}).encode()),
        (JSON, json.dumps(ROWS).encode()),
        (CSV, b"flight,late\nf1,yes\nf2,no\n"),
        (PARQUET, as_parquet(ROWS)),
        ("Text/CSV; charset=utf-8", b"flight,late\nf1,yes\nf2,no\n"),
    ],
)
@pytest.mark.parametrize("path", [FULL, SHORT])
def test_labels_are_taken_in_for_the_worker(world: Any, path: str, media: str, body: bytes) -> None:
    answer = post(world, path, body, media)
    assert answer.status_code == 202, answer.text
    receipt = answer.json()
    assert (receipt["rows"], receipt["quarantined"]) == (2, {})
    with world.house.store.read() as work:
        (batch,) = work.label_batches.list("DL")
    assert (batch.id, batch.rows) == (receipt["batch"], 2)


def test_the_good_rows_of_a_bad_batch_are_kept_and_the_bad_ones_shown(world: Any) -> None:
    rows = [*ROWS, {"flight": "f3", "late": "maybe"}, {"flight": None, "late": "yes"}]
    receipt = post(world, FULL, json.dumps({"labels": rows}).encode(), JSON).json()
    assert receipt["rows"] == 2
    assert sum(receipt["quarantined"].values()) == 2
    listed = world.ask("GET", FULL.replace("labels", "quarantine")).json()["items"]
    assert set(receipt["quarantined"]) <= {row["reason"] for row in listed}


@pytest.mark.parametrize(
    ("media", "body"),
    [
        (JSON, b"{"),
        (JSON, b"7"),
        (JSON, b"[" * 3000),
        (JSON, b'{"labels": 7}'),
        (JSON, b'{"labels": [7]}'),
        (JSON, b'{"labels": [{"flight": "f1", "late": NaN}]}'),
        (JSON, b'{"predictions": []}'),
        (CSV, b""),
        (CSV, b"\xff\xfe\x00"),
        (CSV, b"flight\nf1\n"),
        (PARQUET, b"PAR1 but no more"),
        (PARQUET, b""),
    ],
)
def test_a_body_that_holds_no_labels_is_refused_in_words(
    world: Any, media: str, body: bytes
) -> None:
    answer = post(world, FULL, body, media)
    assert answer.status_code == 422, answer.text
    assert answer.json()["code"].startswith("label.")


def test_predictions_made_elsewhere_are_in_the_log_before_the_answer(world: Any) -> None:
    rows = [{"flight": "f1", "probability": 0.25, "wind": 7.5}, {"flight": "f2", "probability": 2}]
    body = json.dumps({"predictions": rows}).encode()
    for path in (PREDICTIONS, "/api/v1/predictions?model=DL/arrival-delay"):
        answer = post(world, path, body, JSON)
        assert answer.status_code == 202, answer.text
        assert answer.json()["rows"] == 1
        assert sum(answer.json()["quarantined"].values()) == 1
    (segment,) = world.house.logs.segments()
    frames = world.house.logs.read(segment, 0, 2**20).frames
    assert [(f.tenant_id, f.model_id, f.table.num_rows) for f in frames] == [
        ("DL", "arrival-delay", 1),
        ("DL", "arrival-delay", 1),
    ]


def test_a_key_of_the_house_says_whose_model_is_meant(world: Any) -> None:
    body = b"flight,late\nf1,yes\n"
    refused = post(world, SHORT, body, CSV, "_:admin")
    assert (refused.status_code, refused.json()["code"]) == (422, "model.no_tenant")
    assert post(world, SHORT.replace("=", "=DL/"), body, CSV, "_:admin").status_code == 202
    nobody = post(world, SHORT.replace("=", "=NO/"), body, CSV, "_:admin")
    assert (nobody.status_code, nobody.json()["code"]) == (404, "tenant.not_found")


@pytest.mark.parametrize("model", ["nothing", "DL/nothing", "DL/", "/arrival-delay", "a/b/c"])
def test_a_model_that_is_not_there_is_not_found(world: Any, model: str) -> None:
    answer = post(world, f"/api/v1/labels?model={model}", b"flight,late\nf1,yes\n", CSV)
    assert answer.status_code == 404


def test_without_a_model_the_short_address_says_what_is_missing(world: Any) -> None:
    answer = post(world, "/api/v1/labels", b"flight,late\nf1,yes\n", CSV)
    assert (answer.status_code, answer.json()["where"]) == (422, "query.model")
