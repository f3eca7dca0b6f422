"""A process that has imported everything once and forks one child for each life that a test tells.

`python -m tests.chaos.forks` is the server: a line of JSON in, a line out. It imports and runs
nothing before it forks, so that a child finds no thread, no connection and no cache.
"""

import gc
import importlib
import json
import os
import subprocess
import sys
import traceback
from pathlib import Path
from typing import Any, NoReturn

ROOT = Path(__file__).parents[2]
ONE_THREAD = dict.fromkeys(
    (
        "POLARS_MAX_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "ARROW_IO_THREADS",
        "ARROW_CPU_THREADS",
    ),
    "1",
)
LIBRARIES = (
    "tests.chaos.story",
    "pyarrow.parquet",
    "pyarrow.compute",
    "scipy.sparse",
    "sklearn.linear_model",
    "psycopg",
    "sqlalchemy.dialects.sqlite.pysqlite",
    "sqlalchemy.dialects.postgresql.psycopg",
)


class Forks:
    """The tests' side. Lives run side by side when they are started before they are waited for."""

    def __init__(self) -> None:
        self._server = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.chaos.forks"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={**os.environ, **ONE_THREAD},
            text=True,
        )

    def start(self, function: str, home: Path, url: str, **rest: str | float) -> int:
        """Begin `tests.chaos.story.<function>(home, url, **rest)` in a child; return its pid.

        What it prints goes to `log.txt` in the home.
        """
        return self._ask({"function": function, "home": str(home), "url": url, "rest": rest})

    def wait(self, pid: int) -> int:
        """Return how the child ended: its exit code, negative for a signal."""
        return self._ask({"wait": pid})

    def close(self) -> None:
        """End the server; children that are still there die with it."""
        with self._server:
            assert self._server.stdin is not None
            self._server.stdin.close()

    def _ask(self, order: dict[str, Any]) -> int:
        assert self._server.stdin is not None
        assert self._server.stdout is not None
        self._server.stdin.write(json.dumps(order) + "\n")
        self._server.stdin.flush()
        return int(self._server.stdout.readline())


def serve() -> None:
    """Take orders until stdin closes."""
    for library in LIBRARIES:
        importlib.import_module(library)
    gc.collect()
    gc.freeze()  # children then share these pages for longer
    server = os.getpid()
    while line := sys.stdin.readline():
        order = json.loads(line)
        if "wait" in order:
            answer = os.waitstatus_to_exitcode(os.waitpid(order["wait"], 0)[1])
        else:
            answer = os.fork()
            if answer == 0:
                _live(order, server)
        sys.stdout.write(f"{answer}\n")
        sys.stdout.flush()


def _live(order: dict[str, Any], server: int) -> NoReturn:
    """Be the child: tell the life, and end without going back."""
    from tenure.adapters.jail.confine import die_with

    code, home = 1, Path(order["home"])
    try:
        die_with(server)
        log = os.open(home / "log.txt", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, file in enumerate((nothing, log, log)):
            os.dup2(file, number)
        story = importlib.import_module("tests.chaos.story")
        getattr(story, order["function"])(home, order["url"], **order["rest"])
        code = 0
    except BaseException:  # noqa: BLE001  # the log tells it; the child must end here in any case
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
