"""Hosts, pages, keys and headers: what the door does before anybody looks at the request."""

import logging
from typing import Any

import pytest

HEALTH = "/api/v1/health"


@pytest.mark.parametrize("host", ["127.0.0.1:8700", "localhost", "[::1]:8700", "Tenure.Example:80"])
def test_the_server_answers_to_its_names(world: Any, host: str) -> None:
    assert world.ask("GET", HEALTH, None, headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "", "[::2]", "10.0.0.1"]
)
def test_the_server_answers_to_no_other_name(world: Any, host: str) -> None:
    answer = world.ask("GET", HEALTH, None, headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (400, "request.bad_host")


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://localhost.evil.example"])
def test_another_sites_page_may_change_nothing(world: Any, origin: str) -> None:
    answer = world.ask("POST", "/api/v1/tenants", headers={"Origin": origin}, json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "request.bad_origin")


def test_a_page_that_the_browser_calls_foreign_may_change_nothing(world: Any) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    answer = world.ask("DELETE", "/api/v1/tenants/DL/clock", headers=headers)
    assert answer.json()["code"] == "request.bad_origin"


def test_our_own_page_may_change_things(world: Any) -> None:
    headers = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
    body = {"id": "UA", "name": "United"}
    assert world.ask("POST", "/api/v1/tenants", headers=headers, json=body).status_code == 201


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer  ", "Basic dXNlcjpwYXNz", "tnr_x_y", "Bearer tnr_é"]
)
def test_a_header_that_is_no_bearer_key_is_refused(world: Any, header: str) -> None:
    headers = {"Authorization": header.encode()}
    answer = world.ask("GET", "/api/v1/tenants", None, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] in {"key.missing", "key.malformed"}


def test_an_unknown_address_tells_strangers_nothing(world: Any) -> None:
    assert world.ask("GET", "/api/v1/secrets", None).status_code == 401
    answer = world.ask("GET", "/api/v1/secrets")
    assert (answer.status_code, answer.json()["code"]) == (404, "route.not_found")


def test_a_wrong_method_says_which_are_right(world: Any) -> None:
    answer = world.ask("PATCH", "/api/v1/tenants")
    assert (answer.status_code, answer.json()["code"]) == (405, "route.bad_method")
    assert answer.headers["allow"] == "GET"


@pytest.mark.parametrize("path", ["/docs", "/redoc", "/openapi.json", "/api/v1/openapi.json"])
def test_documents_are_not_public(world: Any, path: str) -> None:
    assert world.ask("GET", path, None).status_code == 401


@pytest.mark.parametrize(
    ("path", "key"), [("/", None), (HEALTH, None), ("/api/v1/tenants", "_:admin"), ("/no", None)]
)
def test_security_headers_stand_on_everything(world: Any, path: str, key: str | None) -> None:
    headers = world.ask("GET", path, key).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "frame-ancestors 'none'" in headers["content-security-policy"]


def test_what_breaks_inside_is_logged_under_an_id_and_not_shown(
    world: Any, caplog: pytest.LogCaptureFixture
) -> None:
    with world.house.store.work() as work:  # a value that no code of ours could have written
        scope = work.tenants._scope.of("DL")
        scope.exec_driver_sql("UPDATE tenants SET body = '{\"secret\": 1}'")
    with caplog.at_level(logging.ERROR, "tenure.api"):
        answer = world.ask("GET", "/api/v1/tenants/DL")
    assert answer.status_code == 500
    body = answer.json()
    assert body["code"] == "server.failed"
    assert "secret" not in answer.text
    assert "msgspec" not in answer.text
    incident = body["hint"].split()[-1]
    assert incident in caplog.text
    assert answer.headers["x-content-type-options"] == "nosniff"
