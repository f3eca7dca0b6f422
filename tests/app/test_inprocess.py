"""The bridge to an app in this process behaves as a server would."""

import threading
import time
from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tenure.app.inprocess import InProcessTransport


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


def slow(_: Request) -> Response:
    time.sleep(0.2)
    return JSONResponse({})


@pytest.fixture
def client() -> Iterator[httpx.Client]:
    """A client of a small app."""
    routes = [Route("/echo", echo, methods=["POST"]), Route("/fail", fail), Route("/slow", slow)]
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
    begun = time.monotonic()
    threads = [threading.Thread(target=client.get, args=("/slow",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - begun < 0.7


def test_closing_ends_the_thread() -> None:
    before = threading.active_count()
    transport = InProcessTransport(Starlette())
    with httpx.Client(base_url="http://localhost", transport=transport) as http:
        http.get("/")
    assert threading.active_count() <= before + 1  # a worker of the pool may linger for a moment
