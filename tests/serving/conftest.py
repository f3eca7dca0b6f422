"""A home, and a real server in front of it: uvicorn on a free port, answering in a thread."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from hypothesis import settings

from tenure.app.serving import server, wire
from tenure.app.telemetry import SILENT, Told
from tenure.ports.releases import Acknowledgement
from tenure.ports.training import Runtimes
from tenure.serving.assembly import UNBOUNDED, Bounds, Grpc
from tenure.serving.door import HEAD_SECONDS
from tests.serving.fuzzing import PROFILE
from tests.serving.small import KEYS, MIXED, Home, sources, wait_until


class Served:
    """A running server of a home."""

    def __init__(self, home: Home, url: str, grpc: str, stop: Callable[[], None]) -> None:
        self.home = home
        self.url = url
        self.grpc = grpc  # host:port
        self.stop = stop

    def client(self, tenant: str = "DL") -> httpx.Client:
        headers = {"Authorization": f"Bearer {KEYS[tenant]}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=30)

    def wait_for(self, generation: int) -> None:
        wait_until(lambda: any(a.generation >= generation for a in self.acks))

    @property
    def acks(self) -> list[Acknowledgement]:
        return self.home.releases.acknowledged()


@contextmanager
def served(
    home: Home,
    bounds: Bounds = UNBOUNDED,
    told: Told = SILENT,
    runtimes: Runtimes | None = None,
    head_seconds: float = HEAD_SECONDS,
) -> Iterator[Served]:
    """Serve a home until the block ends; the end drains, as SIGTERM does."""
    port, grpc = free_port(), f"127.0.0.1:{free_port()}"
    application = wire(home.root, sources(home.root, runtimes), Grpc(grpc), bounds, told)
    running = server(application, "127.0.0.1", port, head_seconds=head_seconds)
    thread = threading.Thread(target=running.run)
    thread.start()
    wait_until(lambda: running.started)

    def stop() -> None:
        running.should_exit = True
        thread.join()

    yield Served(home, f"http://127.0.0.1:{port}", grpc, stop)
    stop()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


settings.load_profile(PROFILE)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """Serve homes until the test ends."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(home: Home, bounds: Bounds = UNBOUNDED) -> Served:
            found = stack.enter_context(served(home, bounds))
            if home.releases.index().generation:
                found.wait_for(home.releases.index().generation)
            return found

        yield start


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One server for tests that only ask: models `late`, `mixed` and `kinds` of DL, `late` of B6."""
    home = Home(tmp_path_factory.mktemp("home"))
    shadows = (home.arm(1), home.arm(1, "static"), home.arm(2, "blind"))
    home.publish(
        home.release(
            "DL/late", arms=shadows, pinned=(home.arm(1, "pinned"), home.arm(7, "pinned"))
        ),
        home.release("DL/mixed", signature=MIXED),
        home.release("B6/late", arms=(home.arm(5),)),
        home.release("B6/secret-name"),
    )
    with served(home) as found:
        found.wait_for(1)
        yield found


@pytest.fixture
def client(shared: Served) -> Iterator[httpx.Client]:
    with shared.client() as found:
        yield found
