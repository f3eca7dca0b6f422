"""How fast a switch and a rollback reach every serving process, and whether anybody notices.

`tenure up` with two serving processes under load, a connection a thread. A person's word goes to
the control plane; what counts is the time until each process has answered with the other version,
judged by the answers themselves: they name the process, in the request id it gave, and the version.
"""

import http.client
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from urllib.parse import urlsplit

from benchmarks.lived import MODEL, Up, made, up
from benchmarks.processes import wait_until
from benchmarks.report import Bound, Outcome, check
from benchmarks.rows import FEATURES

WORKERS = 2
_LINES = 8
_PAUSE_SECONDS = 0.005
GOALS = {
    "switch_s": Bound(at_most=1.0),
    "rollback_s": Bound(at_most=1.0),
    "failed_requests": Bound(at_most=0),
}
LIBRARIES = ("tenure", "lightgbm", "uvicorn", "uvloop")
_HEAD = {"Content-Type": "application/json"}
_BODY = json.dumps(
    {
        "inputs": [
            {
                "name": "rows",
                "shape": [1, len(FEATURES)],
                "datatype": "FP64",
                "data": [0.5] * len(FEATURES),
            }
        ]
    }
)


@dataclass(slots=True)
class Answers:
    """What came back: (when, process, version), and what did not."""

    sound: list[tuple[float, str, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def first_after(self, moment: float, version: str) -> dict[str, float]:
        """Return when each process first answered with the version, seconds after the moment."""
        found: dict[str, float] = {}
        for at, process, said in list(self.sound):
            if at > moment and said == version:
                found.setdefault(process, at - moment)
        return found


def measure(*, quick: bool) -> Outcome:
    """Switch to the second version and back, over and over, under load."""
    taken: dict[str, list[float]] = {"switch": [], "rollback": []}
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        home = made(Path(folder) / "home")
        with up(home, WORKERS, {}) as running, _asking(running) as answers:
            wait_until(lambda: len(_processes(answers)) == WORKERS, "both processes to answer")
            for _ in range(3 if quick else 15):
                for act, version in (("switch", "2"), ("rollback", "1")):
                    taken[act].append(_change(running, answers, act, version))
    figures = {
        "switch_s": max(taken["switch"]),
        "switch_median_s": median(taken["switch"]),
        "rollback_s": max(taken["rollback"]),
        "rollback_median_s": median(taken["rollback"]),
        "changes": float(sum(map(len, taken.values()))),
        "answers": float(len(answers.sound)),
        "failed_requests": float(len(answers.failed)),
    }
    return Outcome("rollback", figures, GOALS, {}, LIBRARIES)


def _change(running: Up, answers: Answers, act: str, version: str) -> float:
    """Say the word; return the seconds until the last process has answered with the version."""
    moment = time.monotonic()
    if act == "switch":
        running.deploy("/promote", {"version": int(version)})
    else:
        running.deploy("/champion/rollback", {})
    what = f"version {version} everywhere"
    wait_until(lambda: len(answers.first_after(moment, version)) == WORKERS, what)
    time.sleep(0.5)  # so that a process that went back would be seen
    late = [one for one in answers.sound if one[0] > moment + 1.2 and one[2] != version]
    found = answers.first_after(moment, version)
    check(not late or max(found.values()) > 1, f"{len(late)} answers of the other version later on")
    return max(found.values())


def _processes(answers: Answers) -> set[str]:
    return {process for _, process, _ in list(answers.sound)}


@contextmanager
def _asking(running: Up) -> Iterator[Answers]:
    """Ask over several connections until the block ends."""
    answers, ending = Answers(), threading.Event()
    threads = [
        threading.Thread(target=_ask, args=(running, answers, ending)) for _ in range(_LINES)
    ]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        ending.set()
        for thread in threads:
            thread.join()


def _ask(running: Up, answers: Answers, ending: threading.Event) -> None:
    parts = urlsplit(running.serving)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    head = {**_HEAD, **running.headers}
    while not ending.is_set():
        try:
            line.request("POST", f"/v2/models/{MODEL}/infer", _BODY, head)
            answer = line.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            answers.failed.append(repr(error))
            line.close()
            continue
        at = time.monotonic()
        if answer.status == http.HTTPStatus.OK:
            process = answer.headers["x-request-id"].rpartition("-")[0]
            answers.sound.append((at, process, answer.headers["x-tenure-version"]))
        else:
            answers.failed.append(body.decode())
        time.sleep(_PAUSE_SECONDS)
    line.close()
