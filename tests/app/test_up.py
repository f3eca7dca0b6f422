"""`tenure up` as real processes: first start, crashes, kill -9 of everything, a clean end."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import grpc
import httpx
import pytest

from tenure.app import home as homes
from tenure.app.places import Address
from tenure.app.up import PROBES, answers, listening
from tenure.core.errors import TenureError
from tenure.sdk.trust import pinned
from tests.compiled import compiled
from tests.small.certificate import write_certificate

CHILDREN = ("tenure.app.control", "tenure.app.serving", "tenure.app.worker")


class Up:
    """One `tenure up` on a home."""

    def __init__(
        self, home: Path, ports: tuple[int, int], environment: Mapping[str, str] | None = None
    ) -> None:
        self.home = home
        self.ports = ports
        self.first: dict[str, str] = {}
        self.words = ""
        arguments = ["--home", str(home), "-o", "json", "up"]
        arguments += ["--api-port", str(ports[0]), "--serving-port", str(ports[1])]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tenure.cli.main", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**compiled(), **(environment or {})},
        )

    def started(self) -> dict[str, str]:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.process.stderr and self.process.stderr.read()
        said: dict[str, str] = json.loads(line)
        return said

    def child(self, module: str) -> int:
        """The pid of the child that runs `module`, 0 when there is none."""
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
                command = (stat.parent / "cmdline").read_text()
            except (FileNotFoundError, ProcessLookupError):
                continue
            if parent == self.process.pid and module in command:
                return int(stat.parent.name)
        return 0

    @property
    def certificate(self) -> str:
        return str(self.home / "server.crt")

    def both_answer(self) -> bool:
        return all(
            answers(self.first[name], path, self.certificate) for name, path in PROBES.items()
        )

    def end(self) -> int:
        self.process.terminate()
        self.words = self.process.communicate(timeout=30)[1]
        return self.process.returncode


def tenure(home: Path, *arguments: str, trust: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tenure.cli.main", "--home", str(home), *arguments]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env=compiled() | ({"SSL_CERT_FILE": trust} if trust else {}),
    )


def until(claim: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end
        time.sleep(0.05)


def free_ports() -> tuple[int, int]:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("", 0)) as two:
        return one.getsockname()[1], two.getsockname()[1]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """One that speaks TLS, with a certificate of its own."""
    home = tmp_path_factory.mktemp("home") / "h"
    write_certificate(home, "127.0.0.1")
    tls = '[tls]\ncertificate = "server.crt"\nkey = "server.key"\n'
    (home / "config.toml").write_text(f"{tls}[serving]\ngrpc_port = {free_ports()[0]}\n")
    running = Up(home, free_ports())
    running.first = running.started()
    assert tenure(running.home, "tenant", "create", "DL").returncode == 0
    yield running
    assert running.end() == 0


def test_the_first_start_shows_an_admin_key_that_works_anywhere(up: Up, tmp_path: Path) -> None:
    assert up.first["api"] == f"https://127.0.0.1:{up.ports[0]}"
    key = up.first["admin_key"]
    assert key.startswith("tnr_")
    asked = ("--server", up.first["api"], "--key", key, "tenant", "list", "-q")
    done = tenure(tmp_path, *asked, trust=up.certificate)
    assert (done.returncode, done.stdout) == (0, "DL\n")
    distrusting = tenure(tmp_path, *asked)
    assert (distrusting.returncode, "certificate" in distrusting.stderr.lower()) == (7, True)


def test_everything_that_is_said_is_encrypted_and_browsers_are_told_to_insist(up: Up) -> None:
    trust = pinned(up.certificate)
    with httpx.Client(verify=trust) as client:
        said = client.get(up.first["api"] + PROBES["api"])
        assert said.headers["strict-transport-security"] == "max-age=31536000"
        assert client.get(up.first["serving"] + PROBES["serving"]).status_code == 200
    for port in up.ports:
        with pytest.raises(httpx.TransportError):
            httpx.get(f"http://127.0.0.1:{port}/")
    proof = grpc.ssl_channel_credentials(Path(up.certificate).read_bytes())
    with grpc.secure_channel(up.first["grpc"], proof) as channel:
        live = channel.unary_unary("/inference.GRPCInferenceService/ServerLive")
        assert live(b"", timeout=20) == b"\x08\x01"


def test_commands_on_the_same_home_need_no_key(up: Up) -> None:
    assert tenure(up.home, "tenant", "list", "-q").stdout == "DL\n"
    assert (up.home / "client.json").stat().st_mode & 0o777 == 0o600


def test_nothing_is_open_without_a_key(up: Up, tmp_path: Path) -> None:
    done = tenure(tmp_path, "--server", up.first["api"], "tenant", "list", trust=up.certificate)
    assert done.returncode == 4
    assert done.stderr.startswith("error[key.missing]")


def test_a_second_up_is_told_who_runs_the_home(up: Up) -> None:
    second = Up(up.home, free_ports())
    _, said = second.process.communicate(timeout=30)
    assert second.process.returncode == 6
    assert f"`tenure up` (process {up.process.pid}, https://127.0.0.1:{up.ports[0]})" in said


def test_a_port_that_is_taken_is_named(up: Up, tmp_path: Path) -> None:
    other = Up(tmp_path, (up.ports[0], free_ports()[1]))
    _, said = other.process.communicate(timeout=30)
    assert other.process.returncode == 6
    assert f"error[up.port_taken]: api.port: somebody listens on 127.0.0.1:{up.ports[0]}" in said
    assert homes.running(tmp_path) is None


def test_two_houses_never_answer_at_one_address() -> None:
    with listening(Address("127.0.0.1", 0)) as first:
        taken = Address(*first.getsockname())
        with pytest.raises(TenureError, match=r"up\.port_taken.*api\.port.*somebody listens on"):
            listening(taken, "api.port")


def test_killed_processes_are_started_again(up: Up) -> None:
    before = {module: up.child(module) for module in CHILDREN}
    assert all(before.values())
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)
    for port in up.ports:  # nobody else can take its place meanwhile, and clients are not refused
        socket.create_connection(("127.0.0.1", port)).close()
    until(lambda: all(up.child(module) not in {0, before[module]} for module in CHILDREN))
    until(up.both_answer)


def test_after_kill_9_of_up_the_next_one_goes_on(tmp_path: Path) -> None:
    killed = Up(tmp_path, free_ports())
    assert killed.started()["admin_key"]
    assert tenure(tmp_path, "tenant", "create", "DL").returncode == 0
    children = [killed.child(module) for module in CHILDREN]
    assert all(children)
    killed.process.kill()
    killed.process.communicate()
    until(lambda: not any(_is_alive(pid) for pid in children), 10)
    assert homes.running(tmp_path) is None
    again = Up(tmp_path, killed.ports)
    assert again.started()["admin_key"] == ""
    assert tenure(tmp_path, "tenant", "list", "-q").stdout == "DL\n"
    again.process.send_signal(signal.SIGINT)
    again.process.communicate(timeout=30)
    assert again.process.returncode == 0
    assert [again.child(module) for module in CHILDREN] == [0, 0, 0]
    # nobody runs the home any more, so the command opens it itself
    assert homes.running(tmp_path) is None
    assert tenure(tmp_path, "tenant", "list", "-q").stdout == "DL\n"


def _is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
