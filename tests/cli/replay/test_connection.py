"""The lean client against real sockets: order, retries, answers in pieces."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tenure.cli.replay.connection import Answer, Outgoing, Poster

Handle = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def post(handle: Handle, bodies: list[bytes], connections: int = 2) -> list[Answer]:
    """Run a server with `handle` and post the bodies to it."""

    async def run() -> list[Answer]:
        server = await asyncio.start_server(handle, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        poster = Poster(f"http://127.0.0.1:{port}/infer", "tnr_k", connections=connections)
        try:
            return await poster.post_all(Outgoing(body, 1, i) for i, body in enumerate(bodies))
        finally:
            poster.close()
            server.close()

    return asyncio.run(run())


async def read(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = int(head.lower().split("content-length: ")[1].split("\r\n")[0])
    return head, await reader.readexactly(length)


def reply(body: bytes, status: int = 200, more: str = "") -> bytes:
    return f"HTTP/1.1 {status} X\r\ncontent-length: {len(body)}\r\n{more}\r\n".encode() + body


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while not reader.at_eof():
        try:
            _, body = await read(reader)
        except asyncio.IncompleteReadError:
            break
        writer.write(reply(b"said " + body))
    writer.close()


def test_every_body_is_answered_once() -> None:
    bodies = [str(i).encode() for i in range(200)]
    answers = post(echo, bodies, connections=4)
    assert sorted(int(answer.body.split()[1]) for answer in answers) == list(range(200))
    assert all(answer.body == b"said " + answer.sent.body for answer in answers)


def test_the_key_and_the_path_are_sent() -> None:
    heads: list[str] = []

    async def keep(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append((await read(reader))[0])
        writer.write(reply(b""))

    post(keep, [b"{}"], connections=1)
    assert heads[0].startswith("POST /infer HTTP/1.1\r\nHost: 127.0.0.1:")
    assert "Authorization: Bearer tnr_k\r\n" in heads[0]


def test_an_answer_in_pieces_is_put_together() -> None:
    async def dribble(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read(reader)
        for place in range(0, 60, 7):
            writer.write(reply(b"0123456789")[place : place + 7])
            await asyncio.sleep(0.001)

    assert post(dribble, [b"x"])[0].body == b"0123456789"


def test_a_refusal_is_handed_back() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read(reader)
        writer.write(reply(b'{"error":"no"}', 400))

    answer = post(refuse, [b"x"])[0]
    assert (answer.status, answer.body) == (400, b'{"error":"no"}')


@pytest.mark.parametrize("first", ["closes", "503", "closes after answering"])
def test_a_server_that_restarts_is_asked_again(first: str) -> None:
    seen: list[bytes] = []

    async def restart(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            _, body = await read(reader)
        except asyncio.IncompleteReadError:
            return
        seen.append(body)
        if len(seen) == 1 and first == "closes":
            writer.close()
        elif len(seen) == 1 and first == "503":
            writer.write(reply(b"later", 503))
            await restart(reader, writer)
        else:
            writer.write(reply(b"ok", more="connection: close\r\n"))
            writer.close()

    answers = post(restart, [b"a", b"b"], connections=1)
    assert [answer.status for answer in answers] == [200, 200]
    assert set(seen) == {b"a", b"b"}
