"""CPU per request of everybody who serves: Tenure with everything on, and the field.

The same model (LightGBM, then scikit-learn's histogram boosting), rows and client; 1 and 64 rows, over 1, 16 and 64 connections. CPU is that
of the server's whole process tree; for Tenure what its worker pays to collect and profile the log is added.
Servers take short turns: costs are medians, ratios medians of those within a round.
"""

import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import contenders, endpoints
from benchmarks.client import Client
from benchmarks.contenders import MLSERVER, Contender, Model, Rows, v2
from benchmarks.endpoints import FEATURES, HISTOGRAM, LIGHTGBM, Published
from benchmarks.peers import environment
from benchmarks.processes import free_port
from benchmarks.report import Bound, Outcome, WrongAnswerError, check
from benchmarks.servers import Server, running
from tenure.services import collect

TENURE, UNLOGGED = "tenure", "unlogged"
Shapes = Sequence[tuple[int, int]]
SHAPES: Shapes = ((1, 1), (1, 16), (1, 64), (64, 16), (64, 64))  # rows, connections
SIDE_SHAPES: Shapes = ((1, 64), (64, 64))
"""Of the second kind of model: what differs is the model, not the way there."""
COLLECTED = {1: 4000, 64: 1000}
"""Requests of so many rows that the worker collects at once: it looks once a second."""
_CHECKED = 60
_SECONDS = 0.4
_BODIES = 400
GOALS = {
    "fastapi_over_tenure_1_64": Bound(at_least=5),
    "mlserver_over_tenure_1_64": Bound(at_least=10),
    "litserve_over_tenure_1_64": Bound(at_least=12),
    "mlflow_over_tenure_1_64": Bound(at_least=12),
    "bentoml_over_tenure_1_64": Bound(at_least=20),
    "kserve_over_tenure_1_64": Bound(at_least=12),
    "ray_serve_over_tenure_1_64": Bound(at_least=15),
    "mlserver_over_tenure_64_64": Bound(at_least=1.5),
    "log_share_1_64": Bound(at_most=0.2),
    "tenure_p99_ms_1_1": Bound(at_most=1.0),
    "p99_tenure_over_mlserver_1_64": Bound(at_most=0.1),
}
AIMS = {
    "fastapi_over_tenure_1_64": Bound(at_least=10),
    "mlserver_over_tenure_1_64": Bound(at_least=20),
    "litserve_over_tenure_1_64": Bound(at_least=30),
    "mlflow_over_tenure_1_64": Bound(at_least=30),
    "bentoml_over_tenure_1_64": Bound(at_least=40),
    "kserve_over_tenure_1_64": Bound(at_least=25),
    "mlserver_over_tenure_64_64": Bound(at_least=3),
}
LIBRARIES = ("tenure", "lightgbm", "uvicorn", "uvloop", "httptools", "fastapi", "pydantic")
_SIDE = ("noop", "lightgbm_shadowed")
"""Endpoints of ours that say where the time goes; one shape only."""


@dataclass(frozen=True, slots=True)
class Cell:
    """What one server did in one turn."""

    us: float
    p50_ms: float
    p99_ms: float
    per_second: float


Figures = dict[str, float]
Round = dict[tuple[str, int, int], Cell]


def measure(*, quick: bool) -> Outcome:
    """Check every server's answers, then time them in turns."""
    rows: Rows = np.random.default_rng(11).normal(size=(4096, len(FEATURES))).tolist()
    figures: Figures = {}
    peers: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        published = endpoints.publish(Path(folder) / "home")
        with closing(published.house.store):
            for kind, shapes in (
                (LIGHTGBM, SHAPES),
                *(() if quick else ((HISTOGRAM, SIDE_SHAPES),)),
            ):
                with _started(published, kind, quick=quick) as servers:
                    found = _measured(servers, published, rows, kind, shapes, quick=quick)
                    peers |= _versions(servers)
                prefix = "" if kind == LIGHTGBM else f"{kind}_"
                figures |= {f"{prefix}{name}": value for name, value in found.items()}
    return Outcome("serving", figures, GOALS, AIMS, LIBRARIES, peers)


def _measured(  # one kind of model, all who serve it
    servers: list[Server],
    published: Published,
    rows: Rows,
    kind: str,
    shapes: Shapes,
    *,
    quick: bool,
) -> Figures:
    for server in servers:
        _check(server, published, rows, kind)
    collecting = {
        size: min(_collecting(servers[0], published, rows, size) for _ in range(3))
        for size in COLLECTED
    }
    rounds = [_round(servers, rows, shapes) for _ in range(3 if quick else 5)]
    side = {} if quick or kind != LIGHTGBM else _beside(servers[0], rows)
    names = [server.contender.name for server in servers]
    return {**_combined(names, rounds, collecting), **side}


def _versions(servers: list[Server]) -> dict[str, str]:
    return {
        server.contender.distribution: environment.version(
            _environment(server.contender), server.contender.distribution
        )
        for server in servers
        if server.contender.distribution
    }


@contextmanager
def _started(published: Published, kind: str, *, quick: bool) -> Iterator[list[Server]]:
    """Run ours, ours without a log, and the peers; who cannot run here is said, and left out."""
    file = published.home / f"peer-{kind}"
    file.write_bytes(published.originals[kind])
    with ExitStack() as stack:
        servers = []
        for name in (TENURE, UNLOGGED):
            port = free_port()
            key = {"Authorization": f"Bearer {published.key}"}
            contender = _ours(name, published, port, kind)
            servers.append(stack.enter_context(running(contender, port, [[0.0] * 20], key)))
        for make in contenders.PEERS[: 1 if quick else None]:
            port = free_port()
            folder = published.home / f"peer-{port}"
            folder.mkdir()
            print(f"starting {make.__name__}", file=sys.stderr)
            try:
                contender = make(Model(kind, file), folder, port)
                servers.append(stack.enter_context(running(contender, port, [[0.0] * 20])))
            except WrongAnswerError as error:
                print(f"left out: {error}", file=sys.stderr)
        yield servers


def _ours(name: str, published: Published, port: int, model: str) -> Contender:
    home, serving = str(published.home), ["-m", "tenure.app.serving"]
    command = {
        TENURE: [*serving, "--home", home, "--port", str(port)],
        UNLOGGED: ["-m", "benchmarks.unlogged", home, str(port)],
    }
    path = f"/v2/models/{model}/infer"
    return Contender(
        name, [sys.executable, *command[name]], path, path, v2, lambda s: s["outputs"][0]["data"]
    )


def _check(server: Server, published: Published, rows: Rows, kind: str) -> None:
    """Compare answers with the model asked here, row by row and in one request of many rows."""
    predictor = published.predictors[kind]
    asked = [rows[place : place + 1] for place in range(_CHECKED)]
    for requests in (asked, [rows[:64]]):
        for sent, said in zip(requests, server.answers(requests), strict=True):
            columns: dict[str, list[object]] = {
                name: [row[place] for row in sent] for place, name in enumerate(FEATURES)
            }
            expected = [one for (one,) in predictor.predict(columns, len(sent))]
            close = len(said) == len(expected) and np.allclose(said, expected, rtol=0, atol=1e-9)
            check(close, f"{server.contender.name} says {said[:3]}, the model {expected[:3]}")


def _collecting(server: Server, published: Published, rows: Rows, size: int) -> float:
    """Return what the worker pays to collect a request of `size` rows, in CPU µs."""
    endpoints.settle(published.house)
    collect.gather(published.house)
    count = COLLECTED[size]
    with server.client(16, many=size > 1) as client:
        requests = _requests(server, client, rows, size)
        client.post((requests * (count // len(requests) + 1))[:count])
    endpoints.settle(published.house)
    before = time.process_time()
    found = collect.gather(published.house)
    spent = time.process_time() - before
    check(
        found.predictions == count * size,
        f"{count * size} rows were answered, {found.predictions} are in the log",
    )
    with published.house.store.read() as work:
        windows = work.profiles.list(endpoints.TENANT, limit=1_000_000)
    check(sum(one.rows for one in windows) >= found.predictions, "the answers were not profiled")
    return spent * 1e6 / count


def _round(servers: Sequence[Server], rows: Rows, shapes: Shapes) -> Round:
    """Give every server its turn in every shape."""
    cells: Round = {}
    for size, lines in shapes:
        for server in servers:
            cells[server.contender.name, size, lines] = _turn(server, rows, size, lines)
    return cells


def _turn(server: Server, rows: Rows, size: int, lines: int) -> Cell:
    with server.client(lines, many=size > 1) as client:
        requests = _requests(server, client, rows, size)
        client.post(requests[:lines])  # opens the connections, warms the way
        us, found = server.cpu_of(client, requests, _SECONDS)
    per_second = len(found.latencies_ms) / found.seconds
    return Cell(us, found.percentile(0.5), found.percentile(0.99), per_second)


def _requests(server: Server, client: Client, rows: Rows, size: int) -> list[bytes]:
    last = len(rows) - size + 1
    starts = range(0, last, max(1, last // _BODIES))
    make = server.contender.body
    return [client.request(make(rows[at : at + size])) for at in starts]


def _beside(server: Server, rows: Rows) -> Figures:
    """Return the cost of a no-op, and of two shadow lanes, in turns with the model itself."""
    costs: dict[str, list[float]] = {name: [] for name in ("lightgbm", *_SIDE)}
    for _ in range(5):
        for name, found in costs.items():
            path = server.contender.one.replace("lightgbm", name)
            with Client(server.base + path, server.headers, 64) as client:
                requests = _requests(server, client, rows, 1)
                client.post(requests[:128])
                found.append(server.cpu_of(client, requests, _SECONDS)[0])
    return {f"{name}_us_1_64": median(found) for name, found in costs.items()}


def _combined(
    names: Sequence[str], rounds: Sequence[Round], collecting: Mapping[int, float]
) -> Figures:
    """Return medians of every cell, and of what rounds say about pairs."""
    figures: Figures = {f"collect_us_{size}": spent for size, spent in collecting.items()}
    for size, lines in dict.fromkeys((size, lines) for _, size, lines in rounds[0]):
        shape = f"{size}_{lines}"
        for name in names:
            cells = [cells[name, size, lines] for cells in rounds]
            figures[f"{name}_us_{shape}"] = median(cell.us for cell in cells)
            figures[f"{name}_p50_ms_{shape}"] = median(cell.p50_ms for cell in cells)
            figures[f"{name}_p99_ms_{shape}"] = min(cell.p99_ms for cell in cells)
            figures[f"{name}_per_second_{shape}"] = median(cell.per_second for cell in cells)
        for name in names[2:]:
            figures[f"{name}_over_tenure_{shape}"] = median(
                cells[name, size, lines].us / (cells[TENURE, size, lines].us + collecting[size])
                for cells in rounds
            )
        figures[f"log_share_{shape}"] = median(
            1 - cells[UNLOGGED, size, lines].us / cells[TENURE, size, lines].us for cells in rounds
        )
    if (MLSERVER, 1, 64) in rounds[0]:
        figures["p99_tenure_over_mlserver_1_64"] = (
            figures["tenure_p99_ms_1_64"] / figures["mlserver_p99_ms_1_64"]
        )
    return figures


def _environment(contender: Contender) -> str:
    special = {"mlflow": "mlflow_serve", "ray_serve": "rayserve"}
    return special.get(contender.name, contender.name)
