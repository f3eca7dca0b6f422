"""Several real processes behind one port: drained, killed and switched under load."""

import asyncio
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self

import pytest

from tenure.app.places import Address
from tenure.app.supervisor import Supervisor
from tenure.app.up import listening
from tests.compiled import compiled
from tests.serving.small import KEYS, Home, logged, numeric_body, wait_until

ROOT = Path(__file__).parents[2]
PROMISED_SECONDS = 0.05
BODY = json.dumps(numeric_body()).encode()


class Clients:
    """Ask over a few connections, as clients do: they hang up when told, and try again once."""

    def __init__(self, port: int, lines: int = 6) -> None:
        self.answers: dict[str, float] = {}
        self.versions: list[str] = []
        self.failures: list[str] = []
        self.retries = 0
        self._stopping = False
        self._port = port
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(lines)))

    def __enter__(self) -> Self:
        self._thread.start()
        self.go_on()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping = True
        self._thread.join()

    def go_on(self, answers: int = 150) -> None:
        """Return when so many more answers have come."""
        before = len(self.answers)
        wait_until(lambda: self.failures or len(self.answers) >= before + answers, 60)

    async def _run(self, lines: int) -> None:
        await asyncio.gather(*(self._ask(line) for line in range(lines)))

    async def _ask(self, line: int) -> None:
        number, tried = 0, 0
        streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
        while not self._stopping:
            name = f"rq-{line}-{number}-{tried}"
            try:
                if streams is None:
                    streams = await asyncio.open_connection("127.0.0.1", self._port)
                head = await self._post(name, *streams)
            except (OSError, asyncio.IncompleteReadError) as error:
                streams, tried, self.retries = None, tried + 1, self.retries + 1
                if tried > 1:
                    self.failures.append(repr(error))
                    return
                continue
            number, tried = number + 1, 0
            if b"connection: close" in head:
                streams[1].close()
                streams = None

    async def _post(
        self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bytes:
        body = BODY[:-1] + f', "id": "{name}"}}'.encode()
        head = (
            "POST /v2/models/late/infer HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Bearer {KEYS['DL']}\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        answer = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.split(b"content-length: ")[1].split(b"\r\n")[0])
        content = await reader.readexactly(length)
        if answer.startswith(b"http/1.1 200"):
            self.answers[name] = time.monotonic()
            self.versions.append(json.loads(content)["model_version"])
        else:
            self.failures.append(content.decode())
        return answer


class Crew:
    """Two processes on one socket, kept running as `tenure up` does it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.said: list[str] = []
        self._socket = listening(Address("127.0.0.1", 0))
        self.port = int(self._socket.getsockname()[1])
        self._family = Supervisor(
            {**os.environ, **compiled(), "PYTHONPATH": str(ROOT)}, self.said.append
        )
        self._stop = threading.Event()
        self._keeper = threading.Thread(target=self._keep)

    def __enter__(self) -> Self:
        at = self._socket.fileno()
        arguments = [str(self.home.root), str(self.port), str(at)]
        for name in ("serving-1", "serving-2"):
            self._family.start(
                name, [sys.executable, "-m", "tests.serving.process", *arguments], [at]
            )
        self._keeper.start()
        wait_until(lambda: len(self.alive()) == 2, 60)
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._keeper.join()
        self._socket.close()
        self._family.stop()

    def alive(self, generation: int = 1) -> list[int]:
        """The pids of the living processes that have acknowledged a generation."""
        living = {child.pid for child in self._family.children.values()}
        acks = self.home.releases.acknowledged()
        return [a.pid for a in acks if a.pid in living and a.generation >= generation]

    def all_have(self, generation: int) -> bool:
        return len(self.alive(generation)) == 2

    def _keep(self) -> None:
        while not self._stop.is_set():
            self._family.tend()
            time.sleep(0.02)


@contextmanager
def crew(home: Home) -> Iterator[tuple[Crew, Clients]]:
    with Crew(home) as found, Clients(found.port) as clients:
        yield found, clients


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def logged_ids(home: Home) -> list[str]:
    return [row["request_id"] for row in logged(home.root)]


def test_a_worker_that_is_drained_under_load_loses_no_request(home: Home) -> None:
    home.publish(home.release())
    with crew(home) as (running, clients):
        first, _ = running.alive()
        os.kill(first, signal.SIGTERM)
        wait_until(lambda: running.said, 30)
        clients.go_on()
        wait_until(lambda: len(running.alive()) == 2, 60)  # it was started again
        clients.go_on()
    assert (clients.failures, clients.retries) == ([], 0)
    assert running.said == ["serving-1 ended (exit code 0); starts again in 0.2 s"]
    found = logged_ids(home)
    assert len(found) == len(set(found))
    assert set(clients.answers) == set(found)


@pytest.mark.chaos
@pytest.mark.parametrize("log", ["async", "durable"])
def test_a_worker_that_is_killed_under_load_is_invisible_after_one_retry(
    home: Home, log: str
) -> None:
    home.publish(home.release(log=log))
    with crew(home) as (running, clients):
        _, second = running.alive()
        before = time.monotonic()
        os.kill(second, signal.SIGKILL)
        clients.go_on()
        wait_until(lambda: len(running.alive()) == 2, 60)
        clients.go_on()
    assert clients.failures == []
    found = set(logged_ids(home))
    lost = [at for name, at in clients.answers.items() if name not in found]
    if log == "durable":
        assert lost == []
    # what was answered before the last 50 ms is there; a busy machine may stretch them
    assert all(at > before - 20 * PROMISED_SECONDS for at in lost)


def test_a_switch_and_a_rollback_reach_every_worker_without_a_failed_request(home: Home) -> None:
    home.publish(home.release())
    with crew(home) as (running, clients):
        for version in (2, 1):
            index = home.publish(home.release(arms=(home.arm(version),)))
            wait_until(partial(running.all_have, index.generation), 30)
            seen = len(clients.versions) + 6  # one answer on each line may still be under way
            clients.go_on()
            assert set(clients.versions[seen:]) == {str(version)}
    assert (clients.failures, clients.retries) == ([], 0)
