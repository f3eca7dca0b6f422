"""CPU per request of what may be switched on to watch serving: access log, traces.

The same process, model, rows and client, differing in settings; one row over 64 connections.
Servers take short turns: shares are medians of those within a round.
"""

import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import endpoints
from benchmarks.contenders import Contender, Rows, v2
from benchmarks.endpoints import FEATURES, Published
from benchmarks.processes import free_port
from benchmarks.report import Bound, Outcome, check
from benchmarks.servers import Server, running

NOTHING = "nothing"
_COLLECTOR = free_port()
_TRACES = {
    "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{_COLLECTOR}",
    "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
    "OTEL_BSP_MAX_QUEUE_SIZE": "65536",
}
_LOG = "TENURE_SERVING_ACCESS_LOG"
WATCHED: dict[str, Mapping[str, str]] = {
    NOTHING: {},
    "access_log": {_LOG: "access.jsonl"},
    "traces_hundredth": {**_TRACES, "OTEL_TRACES_SAMPLER_ARG": "0.01"},
    "traces": {**_TRACES, "OTEL_TRACES_SAMPLER_ARG": "1"},
    "access_log_tenth": {_LOG: "access.jsonl", "TENURE_SERVING_ACCESS_SHARE": "0.1"},
}
"""What is switched on, as a person would do it."""
GOALS = {"access_log_costs": Bound(at_most=0.15)}
LIBRARIES = ("tenure", "lightgbm", "uvicorn", "uvloop", "msgspec")
_LINES = 64
_SECONDS = 0.4


def measure(*, quick: bool) -> Outcome:
    """Time every setting in turns; what each costs is a share of the CPU without any."""
    rows: Rows = np.random.default_rng(11).normal(size=(400, len(FEATURES))).tolist()
    shuffled = np.random.default_rng()
    costs: dict[str, list[float]] = {name: [] for name in WATCHED}
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        published = endpoints.publish(Path(folder) / "home")
        with (
            closing(published.house.store),
            ThreadingHTTPServer(("127.0.0.1", _COLLECTOR), Collector) as collector,
            _started(published) as servers,
        ):
            threading.Thread(target=collector.serve_forever, daemon=True).start()
            for _ in range(5 if quick else 15):
                for name in shuffled.permutation(list(servers)):  # neighbours come in waves
                    costs[name].append(_turn(servers[name], rows))
            collector.shutdown()
        written = (published.home / "access.jsonl").read_bytes().count(b"\n")
    check(written > _LINES, f"{written} lines in the access log")
    figures = {f"{name}_us": median(found) for name, found in costs.items()}
    for name in list(WATCHED)[1:]:
        pairs = zip(costs[name], costs[NOTHING], strict=True)
        figures[f"{name}_costs"] = median(on / off - 1 for on, off in pairs)
    return Outcome("telemetry", figures, GOALS, {}, LIBRARIES)


class Collector(BaseHTTPRequestHandler):
    """Takes traces in and forgets them."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _started(published: Published) -> Iterator[dict[str, Server]]:
    key = {"Authorization": f"Bearer {published.key}"}
    with ExitStack() as stack:
        servers = {}
        for name, settings in WATCHED.items():
            port = free_port()
            serving = ["-m", "tenure.app.serving", "--home", str(published.home)]
            command = [sys.executable, *serving, "--port", str(port)]
            path = "/v2/models/lightgbm/infer"
            contender = Contender(
                name, command, path, path, v2, lambda s: s["outputs"][0]["data"], settings
            )
            servers[name] = stack.enter_context(running(contender, port, [[0.0] * 20], key))
        yield servers


def _turn(server: Server, rows: Rows) -> float:
    with server.client(_LINES, many=False) as client:
        requests = [client.request(server.contender.body([row])) for row in rows]
        client.post(requests[: 2 * _LINES])  # opens the connections, warms the way
        return server.cpu_of(client, requests, _SECONDS)[0]
