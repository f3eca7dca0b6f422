"""Mixed load with everything on, for long: what grows, and is an answer missing in the log?

`tenure up` with two serving processes, a canary and its shadows, access log and traces. Requests of
one row and of many, JSON, binary and gRPC, refused ones among them, /metrics and the control
plane. Each process's memory is looked at every second; its slope is a regression over all but the
first quarter (two minutes are all warming up: a quick run says no slope that is held to a goal).
In the end every row that was answered has to be in the log exactly once.
"""

import json
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import httpx
import numpy as np
import polars as pl

from benchmarks.lived import MODEL, TENANT, Home, Up, made, up
from benchmarks.processes import free_port, wait_until
from benchmarks.report import Bound, Outcome, check
from benchmarks.rows import FEATURES
from benchmarks.telemetry import Collector
from tenure.app.settings import load
from tenure.app.wiring import open_house
from tenure.core.deployments import ANSWERED
from tenure.services.chunks import unpack
from tenure.serving.rpc import open_inference_pb2 as messages

GOALS = {
    "serving_1_mib_per_minute": Bound(at_most=1.0),
    "serving_2_mib_per_minute": Bound(at_most=1.0),
    "control_mib_per_minute": Bound(at_most=1.0),
    "worker_mib_per_minute": Bound(at_most=1.0),
    "missing_rows": Bound(at_most=0),
    "double_rows": Bound(at_most=0),
    "failed_requests": Bound(at_most=0),
}
LIBRARIES = ("tenure", "lightgbm", "uvicorn", "uvloop", "grpcio", "polars", "pyarrow")
_PATH = f"/v2/models/{MODEL}/infer"
_MANY = 64
_LOOK_SECONDS = 1.0
_WARM_SHARE = 0.25
_METHOD = "/inference.GRPCInferenceService/ModelInfer"


@dataclass(slots=True)
class Kept:
    """What clients were told: rows by request id. A failure is what should not have failed."""

    rows: dict[str, int] = field(default_factory=dict)
    refused: int = 0
    failed: list[str] = field(default_factory=list)


Act = Callable[[str], int | None]
"""Asks under this id; returns how many rows were answered, 0 for a refusal that was due, None for a page."""


def measure(*, quick: bool) -> Outcome:
    """Ask for ten minutes (two when quick), then look for every answer."""
    seconds = 120.0 if quick else 600.0
    collector = ThreadingHTTPServer(("127.0.0.1", free_port()), Collector)
    threading.Thread(target=collector.serve_forever, daemon=True).start()
    watched = {
        "TENURE_SERVING_ACCESS_LOG": "logs/serving.jsonl",
        "TENURE_API_ACCESS_LOG": "logs/api.jsonl",
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{collector.server_port}",
        "OTEL_TRACES_SAMPLER": "parentbased_traceidratio",
        "OTEL_TRACES_SAMPLER_ARG": "0.05",
    }
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        home = made(Path(folder) / "home")
        with up(home, 2, watched) as running:
            running.deploy("", {"version": 2, "share": 0.3, "at_most": "1d"})
            looks: dict[str, list[tuple[float, float]]] = {name: [] for name in running.pids}
            with _asking(running) as kept:
                _look(running, looks, seconds)
            rows = sum(kept.rows.values())
            logged = _logged(home, rows)
        lines = (home.root / "logs" / "serving.jsonl").read_bytes().count(b"\n")
    collector.shutdown()
    collector.server_close()
    slope = "mib_per_minute_warming" if quick else "mib_per_minute"
    answers = len(kept.rows) + kept.refused
    check(lines >= answers, f"{lines} lines in the access log, {answers} answers")
    figures = {
        **{f"{name}_{slope}": _slope(found) for name, found in looks.items()},
        **{f"{name}_mib": found[-1][1] for name, found in looks.items()},
        "minutes": seconds / 60,
        "answered_requests": float(len(kept.rows)),
        "answered_rows": float(rows),
        "refused_requests": float(kept.refused),
        "failed_requests": float(len(kept.failed)),
        **_compared(kept, logged),
    }
    for words in kept.failed[:10]:
        print(f"failed: {words}", file=sys.stderr)
    return Outcome("soak", figures, GOALS, {}, LIBRARIES)


def _look(running: Up, looks: dict[str, list[tuple[float, float]]], seconds: float) -> None:
    """Note every process's memory in MiB, by the minute at which it was looked at."""
    began = time.monotonic()
    while (passed := time.monotonic() - began) < seconds:
        for name, pid in running.pids.items():
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            looks[name].append((passed / 60, pages * 4096 / 2**20))
        time.sleep(_LOOK_SECONDS)


def _slope(found: list[tuple[float, float]]) -> float:
    """Return MiB a minute, once everything is warm."""
    minutes, sizes = np.array(found[int(len(found) * _WARM_SHARE) :]).T
    return float(np.polyfit(minutes, sizes, 1)[0])


def _logged(home: Home, rows: int) -> pl.DataFrame:
    """Return what clients were answered, as the worker has collected it."""
    house = open_house(load({"home": home.root}, {}), "bench")

    def found() -> pl.DataFrame:
        with house.store.read() as work:
            chunks = work.chunks.list(TENANT, model_id=MODEL, limit=1_000_000)
        if not chunks:
            return pl.DataFrame(schema={"request_id": pl.String, "row": pl.Int32})
        answered = pl.col("lane").is_in(ANSWERED) & (pl.col("status") == "ok")
        return unpack(house, chunks).filter(answered).select("request_id", "row")

    try:
        until = time.monotonic() + 60
        while (table := found()).height < rows and time.monotonic() < until:
            time.sleep(1)
        return table
    finally:
        house.trainer.close()
        house.store.close()


def _compared(kept: Kept, logged: pl.DataFrame) -> dict[str, float]:
    told = pl.DataFrame(
        {"request_id": list(kept.rows), "rows": list(kept.rows.values())},
        schema={"request_id": pl.String, "rows": pl.Int64},
    )
    counts = logged.group_by("request_id").agg(pl.len().alias("found"), pl.col("row").n_unique())
    both = told.join(counts, on="request_id", how="left").fill_null(0)
    return {
        "missing_rows": float((both["rows"] - both["row"]).clip(0).sum()),
        "double_rows": float((both["found"] - both["row"]).sum()),
    }


@contextmanager
def _asking(running: Up) -> Iterator[Kept]:
    """Ask in every way, a thread for each; rates are such that a machine has room for others."""
    kept, ending, lock = Kept(), threading.Event(), threading.Lock()
    with ExitStack() as stack:
        channel = stack.enter_context(grpc.insecure_channel(running.grpc))

        def line(url: str = running.serving) -> httpx.Client:
            found = httpx.Client(base_url=url, headers=running.headers, timeout=60)
            return stack.enter_context(found)

        model = f"/api/v1/tenants/{TENANT}/models/{MODEL}"
        acts: list[tuple[str, float, Act]] = [
            *[(f"one-{n}", 0.008, _posted(line(), 1)) for n in range(4)],
            ("many", 0.05, _posted(line(), _MANY)),
            ("binary", 0.02, _binary(line())),
            ("rpc", 0.02, _remote(channel, running.headers["Authorization"])),
            ("bad", 0.1, _refused(line())),
            ("figures", 1.0, _page(line(), "/metrics")),
            ("control", 0.5, _page(line(running.api), model)),
        ]
        threads = [threading.Thread(target=_go_on, args=(*a, kept, ending, lock)) for a in acts]
        for thread in threads:
            thread.start()
        try:
            wait_until(lambda: len(kept.rows) > len(acts), "answers")
            yield kept
        finally:
            ending.set()
            for thread in threads:
                thread.join()


def _go_on(
    name: str,
    pause: float,
    act: Act,
    kept: Kept,
    ending: threading.Event,
    lock: threading.Lock,
) -> None:
    number = 0
    while not ending.wait(pause):
        request_id, number = f"{name}-{number}", number + 1
        try:
            rows = act(request_id)
        except Exception as error:  # noqa: BLE001  # whatever it was, it is told in the end
            kept.failed.append(f"{request_id}: {error!r}")
            continue
        with lock:
            if rows:
                kept.rows[request_id] = rows
            elif rows is not None:
                kept.refused += 1


def _matrix(rows: int, **more: Any) -> dict[str, Any]:
    tensor = {"name": "rows", "shape": [rows, len(FEATURES)], "datatype": "FP64"}
    return {**tensor, **more}


def _posted(http: httpx.Client, rows: int) -> Act:
    values = np.random.default_rng(3).normal(size=rows * len(FEATURES)).tolist()

    def act(request_id: str) -> int:
        body = {"id": request_id, "inputs": [_matrix(rows, data=values)]}
        answer = http.post(_PATH, json=body).raise_for_status().json()
        return len(answer["outputs"][0]["data"])

    return act


def _binary(http: httpx.Client) -> Act:
    raw = np.random.default_rng(5).normal(size=len(FEATURES)).tobytes()

    def act(request_id: str) -> int:
        tensor = _matrix(1, parameters={"binary_data_size": len(raw)})
        head = json.dumps({"id": request_id, "inputs": [tensor]}).encode()
        headers = {
            "Content-Type": "application/octet-stream",
            "Inference-Header-Content-Length": str(len(head)),
        }
        http.post(_PATH, content=head + raw, headers=headers).raise_for_status()
        return 1

    return act


def _remote(channel: grpc.Channel, authorization: str) -> Act:
    call = channel.unary_unary(
        _METHOD,
        request_serializer=messages.ModelInferRequest.SerializeToString,
        response_deserializer=messages.ModelInferResponse.FromString,
    )
    values = np.random.default_rng(7).normal(size=len(FEATURES)).tolist()
    contents = messages.InferTensorContents(fp64_contents=values)
    tensor = messages.ModelInferRequest.InferInputTensor(
        name="rows", shape=[1, len(FEATURES)], datatype="FP64", contents=contents
    )

    def act(request_id: str) -> int:
        request = messages.ModelInferRequest(model_name=MODEL, id=request_id, inputs=[tensor])
        call(request, metadata=(("authorization", authorization),), timeout=60)
        return 1

    return act


def _refused(http: httpx.Client) -> Act:
    def act(_: str) -> int:
        answer = http.post(_PATH, content=b'{"inputs": [')
        check(answer.status_code == httpx.codes.BAD_REQUEST, answer.text)
        return 0

    return act


def _page(http: httpx.Client, path: str) -> Act:
    def act(_: str) -> None:
        http.get(path).raise_for_status()

    return act
