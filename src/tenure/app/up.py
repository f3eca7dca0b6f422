"""`tenure up`: one command that owns a home and supervises api, serving and worker."""

import errno
import http.client
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Self
from urllib.parse import urlsplit

from tenure.app import child, home
from tenure.app.places import Address
from tenure.app.settings import Settings, flag
from tenure.app.supervisor import Supervisor
from tenure.core.errors import Kind, TenureError, conflict
from tenure.sdk.trust import pinned

_ROUND_SECONDS = 0.05
_READY_SECONDS = 60.0
_BACKLOG = 2048
_HOPELESS_FAILURES = 4  # of one child before it was ever ready
PROBES = {"api": "/api/v1/health", "serving": "/v2/health/ready"}


@dataclass(frozen=True, slots=True)
class Started:
    """What a person needs to know once everything answers. `admin_key` only at the first start."""

    api: str
    serving: str
    grpc: str = ""  # host:port, when it is listened on
    admin_key: str = ""


def run(settings: Settings, started: Callable[[Started], None], say: Callable[[str], None]) -> None:
    """Own the home until SIGTERM or SIGINT, then drain every process and return.

    Raises `home.busy`, `up.port_taken`, `up.failed`.
    """
    holder = home.Holder(
        os.getpid(),
        home.UP,
        settings.api.url,
        settings.serving.url,
        certificate=str(settings.certificate.chain.absolute()) if settings.certificate else "",
    )
    lock = home.take(settings.home, holder)
    try:
        for name, address in settings.listening.items():
            _refuse_taken(name, address)
        with (
            listening(settings.api, "api.port") as api,
            listening(settings.serving, "serving.port") as serving,
            _Stopping() as stopping,
        ):
            doors = _Doors(api, serving)
            _supervise(settings, doors, _Watch(lock, holder, stopping, started, say))
    finally:
        lock.release()


@dataclass(frozen=True, slots=True)
class _Doors:
    """The sockets on which the children answer: no other house can answer there in our name."""

    api: socket.socket
    serving: socket.socket

    def close(self) -> None:
        self.api.close()
        self.serving.close()


@dataclass(frozen=True, slots=True)
class _Watch:
    lock: home.HomeLock
    holder: home.Holder
    stopping: "_Stopping"
    started: Callable[[Started], None]
    say: Callable[[str], None]


def listening(address: Address, name: str = "") -> socket.socket:
    """Return a socket that listens there; raise `up.port_taken`.

    It is ours and our children inherit it: while one of them starts again, clients wait a moment
    instead of being refused.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    place = (address.host, address.port)
    try:
        return socket.create_server(place, family=family, backlog=_BACKLOG)
    except OSError as error:  # another was quicker
        if error.errno != errno.EADDRINUSE:
            raise
        raise _taken(name, address) from error


def _supervise(settings: Settings, doors: _Doors, watch: _Watch) -> None:
    environment = {**os.environ, **settings.environment()}
    family = Supervisor(environment, watch.say)
    arguments = ("--home", str(settings.home))
    workers = settings.serving.workers
    try:
        for number in range(1, workers + 1):
            name = "serving" if workers == 1 else f"serving-{number}"
            at = doors.serving.fileno()
            listens = ("--listening", str(at))
            family.start(name, child.command("tenure.app.serving", *arguments, *listens), [at])
        admin_key = _prepare(environment, arguments)
        at = doors.api.fileno()
        listens = ("--listening", str(at))
        family.start("api", child.command("tenure.app.control", *arguments, *listens), [at])
        family.start("worker", child.command("tenure.app.worker", *arguments))
        if _wait_until_ready(settings, family, watch.stopping):
            watch.lock.announce(replace(watch.holder, ready=True))
            grpc = settings.serving.grpc.authority if settings.serving.grpc else ""
            watch.started(Started(watch.holder.api, watch.holder.serving, grpc, admin_key))
        while not watch.stopping.asked:
            family.tend()
            time.sleep(_ROUND_SECONDS)
    finally:
        doors.close()  # nobody new is let in: who came would wait for nobody
        family.stop()


def _prepare(environment: dict[str, str], arguments: tuple[str, ...]) -> str:
    """Make or migrate the database in a process of its own; return a new admin key or ""."""
    command = child.command("tenure.app.prepare", *arguments)
    done = subprocess.run(  # noqa: S603  # our own module
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        check=False,
        start_new_session=True,  # Ctrl-C does not cut a migration in two
    )
    if done.returncode != 0:
        raise _failed("the database could not be prepared; its words stand above")
    return str(json.loads(done.stdout)["admin_key"])


def _wait_until_ready(settings: Settings, family: Supervisor, stopping: "_Stopping") -> bool:
    """Return True once api and serving answer and the worker lives; False when asked to stop."""
    until = time.monotonic() + _READY_SECONDS
    missing = {"api": settings.api, "serving": settings.serving}
    while missing and not stopping.asked:
        family.tend()
        for one in family.children.values():
            if one.failures >= _HOPELESS_FAILURES:
                raise _failed(f"{one.name} does not start; its words stand above")
        own = str(settings.certificate.chain) if settings.certificate else ""
        missing = {n: a for n, a in missing.items() if not answers(a.url, PROBES[n], own)}
        if time.monotonic() > until:
            raise _failed(f"{', '.join(missing)} did not answer within {_READY_SECONDS:.0f} s")
        time.sleep(_ROUND_SECONDS)
    return not stopping.asked


def answers(url: str, path: str, certificate: str = "") -> bool:
    """Return whether the address answers `path` with 200; over TLS with the certificate of a file."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port
    connection = http.client.HTTPConnection(host, port, timeout=1.0)
    if certificate:
        trust = pinned(certificate)
        connection = http.client.HTTPSConnection(host, port, timeout=1.0, context=trust)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == http.HTTPStatus.OK
    except OSError:
        return False
    finally:
        connection.close()


def is_free(address: Address) -> bool:
    """Return whether one could listen there."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.host, address.port))
        except OSError:
            return False
    return True


def _refuse_taken(name: str, address: Address) -> None:
    """Raise `up.port_taken`; children of an `up` that was just killed get a moment to go."""
    until = time.monotonic() + 1.0
    while not is_free(address):
        if time.monotonic() > until:
            raise _taken(name, address)
        time.sleep(_ROUND_SECONDS)


def _taken(name: str, address: Address) -> TenureError:
    return conflict(
        "up.port_taken",
        f"somebody listens on {address.host}:{address.port}",
        where=name,
        hint=f"tenure up {flag(name)} {address.port + 100}",
    )


def _failed(words: str) -> TenureError:
    return TenureError(Kind.FAILED, "up.failed", words, hint="tenure doctor looks at the machine")


class _Stopping:
    """Turns SIGTERM, SIGINT and SIGHUP into a flag for the length of a block."""

    def __init__(self) -> None:
        self.asked = False
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]  # what signal() returned

    def _ask(self, *_: object) -> None:
        self.asked = True
