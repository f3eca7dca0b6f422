"""Puts one serving process together from its ports; `app/serving.py` brings the adapters."""

import asyncio
import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tenure.core.limits import Limits
from tenure.ports.access import AccessLog
from tenure.ports.frames import LogWriter
from tenure.ports.traces import Tracer
from tenure.serving.explanations import Explanations
from tenure.serving.flights import Flights
from tenure.serving.following import Follower, living
from tenure.serving.inference import Inference
from tenure.serving.journal import Journal
from tenure.serving.limits import Allowances
from tenure.serving.loading import Loader, Sources
from tenure.serving.meters import Meters
from tenure.serving.pens import PAUSE_SECONDS, Pen
from tenure.serving.plane import Plane
from tenure.serving.residence import DEFAULT_BYTES, Residence
from tenure.serving.scraping import Board
from tenure.serving.shadows import Shadows
from tenure.serving.telemetry import Telemetry
from tenure.serving.work import Workshop

if TYPE_CHECKING:
    from tenure.serving.rpc.listener import Listener

YOUNG_OBJECTS = 50_000
"""How many new objects wait for Python's garbage collector to look for cycles among them."""
EXPLAINING = 2
"""How many explanations are computed at a time; predictions have threads of their own."""
TURN_SECONDS = 0.0005
"""How long another thread may compute while an answer waits: Python's own 5 ms were the slowest answers."""
SETTLE_SECONDS = 3.0
"""For how long the end waits for shadows and log; afterwards what is left is dropped."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one process may use: its share of what the machine may."""

    memory_bytes: int  # of loaded models
    each_tenant: Limits  # of all processes together, which are
    processes: int = 1


UNBOUNDED = Bounds(DEFAULT_BYTES, Limits())
"""The usual memory, and as many requests as come."""


@dataclass(frozen=True, slots=True)
class Logs:
    """Where answers are written: `durable` should force each write to disk."""

    relaxed: LogWriter
    durable: LogWriter
    access: AccessLog | None = None  # not written as a rule
    tracer: Tracer | None = None  # as above


@dataclass(frozen=True, slots=True)
class Grpc:
    """Where gRPC is answered as well: "host:port", which several processes may share."""

    address: str
    shared: bool = False
    tls: tuple[bytes, bytes] | None = None  # private key and certificate with its chain, in PEM


def plane(
    process: str,
    sources: Sources,
    logs: Logs,
    grpc: Grpc | None = None,
    bounds: Bounds = UNBOUNDED,
) -> Plane:
    """Return the ASGI application of one process. `process` is unique per start."""
    meters, parts = Meters(), _parts(sources, logs, bounds)
    residence, journal, workshop = parts.residence, parts.journal, parts.workshop

    async def begin() -> None:
        journal.start()
        await asyncio.to_thread(board.fold)
        follower.start()
        if listener is not None:
            await listener.start()
        gc.collect()
        gc.freeze()  # what was imported lives as long as the process: no need to look at it again
        sys.setswitchinterval(TURN_SECONDS)
        residence.start()
        gc.set_threshold(YOUNG_OBJECTS, 20, 50)  # a request leaves no cycles behind

    async def end() -> None:
        if listener is not None:
            await listener.stop(SETTLE_SECONDS)
        await follower.stop(SETTLE_SECONDS)
        await asyncio.to_thread(board.publish)
        await asyncio.to_thread(parts.close)
        for one in (logs.access, logs.tracer):
            if one is not None:
                await asyncio.to_thread(one.close)

    inference = Inference(process, journal, parts.shadows, workshop, parts.flights)
    board = Board(process, sources.figures, lambda: loader.samples(meters))

    def expose(tenant_id: str | None) -> str:
        return board.text(tenant_id, lambda: living(sources.releases))

    explaining = Explanations(process, parts.explaining)
    application = Plane(inference, explaining, expose, begin, end, _telemetry(logs))
    listener = _listener(inference, application, grpc) if grpc else None
    allowances = Allowances(bounds.each_tenant, bounds.processes)
    loader = Loader(sources, meters, residence, allowances)
    chores = (residence.review, board.answer)
    follower = Follower(process, loader, chores, sources.releases, application.swap, parts.settle)
    _watch(meters, parts, application, logs.access)
    return application


def _telemetry(logs: Logs) -> Telemetry | None:
    told = logs.access is not None or logs.tracer is not None
    return Telemetry(logs.access, logs.tracer) if told else None


def _listener(inference: Inference, application: Plane, grpc: Grpc) -> "Listener":
    from tenure.serving.rpc.listener import Listener  # gRPC's import is not free
    from tenure.serving.rpc.service import Service

    service = Service(inference, lambda: application.snapshot, application.telemetry)
    return Listener(service, grpc.address, shared=grpc.shared, tls=grpc.tls)


def _watch(meters: Meters, parts: "_Parts", application: Plane, access: AccessLog | None) -> None:
    pens = (parts.journal.relaxed, parts.journal.strict)
    residence, shadows = parts.residence, parts.shadows
    readings: dict[str, Callable[[], float]] = {
        "tenure_requests_in_flight": lambda: parts.flights.count,
        "tenure_thread_queue_depth": lambda: parts.workshop.waiting,
        "tenure_explanation_queue_depth": lambda: parts.explaining.waiting,
        "tenure_load_queue_depth": lambda: residence.depth,
        "tenure_python_queue_depth": lambda: parts.workshop.lines.depth,
        "tenure_python_restarts_total": lambda: residence.falls,
        "tenure_python_deadline_misses_total": lambda: residence.late,
        "tenure_log_lag_seconds": lambda: max(p.lag_seconds for p in pens),
        "tenure_log_dropped_rows_total": lambda: sum(p.dropped_rows for p in pens),
        "tenure_shadow_dropped_rows_total": lambda: shadows.dropped_rows,
        "tenure_model_loads_total": lambda: residence.loads,
        "tenure_model_load_failures_total": lambda: residence.failures,
        "tenure_model_evictions_total": lambda: residence.evictions,
        "tenure_model_resident_bytes": lambda: residence.bytes,
        "tenure_model_budget_bytes": lambda: residence.budget,
        "tenure_access_dropped_lines_total": lambda: access.dropped_lines if access else 0,
        "tenure_release_generation": lambda: application.snapshot.index.generation,
        "tenure_release_failed_models": lambda: len(application.snapshot.failed),
        "tenure_serving_processes": lambda: 1,
    }
    for name, read in readings.items():
        meters.watch(name, read)


@dataclass(frozen=True, slots=True)
class _Parts:
    """What answers, apart from who asks: watched, and closed at the end."""

    journal: Journal
    shadows: Shadows
    residence: Residence
    workshop: Workshop
    explaining: Workshop
    flights: Flights

    async def settle(self) -> None:
        """Return when everything accepted before is in the log."""
        await self.flights.landed()
        await self.shadows.finish()
        await self.journal.flush()

    def close(self) -> None:
        self.journal.close()
        self.workshop.close()
        self.explaining.close()
        self.residence.close()


def _parts(sources: Sources, logs: Logs, bounds: Bounds) -> _Parts:
    journal = Journal(
        relaxed=Pen(logs.relaxed, pause=PAUSE_SECONDS),
        strict=Pen(logs.durable, pause=0.0),
    )
    workshop = Workshop()
    residence = Residence(bounds.memory_bytes, sources.memory)
    shadows, explaining = Shadows(journal.note, workshop), Workshop(EXPLAINING)
    return _Parts(journal, shadows, residence, workshop, explaining, Flights())
