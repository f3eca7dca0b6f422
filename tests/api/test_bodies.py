"""Bad input: each has a clear error in one shape, and none of them is ours."""

from collections.abc import Iterator
from typing import Any

import pytest

from tenure.api import bodies

TENANTS = "/api/v1/tenants"
LABELS = "/api/v1/tenants/DL/models/arrival-delay/labels"
DATASETS = "/api/v1/tenants/DL/models/arrival-delay/datasets"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "request.invalid"),
        (b"{", "request.bad_json"),
        (b'{"id": NaN, "name": "x"}', "request.bad_json"),
        (b'{"id": Infinity, "name": "x"}', "request.bad_json"),
        (b'{"id": "x", "name": "\xff"}', "request.bad_json"),
        (b'{"id": "x", "name": "\\ud800"}', "request.bad_json"),
        (b'{"id": "x", "name": "a\\u0000b"}', "request.bad_text"),
        (b'{"id": "x", "name": "a\\u001bb"}', "request.invalid"),
        (b"[" * 5000 + b"]" * 5000, "request.bad_json"),
        (b'{"id": ' + b"[" * 50 + b"]" * 50 + b"}", "request.bad_json"),
        (b'{"id": "x", "name": "x", "admin": true}', "request.unknown_field"),
        (b'{"id": 7, "name": "x"}', "request.invalid"),
        (b'{"id": "x"}', "request.invalid"),
        (b'{"id": "../etc", "name": "x"}', "tenant.bad_name"),
        (b'{"id": "_", "name": "x"}', "tenant.bad_name"),
        (b"[]", "request.invalid"),
        (b"null", "request.invalid"),
        (b'{"id": "x", "name": "' + b"x" * 501 + b'"}', "request.invalid"),
        (b'{"id": ' + b"9" * 5000 + b', "name": "x"}', "request.bad_json"),
    ],
)
def test_wrong_json_is_refused_in_words(world: Any, body: bytes, code: str) -> None:
    answer = world.ask("POST", TENANTS, content=body, headers=JSON)
    assert answer.status_code == 422, answer.text
    said = answer.json()
    assert said["code"] == code
    assert set(said) == {"code", "message", "where", "hint"}
    assert said["message"]


def test_json_under_another_name_is_not_read_as_json(world: Any) -> None:
    body = b'{"id": "x", "name": "x"}'
    answer = world.ask("POST", TENANTS, content=body, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 422


def test_the_place_of_a_mistake_is_told(world: Any) -> None:
    answer = world.ask("POST", "/api/v1/tenants/DL/keys", json={"role": "emperor", "name": "x"})
    assert answer.json()["where"] == "body.role"
    assert "viewer" in answer.json()["message"]


def test_a_small_body_has_a_small_limit(world: Any) -> None:
    answer = world.ask("POST", TENANTS, content=b" " * (bodies.SMALL + 1), headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


def test_a_body_that_hides_its_length_is_cut_off_while_it_streams(world: Any) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        while sent < 2 * bodies.ROWS:
            sent += 1024**2
            yield b"x" * 1024**2

    answer = world.ask("POST", LABELS, content=endless(), headers={"Content-Type": "text/csv"})
    assert (answer.status_code, answer.json()["code"]) == (413, "request.too_large")


def test_the_limit_comes_before_the_reading_and_the_key_before_the_limit(world: Any) -> None:
    headers = {"Content-Type": "text/csv", "Content-Length": str(bodies.TABLE + 1)}
    assert world.ask("POST", DATASETS, "DL:developer", headers=headers).status_code == 413
    assert world.ask("POST", DATASETS, "DL:viewer", headers=headers).status_code == 403
    assert world.ask("POST", DATASETS, None, headers=headers).status_code == 401


@pytest.mark.parametrize(
    "media", ["", "text/html", "multipart/form-data; boundary=x", "application/x-pickle", "CSV"]
)
def test_tables_come_as_csv_or_parquet_only(world: Any, media: str) -> None:
    headers = {"Content-Type": media} if media else {}
    answer = world.ask("POST", DATASETS, content=b"x", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "request.bad_media")
    assert "text/csv" in answer.json()["hint"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/tenants?limit=0",
        "/api/v1/tenants?limit=1001",
        "/api/v1/tenants?limit=x",
        "/api/v1/tenants/DL/jobs?after=-1",
        "/api/v1/tenants/DL/jobs?after=99999999999999999999",
        "/api/v1/tenants/DL/jobs?state=dancing",
        "/api/v1/tenants/DL/clock?wait=nan",
        "/api/v1/tenants/DL/clock?wait=31",
        "/api/v1/tenants/DL/models/arrival-delay/windows?since=yesterday",
        "/api/v1/tenants/DL/models/arrival-delay/windows?since=2024-01-01T00:00:00",
        "/api/v1/tenants/DL/models/arrival-delay/windows?since=0001-01-01T00:00:00%2B14:00",
        "/api/v1/tenants/DL/models/arrival-delay/versions/0",
        "/api/v1/tenants/DL/models/arrival-delay/versions/99999999999999999999",
        "/api/v1/tenants/DL/findings?kind=a%00b",
    ],
)
def test_wrong_parameters_are_refused(world: Any, path: str) -> None:
    answer = world.ask("GET", path)
    assert answer.status_code == 422
    assert answer.json()["code"].startswith("request.")


@pytest.mark.parametrize(
    "name", ["%00", "..%2f..%2fetc%2fpasswd", "%2e%2e", "a%0ab", "%f0%9f%92%a9", "x" * 3000, "%ff"]
)
def test_odd_names_in_the_address_are_simply_not_there(world: Any, name: str) -> None:
    for path in (f"tenants/{name}", f"tenants/DL/models/{name}", f"tenants/DL/findings/{name}"):
        assert world.ask("GET", f"/api/v1/{path}").status_code == 404


def test_times_are_given_with_their_zone(world: Any) -> None:
    for wrong in (
        "2024-01-01T00:00:00",
        "soon",
        1e9,
        "1700000000",
        "9999-12-31T23:59:59-14:00",
        None,
    ):
        answer = world.ask("POST", "/api/v1/tenants/DL/clock", json={"to": wrong})
        assert answer.status_code == 422, wrong
