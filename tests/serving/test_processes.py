"""Real processes: killed under load, and drained."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import httpx
import pytest

from tests.serving.small import KEYS, Home, logged, numeric_body, wait_until

pytestmark = pytest.mark.chaos

ROOT = Path(__file__).parents[2]
PROMISED_SECONDS = 0.05
BODY = json.dumps(numeric_body()).encode()


class Load:
    """Asks over a few connections and remembers when each answer came, until the server goes."""

    def __init__(self, port: int, lines: int = 4) -> None:
        self.answers: dict[str, float] = {}
        self.failures: list[str] = []
        self.stopping = False
        self._port = port
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run(lines)))

    def __enter__(self) -> Self:
        self._thread.start()
        wait_until(lambda: len(self.answers) > 200)
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping = True
        self._thread.join()

    async def _run(self, lines: int) -> None:
        await asyncio.gather(*(self._ask(line) for line in range(lines)))

    async def _ask(self, line: int) -> None:
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
            number = 0
            while not self.stopping:
                name = f"rq-{line}-{number}"
                body = BODY[:-1] + f', "id": "{name}"}}'.encode()
                head = (
                    "POST /v2/models/late/infer HTTP/1.1\r\nHost: x\r\n"
                    f"Authorization: Bearer {KEYS['DL']}\r\nContent-Length: {len(body)}\r\n\r\n"
                )
                writer.write(head.encode() + body)
                answer = await reader.readuntil(b"\r\n\r\n")
                length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                content = await reader.readexactly(length)
                self.answers[name] = time.monotonic()
                if not answer.startswith(b"HTTP/1.1 200"):
                    self.failures.append(content.decode())
                number += 1
            writer.close()
        except (OSError, asyncio.IncompleteReadError):  # killed, or closed between two requests
            return


class Watch:
    """Measures for how long this machine does not run a thread that wants to run."""

    def __init__(self) -> None:
        self.worst = 0.0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            before = time.monotonic()
            self._stop.wait(0.005)
            self.worst = max(self.worst, time.monotonic() - before - 0.005)


@contextmanager
def process(home: Home) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tests.serving.process", str(home.root), str(port)]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE) as running:
        try:
            wait_until(lambda: is_ready(port), seconds=60)
            yield running, port
        finally:
            running.kill()


def is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/v2/health/ready").status_code == 200
    except httpx.TransportError:
        return False


def logged_ids(home: Home, lane: str = "champion") -> list[str]:
    return [row["request_id"] for row in logged(home.root) if row["lane"] == lane]


def test_kill_9_loses_at_most_the_last_50_ms_of_answers(tmp_path: Path) -> None:
    """What the scheduler keeps from running cannot write: that time is measured and added."""
    home = Home(tmp_path)
    home.publish(home.release(arms=(home.arm(1), home.arm(2, "static"))))
    with process(home) as (running, port), Watch() as watch, Load(port) as load:
        running.send_signal(signal.SIGKILL)
        killed = time.monotonic()
    found = logged_ids(home)
    assert len(found) == len(set(found))
    lost = [at for name, at in load.answers.items() if name not in set(found)]
    assert all(killed - at <= PROMISED_SECONDS + watch.worst for at in lost)


def test_kill_9_loses_no_durable_answer(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.publish(home.release(log="durable"))
    with process(home) as (running, port), Load(port) as load:
        running.send_signal(signal.SIGKILL)
    found = logged_ids(home)
    assert len(found) == len(set(found))
    assert set(load.answers) <= set(found)


def test_sigterm_drains_answers_shadows_and_log(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.publish(home.release(arms=(home.arm(1), home.arm(2, "slow", seconds=0.001))), barrier=3)
    with process(home) as (running, port), Load(port) as load:
        running.send_signal(signal.SIGTERM)
        assert running.wait(30) == 0
        assert running.stderr is not None
        assert running.stderr.read() == b""
    assert load.failures == []
    for lane in ("champion", "slow"):
        assert set(load.answers) <= set(logged_ids(home, lane))
    (ack,) = home.releases.acknowledged()
    assert (ack.pid, ack.generation, ack.barrier) == (running.pid, 1, 3)
