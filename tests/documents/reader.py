"""A reader at a shell: types what a page says, in a fresh folder, and sees what comes back."""

import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from tests.compiled import compiled
from tests.documents.pages import Step

ROOT = Path(__file__).parents[2]
INSTALLED = Path(sys.executable).parent
_PORTS = ("8700", "8701", "8702")
_LONGEST_SECONDS = 300
_PYTHON = """
import sys
names = {"__name__": "__main__"}
while source := sys.stdin.readline():
    source, mark = eval(source)
    try:
        exec(compile(source, "page", "exec"), names)
        code = 0
    except BaseException:
        import traceback
        traceback.print_exc(file=sys.stdout)
        code = 1
    print(mark, code, flush=True)
"""


class Reader:
    """One shell and one Python, each going on from block to block."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self.folder = folder
        self._programs = programs
        self._ports = dict(zip(_PORTS, _free_ports(), strict=True))
        self._environment = self._surroundings()
        self._shell = self._begin("bash", "--noprofile", "--norc")
        self._python: subprocess.Popen[str] | None = None

    def follow(self, step: Step) -> tuple[int, str]:
        """Do one step; return the exit code and everything that was printed."""
        if step.kind == "file":
            place = self.folder / step.name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(step.text, "utf-8")
            return 0, ""
        text = self._moved(step.text)
        mark = f"--{secrets.token_hex(8)}"
        if step.kind == "python":
            self._python = self._python or self._begin(sys.executable, "-u", "-c", _PYTHON)
            return self._ask(self._python, f"{(text, mark)!r}\n", mark)
        # a command that reads what is typed would eat the rest of the page
        return self._ask(self._shell, f"{{ {text}\n}} </dev/null\necho {mark} $?\n", mark)

    def leave(self) -> None:
        """End everything that the page has begun."""
        for process in (self._python, self._shell):
            if process is None:
                continue
            for number in (signal.SIGTERM, signal.SIGKILL):
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, number)
                with suppress(subprocess.TimeoutExpired):
                    process.communicate(timeout=20)

    def _begin(self, *command: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def _ask(self, process: subprocess.Popen[str], words: str, mark: str) -> tuple[int, str]:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(words)
        process.stdin.flush()
        said = ""
        for line in process.stdout:
            said += line
            if mark in line:
                before, _, code = said.rpartition(mark)
                return int(code), self._moved_back(before)
        return process.wait(), said

    def _surroundings(self) -> dict[str, str]:
        """Return the environment: this Tenure on the path, ports of our own, nothing of the user's."""
        mine = {k: v for k, v in compiled().items() if not k.startswith("TENURE_")}
        places = dict.fromkeys((self._programs, INSTALLED))
        mine["PATH"] = os.pathsep.join([*map(str, places), mine["PATH"]])
        api, serving, _ = self._ports.values()
        return {
            **mine,
            "TENURE_API_PORT": api,
            "TENURE_SERVING_PORT": serving,
            "TZ": "UTC",
            "COLUMNS": "100",
            "NO_COLOR": "1",
        }

    def _moved(self, text: str) -> str:
        for usual, ours in self._ports.items():
            text = re.sub(rf"\b{usual}\b", ours, text)
        return text

    def _moved_back(self, text: str) -> str:
        for usual, ours in self._ports.items():
            text = re.sub(rf"\b{ours}\b", usual, text)
        return text


@contextmanager
def reading(folder: Path, programs: Path = INSTALLED) -> Iterator[Reader]:
    """Sit down in an empty folder in which only `examples/` is; leave nothing running.

    `tenure` is found in the folder of `programs` first.
    """
    examples = ROOT / "examples"
    if examples.is_dir():
        shutil.copytree(examples, folder / "examples")
    reader = Reader(folder, programs)
    try:
        yield reader
    finally:
        reader.leave()


def _free_ports() -> list[str]:
    with ExitStack() as stack:
        places = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in _PORTS]
        return [str(place.getsockname()[1]) for place in places]
