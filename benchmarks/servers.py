"""The processes that `serving` asks: Tenure with and without its log, and the peers."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO

from benchmarks.client import Client, Round
from benchmarks.contenders import Contender, Rows
from benchmarks.processes import cpu_of_all, family_of
from benchmarks.report import WrongAnswerError

_START_SECONDS = 300.0  # Ray's many processes import for minutes on a busy machine


@dataclass(frozen=True, slots=True)
class Server:
    """A running contender, ready to be asked."""

    contender: Contender
    pid: int
    base: str
    headers: dict[str, str]

    def client(self, lines: int, *, many: bool) -> Client:
        """Return connections to it."""
        path = self.contender.many if many else self.contender.one
        return Client(self.base + path, self.headers, lines)

    def answers(self, rows: Sequence[Rows]) -> list[list[float]]:
        """Return what it says to each of the requests."""
        with self.client(1, many=len(rows[0]) > 1) as client:
            found = client.post([client.request(self.contender.body(one)) for one in rows])
        return [self.contender.read(json.loads(body)) for body in found.answers]

    def cpu_of(
        self, client: Client, requests: Sequence[bytes], seconds: float
    ) -> tuple[float, Round]:
        """Return the CPU µs per request of the whole process tree, and the round."""
        family = family_of(self.pid)
        before = cpu_of_all(family)
        found = client.post(requests, seconds)
        return (cpu_of_all(family) - before) * 1e6 / len(found.latencies_ms), found


@contextmanager
def running(
    contender: Contender, port: int, row: Rows, headers: dict[str, str] | None = None
) -> Iterator[Server]:
    """Start it, yield it once it answers a row, and end it."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **contender.environment}
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(
            contender.command, env=environment, stdout=words, stderr=words, start_new_session=True
        )
        sent = {"Content-Type": "application/json", **(headers or {})}
        server = Server(contender, process.pid, f"http://127.0.0.1:{port}", sent)
        try:
            _wait(server, process, row, words)
            yield server
        finally:
            _end(process)


def _wait(server: Server, process: subprocess.Popen[bytes], row: Rows, words: IO[bytes]) -> None:
    until = time.monotonic() + _START_SECONDS
    while True:
        try:
            server.answers([row])
        except (OSError, WrongAnswerError) as error:
            alive = process.poll() is None and time.monotonic() < until
            if not alive:
                words.seek(0)
                said = words.read().decode(errors="replace")[-2000:]
                name = server.contender.name
                raise WrongAnswerError(f"{name} does not start: {error}\n{said}") from error
            time.sleep(0.2)
        else:
            return


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a contender and what it started; some leave children behind."""
    family = family_of(process.pid)
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pid in family - {process.pid}:
        try:
            os.kill(pid, 9)
        except ProcessLookupError:
            continue
