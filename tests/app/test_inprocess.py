"""The bridge to an app in this process behaves as a server would."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tenure.app.inprocess import InProcessTransport

MEETING = threading.Barrier(4)


async def echo(request: Request) -> Response:
    body = await request.body()
    return JSONResponse(
        {"method": request.method, "path": request.url.path, "query": request.url.query,
         "body": body.decode(), "key": request.headers.get("authorization")},
        status_code=201,
        headers={"X-Seen": "yes"},
    )  # fmt: skip


async def fail(_: Request) -> Response:
    raise RuntimeError("broken")


def together(_: Request) -> Response:
    """Answer when four are asking."""
    MEETING.wait(timeout=30)
    return JSONResponse({})


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """A client of a small app."""
    routes = [
        Route("/echo", echo, methods=["POST"]),
        Route("/fail", fail),
        Route("/together", together),
    ]
    transport = InProcessTransport(Starlette(routes=routes))
    with httpx.Client(base_url="http://localhost", transport=transport) as http:
        yield http


def test_a_request_arrives_whole_and_its_answer_comes_back_whole(client: httpx.Client) -> None:
    answer = client.post("/echo?a=1", content=b"hello", headers={"Authorization": "Bearer k"})
    assert (answer.status_code, answer.headers["x-seen"]) == (201, "yes")
    assert answer.json() == {
        "method": "POST", "path": "/echo", "query": "a=1", "body": "hello", "key": "Bearer k",
    }  # fmt: skip


def test_a_body_may_be_streamed(client: httpx.Client) -> None:
    assert client.post("/echo", content=iter([b"one ", b"two"])).json()["body"] == "one two"


def test_an_app_that_breaks_answers_500(client: httpx.Client) -> None:
    assert client.get("/fail").status_code == 500


def test_requests_of_several_threads_run_at_the_same_time(client: httpx.Client) -> None:
    with ThreadPoolExecutor(MEETING.parties) as pool:
        answers = [pool.submit(client.get, "/together") for _ in range(MEETING.parties)]
    assert [answer.result().status_code for answer in answers] == [200] * MEETING.parties


def test_closing_ends_the_thread() -> None:
    before = threading.active_count()
    transport = InProcessTransport(Starlette())
    with httpx.Client(base_url="http://localhost", transport=transport) as http:
        http.get("/")
    assert threading.active_count() <= before + 1  # a worker of the pool may linger for a moment
