"""The root of a serving process: `python -m tenure.app.serving --home FOLDER --port 8701`.

SIGTERM and Ctrl-C drain: no new connections, answers under way are finished, shadows and log are
flushed, a last acknowledgement is written, and the process exits with 0.
"""

import argparse
import logging
import os
import secrets
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from tenure.adapters.framelog.writer import SegmentWriter
from tenure.adapters.releases.folder import FolderReleases
from tenure.app.lookups import AllowedStores
from tenure.app.places import Certificate, ServingAddress
from tenure.app.settings import load
from tenure.app.telemetry import SILENT, Told, told_of
from tenure.core.limits import Limits
from tenure.core.lookups import Allowance
from tenure.serving.assembly import UNBOUNDED, Bounds, Grpc, Logs, plane
from tenure.serving.door import HEAD_SECONDS, door_of
from tenure.serving.loading import Sources
from tenure.serving.plane import Plane

DRAIN_SECONDS = 5
"""For how long answers under way may take once a signal has come; `tenure up` waits for ten."""


def build(
    home: Path,
    grpc: Grpc | None = None,
    bounds: Bounds = UNBOUNDED,
    told: Told = SILENT,
    lookups: Sequence[Allowance] = (),
) -> Plane:
    """Wire the data plane of a home folder."""
    from tenure.adapters.blobs.local import LocalBlobs
    from tenure.adapters.frameworks.registry import FrameworkRuntimes
    from tenure.adapters.jail.hosting import HostedRuntimes
    from tenure.adapters.machine.memory import ProcessMemory
    from tenure.adapters.secrets.references import References
    from tenure.adapters.telemetry.figures import FolderFigures

    return wire(
        home,
        Sources(
            FolderReleases(home / "releases"),
            LocalBlobs(home / "blobs"),
            HostedRuntimes(FrameworkRuntimes()),
            ProcessMemory(),
            FolderFigures(home / "figures"),
            AllowedStores(References(home), lookups),
        ),
        grpc,
        bounds,
        told,
    )


def wire(
    home: Path,
    sources: Sources,
    grpc: Grpc | None = None,
    bounds: Bounds = UNBOUNDED,
    told: Told = SILENT,
) -> Plane:
    """Wire the data plane to other sources; the log stays in the home."""
    process = f"{os.getpid()}-{secrets.token_hex(4)}"
    logs = Logs(
        relaxed=SegmentWriter(home / "log", f"{process}-a"),
        durable=SegmentWriter(home / "log", f"{process}-d", sync=True),
        access=told.access,
        tracer=told.tracer,
    )
    return plane(process, sources, logs, grpc, bounds)


def bounds_of(at: ServingAddress) -> Bounds:
    """Return what one of the processes there may use."""
    limits = Limits(at.rate or None, at.concurrent or None, at.payload)
    return Bounds(at.memory // at.workers, limits, at.workers)


def server(
    application: Plane,
    host: str,
    port: int,
    *,
    head_seconds: float = HEAD_SECONDS,
    certificate: Certificate | None = None,
) -> uvicorn.Server:
    """Return the HTTP server of a data plane, not started; with a certificate it speaks TLS."""
    return uvicorn.Server(
        uvicorn.Config(
            application,
            host=host,
            port=port,
            loop="uvloop",
            http=door_of(application, head_seconds),
            ws="none",
            lifespan="on",
            ssl_certfile=certificate.chain if certificate else None,
            ssl_keyfile=certificate.key if certificate else None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nothing here asks who the client is
            log_level="warning",
            timeout_keep_alive=75,
            timeout_graceful_shutdown=DRAIN_SECONDS,
        )
    )


def run(
    application: Plane,
    host: str,
    port: int,
    listening: int | None = None,
    certificate: Certificate | None = None,
) -> None:
    """Answer until a signal comes; `listening` is the descriptor of a socket that does already."""
    for name in (signal.SIGTERM, signal.SIGINT):
        # uvicorn drains, restores this handler and raises the signal again: that is a normal end
        signal.signal(name, lambda *_: None)
    sockets = None if listening is None else [socket.socket(fileno=listening)]
    server(application, host, port, certificate=certificate).run(sockets)


def main(arguments: Sequence[str] | None = None) -> None:
    """Read the command line and the settings, and serve."""
    parser = argparse.ArgumentParser(prog="python -m tenure.app.serving", description=__doc__)
    parser.add_argument("--home", help="the home folder")
    parser.add_argument("--host", help="where to listen")
    parser.add_argument("--port", type=int, help="where to listen")
    parser.add_argument("--listening", type=int, help="descriptor of a socket that listens there")
    parser.add_argument("--grpc-port", type=int, help="where to listen for gRPC; 0: nowhere")
    given = parser.parse_args(arguments)
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    flags = {
        "home": given.home,
        "serving.host": given.host,
        "serving.port": given.port,
        "serving.grpc_port": given.grpc_port,
    }
    settings = load(flags)
    at = settings.serving
    own = settings.certificate
    pair = (own.key.read_bytes(), own.chain.read_bytes()) if own else None
    grpc = Grpc(at.grpc.authority, shared=at.workers > 1, tls=pair) if at.grpc else None
    told = told_of("serving", settings.home, at)
    application = build(settings.home, grpc, bounds_of(at), told, settings.lookups)
    run(application, at.host, at.port, given.listening, own)


if __name__ == "__main__":
    main()
