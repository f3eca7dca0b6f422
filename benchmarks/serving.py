"""CPU per 1-row request: LightGBM and a no-op behind Tenure, plain FastAPI, uvicorn alone.

Eighteen features, a key and a time; key checked, answer logged, with no and with two shadow
lanes, over 1, 16 and 64 connections. Server CPU only, until everything is in the log; what the
worker then pays to collect it is measured too. Servers take short turns on the same rows: costs
are the least of all rounds, ratios and differences the median of those within a round.
"""

import asyncio
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any, Self

import numpy as np

from benchmarks import endpoints
from benchmarks.endpoints import Published
from benchmarks.processes import cpu_of
from benchmarks.report import Bound, Outcome, check
from benchmarks.rows import FEATURES
from benchmarks.servers import BARE, FASTAPI, Server, running
from tenure.cli.replay.connection import Answer, Outgoing, Poster
from tenure.services import collect

LINES = (1, 16, 64)
CHECKED = 100
SLICE = 800
"""Requests of one server in a row; then it is the next one's turn."""
COLLECTED = 1500
"""Requests that the worker collects at once; it looks four times a second."""
GOALS = {f"lightgbm_over_noop_{lines}": Bound(at_most=1.5) for lines in LINES}
AIMS = {f"fastapi_over_tenure_{LINES[-1]}": Bound(at_least=5.0)}
LIBRARIES = ("tenure", "lightgbm", "uvicorn", "uvloop", "httptools", "fastapi", "pydantic")
Rows = Sequence[Sequence[float]]


def measure(*, quick: bool) -> Outcome:
    """Check every server's answers, then time them in turns."""
    drawn = np.random.default_rng(11).normal(size=(COLLECTED, len(FEATURES)))
    sample: Rows = drawn.tolist()
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        published = endpoints.publish(Path(folder) / "home")
        with (
            closing(published.house.store),
            running(published) as servers,
            Client(servers, sample) as client,
        ):
            for name in servers:
                _check(name, client, published, sample)
            rounds = [_round(client, published) for _ in range(2 if quick else 9)]
            collect.gather(published.house)
            collecting = _collecting(client, published, 1 if quick else 3)
    return Outcome("serving", _combined(rounds, collecting), GOALS, AIMS, LIBRARIES)


class Client:
    """Keeps its connections open from round to round, so that only requests are paid for."""

    def __init__(self, servers: Mapping[str, Server], sample: Rows) -> None:
        self.servers = servers
        self._bodies = {name: _bodies(name, sample) for name in servers}
        self._runner = asyncio.Runner()
        self._posters = {
            (name, lines): Poster(server.url, server.key, connections=lines)
            for name, server in servers.items()
            for lines in LINES
        }

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for poster in self._posters.values():
            poster.close()
        self._runner.close()

    def post(self, name: str, lines: int, rows: int) -> list[Answer]:
        """Post the first rows of the sample; every one of them has to be answered with 200."""
        bodies = self._bodies[name][:rows]
        outgoing = [Outgoing(body, 1, place) for place, body in enumerate(bodies)]
        answered = self._runner.run(self._posters[name, lines].post_all(outgoing))
        bad = [answer for answer in answered if answer.status != 200]
        check(not bad, f"{name}: {bad[0].status} {bad[0].body!r}" if bad else "")
        return answered


def _check(name: str, client: Client, published: Published, sample: Rows) -> None:
    """Compare a server's answers with the model asked here, one by one, and count its log."""
    answered = client.post(name, LINES[0], CHECKED)
    if name == BARE:
        return
    model = "lightgbm" if name == FASTAPI else name
    for answer in answered:
        values = sample[answer.sent.tag]
        columns: dict[str, list[object]] = {f: [v] for f, v in zip(FEATURES, values, strict=True)}
        ((expected,),) = published.predictors[model].predict(columns, 1)
        said = json.loads(answer.body)
        got = said["probability"] if name == FASTAPI else said["outputs"][0]["data"][0]
        check(abs(got - expected) < 1e-12, f"{name} says {got}, the model says {expected}")
    if name != FASTAPI:
        _collect(published, CHECKED)


def _round(client: Client, published: Published) -> dict[str, float]:
    """Return µs per request of everybody, over every number of connections."""
    figures: dict[str, float] = {}
    for lines in LINES:
        for name, server in client.servers.items():
            client.post(name, lines, lines)  # opens the connections
            before = cpu_of(server.pid)
            client.post(name, lines, SLICE)
            if server.key:
                endpoints.settle(published.house)
            figures[f"{name}_us_{lines}"] = (cpu_of(server.pid) - before) * 1e6 / SLICE
    return figures


def _collecting(client: Client, published: Published, times: int) -> dict[str, float]:
    """Return what the worker pays to collect one request of each endpoint, in µs."""
    figures: dict[str, float] = {}
    for name in [name for name, server in client.servers.items() if server.key] * times:
        client.post(name, LINES[1], COLLECTED)
        spent = _collect(published, COLLECTED) * 1e6 / COLLECTED
        figures[f"{name}_collect_us"] = min(spent, figures.get(f"{name}_collect_us", spent))
    return figures


def _collect(published: Published, rows: int) -> float:
    """Do what the worker does with the log; return its CPU seconds. No answer may be missing."""
    endpoints.settle(published.house)
    before = time.process_time()
    found = collect.gather(published.house)
    spent = time.process_time() - before
    check(found.predictions == rows, f"{rows} answers, {found.predictions} of them in the log")
    return spent


def _combined(
    rounds: Sequence[Mapping[str, float]], collecting: Mapping[str, float]
) -> dict[str, float]:
    """Return the least of every raw figure, and the median of what rounds say about pairs."""
    least = {name: min(figures[name] for figures in rounds) for name in rounds[0]}
    pairs = [_pairs(figures, collecting["lightgbm_collect_us"]) for figures in rounds]
    medians = {name: median(figures[name] for figures in pairs) for name in pairs[0]}
    return {**least, **collecting, **medians}


def _pairs(figures: Mapping[str, float], collecting: float) -> dict[str, float]:
    """Return what the figures of one round say about each other."""
    said: dict[str, float] = {}
    for lines in LINES:
        ours, noop = figures[f"lightgbm_us_{lines}"], figures[f"noop_us_{lines}"]
        peer = figures[f"{FASTAPI}_us_{lines}"]
        said[f"overhead_us_{lines}"] = ours - noop
        said[f"lightgbm_over_noop_{lines}"] = ours / noop
        said[f"noop_minus_bare_us_{lines}"] = noop - figures[f"{BARE}_us_{lines}"]
        said[f"shadowed_over_lightgbm_{lines}"] = figures[f"lightgbm_shadowed_us_{lines}"] / ours
        said[f"fastapi_over_serving_{lines}"] = peer / ours
        said[f"fastapi_over_tenure_{lines}"] = peer / (ours + collecting)
    return said


def _bodies(name: str, sample: Rows) -> list[bytes]:
    """Return a body per row: V2 for Tenure and the floor, one flat object for FastAPI."""
    at = datetime.now(UTC).isoformat(timespec="seconds")
    make = _flat if name == FASTAPI else _v2
    return [
        json.dumps(make(f"r{place}", at, dict(zip(FEATURES, values, strict=True)))).encode()
        for place, values in enumerate(sample)
    ]


def _flat(key: str, at: str, values: Mapping[str, float]) -> dict[str, Any]:
    return {"id": key, "at": at, **values}


def _v2(key: str, at: str, values: Mapping[str, float]) -> dict[str, Any]:
    texts = [_tensor("id", "BYTES", key), _tensor("at", "BYTES", at)]
    return {"inputs": [*texts, *(_tensor(name, "FP64", v) for name, v in values.items())]}


def _tensor(name: str, datatype: str, value: object) -> dict[str, Any]:
    return {"name": name, "shape": [1], "datatype": datatype, "data": [value]}
