"""A `tenure` that starts at once: a process that has imported it forks one for each command.

Importing takes three seconds of CPU, and pages type `tenure` some seventy times. What is forked is
`tenure.cli.main` as it is, with the caller's folder, environment, arguments and files; only the
import is shared. README's page, and the tests of `tenure up`, start the real program.

`python -m tests.warm SOCKET` is the server. It runs nothing before it forks, so that a child finds
no connection, no cache, and no thread but the allocator's.
"""

import ast
import gc
import importlib
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[1]
_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)  # of the server, which has to be without threads when it forks
_LARGEST = 1 << 18
_CLIENT = """#!{python} -IS
import os, signal, socket, sys
end = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
end.connect({address!r})
order = repr((sys.argv[1:], os.getcwd(), dict(os.environ))).encode()
socket.send_fds(end, [order], [0, 1, 2])
for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda which, _: end.send(b"%d" % which))
code = int(end.recv(16) or b"-9")
if code < 0:  # die as it died
    if code != -signal.SIGKILL:
        signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
os._exit(code)
"""


@contextmanager
def warm(folder: Path) -> Iterator[Path]:
    """Serve `tenure` from a folder for a path; what it began ends with the block."""
    address = folder / "warm.socket"
    program = folder / "bin" / "tenure"
    program.parent.mkdir()
    program.write_text(_CLIENT.format(python=sys.executable, address=str(address)), "utf-8")
    program.chmod(0o700)
    command = [sys.executable, "-W", "ignore", "-m", "tests.warm", str(address)]
    with subprocess.Popen(command, cwd=ROOT, env={**os.environ, **_ONE_THREAD}) as server:
        try:
            while not address.exists():
                assert server.poll() is None, "the server of commands has ended"
                time.sleep(0.05)
            yield program.parent
        finally:
            server.terminate()


def serve(address: str) -> None:
    """Fork a guard for each command until the end."""
    for entries in importlib.import_module("tenure.cli.main").SECTIONS.values():
        for entry in entries.values():
            importlib.import_module(entry.target.partition(":")[0])
    for module in ("tenure.app.local", "tenure.worker.loop", "polars", "tenure.app.jail"):
        importlib.import_module(module)
    gc.collect()
    gc.freeze()  # children then share these pages for longer
    server = os.getpid()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody asks how a guard ended
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        door.bind(f"{address}.new")
        door.listen(64)
        Path(f"{address}.new").rename(address)
        while True:
            end, _ = door.accept()
            if os.fork() == 0:
                door.close()
                _guard(end, server)
            end.close()


def _guard(end: socket.socket, server: int) -> NoReturn:
    """Fork the command, hand on its signals, say how it ended."""
    from tenure.adapters.jail.confine import die_with

    die_with(server)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    order, files, _, _ = socket.recv_fds(end, _LARGEST, 3)
    guard = os.getpid()
    child = os.fork()
    if child == 0:
        end.close()
        die_with(guard)
        _be(order.decode(), files)
    for file in files:
        os.close(file)
    ended, news = os.pidfd_open(child), select.poll()
    for source in (end.fileno(), ended):
        news.register(source, select.POLLIN)
    while ended not in dict(news.poll()):
        heard = end.recv(16)
        os.kill(child, int(heard or signal.SIGKILL))
        if not heard:  # its caller has gone
            break
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    with suppress(OSError):
        end.send(b"%d" % code)
    os._exit(0)


def _be(order: str, files: list[int]) -> NoReturn:
    """Be the command, and end without going back."""
    from tenure.cli.main import main

    arguments, folder, environment = ast.literal_eval(order)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = ["tenure", *arguments]
    code: object = 1
    try:
        main()
    except SystemExit as end:
        code = end.code
    finally:
        with suppress(OSError):
            sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else 0 if code is None else 1)


if __name__ == "__main__":
    serve(sys.argv[1])
