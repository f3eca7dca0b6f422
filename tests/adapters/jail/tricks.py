"""Main program of a zygote whose "trainings" are attempts to get out, or to fall over.

Started as a file, by tests only. `recipe` names the trick, `params` say on what; what came of it
is told in `code_digest`.
"""

import ctypes
import os
import resource
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from tenure.adapters.jail import zygote
from tenure.adapters.jail.inmate import verb
from tenure.ports.training import TrainResult, TrainTask

Trick = Callable[[dict[str, str]], object]


def connect(params: dict[str, str]) -> str:
    with socket.create_connection(("127.0.0.1", int(params["port"])), timeout=5):
        return "connected"


def link(params: dict[str, str]) -> str:
    Path("way-out").symlink_to(params["path"])
    return Path("way-out").read_text("utf-8")


def scratch(_: dict[str, str]) -> str:
    Path("notes").write_text("kept here", "utf-8")
    return f"{Path('notes').read_text('utf-8')} and in {os.environ['TMPDIR'] == str(Path.cwd())}"


def in_a_thread(_: dict[str, str]) -> str:
    told: list[str] = []
    thread = threading.Thread(target=told.append, args=("from a thread",))
    thread.start()
    thread.join()
    return told[0]


def open_files(_: dict[str, str]) -> str:
    return " ".join(str(fd) for fd in range(256) if is_open(fd))


def is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def loosen(_: dict[str, str]) -> str:
    infinity = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
    try:
        resource.setrlimit(resource.RLIMIT_AS, infinity)
    except ValueError as error:  # what Python makes of EPERM here
        raise PermissionError(1, str(error)) from error
    return "loosened"


def hog(_: dict[str, str]) -> str:
    kept = [bytearray(16 * 1024**2) for _ in range(4096)]
    return str(len(kept))


def spin(_: dict[str, str]) -> None:
    while True:
        pass


def slow(params: dict[str, str]) -> str:
    time.sleep(float(params["seconds"]))
    return "slept"


def chatter(_: dict[str, str]) -> None:
    for number in range(5000):
        sys.stdout.write(f"line {number}\n")
    raise ValueError("this is no window")


def leave(params: dict[str, str]) -> None:
    os._exit(int(params["status"]))


def abort(_: dict[str, str]) -> None:
    sys.stderr.write("terminate called after throwing an instance of 'std::bad_alloc'\n")
    os.abort()


def forge(_: dict[str, str]) -> None:
    """Write something that is no answer where the answer goes."""
    for descriptor in range(3, 256):
        try:
            os.write(descriptor, b"\xff not msgpack")
        except OSError:
            continue
    os._exit(0)


TRICKS: dict[str, Trick] = {
    "read": lambda p: Path(p["path"]).read_text("utf-8"),
    "list": lambda p: os.listdir(p["path"]),  # noqa: PTH208 — the system call is what is tried
    "write": lambda p: Path(p["path"]).write_text("mine", "utf-8"),
    "remove": lambda p: Path(p["path"]).unlink(),
    "link": link,
    "connect": connect,
    "fork": lambda _: os.fork(),
    "run": lambda _: subprocess.run(["/bin/true"], check=True),
    "signal": lambda p: os.kill(int(p["pid"]), signal.SIGTERM),
    "loosen": loosen,
    "memory_of": lambda p: Path(f"/proc/{p['pid']}/environ").read_bytes(),
    "scratch": scratch,
    "in_a_thread": in_a_thread,
    "environment": lambda _: " ".join(sorted(os.environ)),
    "open_files": open_files,
    "hog": hog,
    "spin": spin,
    "slow": slow,
    "chatter": chatter,
    "leave": leave,
    "abort": abort,
    "crash": lambda _: ctypes.string_at(0),
    "quit": lambda _: sys.exit("enough"),
    "forge": forge,
}


def train(task: TrainTask) -> TrainResult:
    params = {name: str(value) for name, value in task.params.items()}
    try:
        told = str(TRICKS[task.recipe](params))
    except OSError as error:
        told = f"refused: {error.strerror}"
    return TrainResult("none", {}, [], told, 0.0, "")


if __name__ == "__main__":
    zygote.serve({"train": verb(train, TrainTask)})
