"""A `tenure up` of our own, for the length of a replay, when nobody runs the home."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tenure.app import child, home
from tenure.app.places import Address
from tenure.app.settings import Settings, variable
from tenure.app.up import is_free
from tenure.core.errors import Kind, TenureError

LOG = "up.log"
_START_SECONDS = 90.0
_END_SECONDS = 20.0


@contextmanager
def up_for(settings: Settings) -> Iterator[None]:
    """Run the home for the length of a block, unless somebody runs it or a server is named.

    It ends with the block, and with this process however that dies. What it says goes to
    `up.log` in the home. Raises `up.failed`.
    """
    if settings.server or home.running(settings.home) is not None:
        yield
        return
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    process = _started(settings)
    try:
        yield
    finally:
        _end(process)


def _started(settings: Settings) -> subprocess.Popen[bytes]:
    """Start it on the wanted ports where they are free; once more when another was quicker."""
    process = _start(settings)
    try:
        _wait_until_ready(settings.home, process)
    except TenureError as error:
        _end(process)
        if "up.port_taken" not in error.message:
            raise
        process = _start(settings)
        _wait_until_ready(settings.home, process)
    return process


def _start(settings: Settings) -> subprocess.Popen[bytes]:
    with (settings.home / LOG).open("ab") as words:
        return subprocess.Popen(  # noqa: S603  # our own module
            child.command("tenure.cli.main", "up"),
            env={**os.environ, **settings.environment(), **_ports(settings)},
            stdin=subprocess.DEVNULL,
            stdout=words,
            stderr=words,
            start_new_session=True,  # Ctrl-C is ours: we end it when we have ended
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(_END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _wait_until_ready(folder: Path, process: subprocess.Popen[bytes]) -> None:
    log = folder / LOG
    until = time.monotonic() + _START_SECONDS
    while True:
        holder = home.running(folder)
        if holder is not None and holder.ready:
            return
        ended = process.poll() is not None
        if ended or time.monotonic() > until:
            what = "could not be run" if ended else f"did not answer in {_START_SECONDS:.0f} s"
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
            raise TenureError(
                Kind.FAILED,
                "up.failed",
                f"the home {what}: {' / '.join(map(str.strip, lines)) or 'it said nothing'}",
                where=str(log),
                hint="tenure doctor looks at the machine",
            )
        time.sleep(0.05)


def _ports(settings: Settings) -> dict[str, str]:
    """Return free ports where the wanted ones are taken by another home."""
    return {
        variable(name): str(_free_port(address))
        for name, address in settings.listening.items()
        if not is_free(address)
    }


def _free_port(address: Address) -> int:
    with socket.create_server((address.host, 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
