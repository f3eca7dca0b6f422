"""What a failed request means, whoever failed it."""

import socket
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tenure.app.inprocess import InProcessTransport
from tenure.core.errors import Kind, TenureError
from tenure.sdk.http import Http


async def answer(request: Request) -> Response:
    status = int(request.path_params["status"])
    if request.path_params["form"] == "serving":
        return JSONResponse({"error": "no such model"}, status)
    if request.path_params["form"] == "refused":
        body = {"code": "gate.refused", "message": "worse", "where": "DL", "hint": "train again"}
        return JSONResponse(body, status, headers={"X-Tenure-Kind": "refused"})
    return PlainTextResponse("<html>proxy</html>", status)


@pytest.fixture
def http() -> Iterator[Http]:
    """A client of a server that fails as it is asked to."""
    app = Starlette(routes=[Route("/{form}/{status:int}", answer)])
    client = Http("http://localhost", "tnr_x", transport=InProcessTransport(app))
    yield client
    client.close()


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Kind.INVALID),
        (401, Kind.DENIED),
        (403, Kind.DENIED),
        (404, Kind.NOT_FOUND),
        (409, Kind.CONFLICT),
        (410, Kind.GONE),
        (413, Kind.TOO_LARGE),
        (422, Kind.INVALID),
        (429, Kind.LIMITED),
        (500, Kind.FAILED),
        (502, Kind.UNAVAILABLE),
        (503, Kind.UNAVAILABLE),
        (302, Kind.FAILED),
    ],
)
def test_a_status_alone_tells_the_kind(http: Http, status: int, kind: Kind) -> None:
    with pytest.raises(TenureError) as caught:
        http.send("GET", f"/proxy/{status}")
    assert caught.value.kind is kind
    assert caught.value.code == f"server.status_{status}"


def test_the_apis_errors_come_back_as_they_were_raised(http: Http) -> None:
    with pytest.raises(TenureError) as caught:
        http.send("GET", "/refused/409")
    error = caught.value
    assert (error.kind, error.code) == (Kind.REFUSED, "gate.refused")
    assert (error.message, error.where, error.hint) == ("worse", "DL", "train again")


def test_servings_errors_are_understood_too(http: Http) -> None:
    with pytest.raises(TenureError, match="no such model") as caught:
        http.send("GET", "/serving/404")
    assert caught.value.kind is Kind.NOT_FOUND


def test_when_nobody_answers_the_error_says_what_to_start() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    client = Http(url, None)
    with pytest.raises(TenureError) as caught:
        client.send("GET", "/")
    client.close()
    assert (caught.value.kind, caught.value.code) == (Kind.UNAVAILABLE, "server.unreachable")
    assert "tenure up" in caught.value.hint


def test_a_server_that_does_not_answer_in_time_is_unavailable() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        client = Http(f"http://127.0.0.1:{silent.getsockname()[1]}", None, timeout=0.05)
        with pytest.raises(TenureError) as caught:
            client.send("GET", "/")
        client.close()
    assert caught.value.code == "server.timed_out"


def test_a_key_is_sent_as_bearer_and_never_shown(http: Http) -> None:
    assert "tnr_x" not in repr(http)
    assert isinstance(http._client, httpx.Client)
    assert http._client.headers["authorization"] == "Bearer tnr_x"
