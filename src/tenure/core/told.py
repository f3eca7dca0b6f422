"""What a training tells while it runs: values of metrics, parameters that it chose, files it keeps.

The same rules hold where the code runs and where it is received: the code is a stranger's, so what
leaves its process is taken in as if nobody had checked it.
"""

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tenure.core.errors import invalid

MOST_POINTS = 20_000
"""Values of metrics that one training may log."""
MOST_PARAMS = 500
"""Parameters that one training may log."""
MOST_ARTIFACTS = 100
"""Files that one training may keep."""
MOST_ARTIFACTS_BYTES = 32 * 1024**2
"""Bytes of all files of one training."""
MOST_CHECKPOINT_BYTES = 64 * 1024**2
"""Bytes of what a training may leave to go on from."""
MOST_LOG_BYTES = 64 * 1024
"""How much is kept of what a training prints: the end of it."""

_NAME = re.compile(r"\w[\w.@/ +-]{0,99}")
_LONGEST = 1000
_MOST_STEP = 2**53

Param = float | int | str | bool


@dataclass(frozen=True, slots=True)
class Point:
    """One logged value of a metric."""

    name: str
    step: int
    value: float


@dataclass(slots=True)
class Told:
    """What one training has told so far, all of it within bounds."""

    points: list[Point] = field(default_factory=list)
    params: dict[str, Param] = field(default_factory=dict)
    artifacts: dict[str, bytes] = field(default_factory=dict)
    checkpoint: bytes | None = None

    def add_point(self, name: str, step: int, value: float) -> None:
        """Take a value of a metric; raise `run.bad_metric` for what is no finite number."""
        if not _NAME.fullmatch(name) or not math.isfinite(value) or abs(step) > _MOST_STEP:
            raise invalid("run.bad_metric", f"{name[:100]!r} = {value!r}: a name, a finite number")
        if len(self.points) >= MOST_POINTS:
            raise invalid("run.bad_metric", f"more than {MOST_POINTS} values of metrics")
        self.points.append(Point(name, int(step), float(value)))

    def add_param(self, name: str, value: Param) -> None:
        """Take a parameter; raise `run.bad_metric` for what is no number and no short text."""
        is_number = isinstance(value, int | float) and math.isfinite(value)
        is_text = isinstance(value, str) and len(value) <= _LONGEST
        if not _NAME.fullmatch(name) or not (is_number or is_text):
            words = f"{name[:100]!r} is no parameter: a name, and a number or a text"
            raise invalid("run.bad_metric", f"{words} of at most {_LONGEST} characters")
        if name not in self.params and len(self.params) >= MOST_PARAMS:
            raise invalid("run.bad_metric", f"more than {MOST_PARAMS} parameters")
        self.params[name] = value

    def add_artifact(self, name: str, data: bytes) -> None:
        """Take a file; raise `run.bad_artifact` beyond 100 files, or 32 MiB together."""
        others = [len(kept) for known, kept in self.artifacts.items() if known != name]
        fits = len(others) < MOST_ARTIFACTS and len(data) + sum(others) <= MOST_ARTIFACTS_BYTES
        if not fits or not _NAME.fullmatch(name) or ".." in name:
            raise invalid(
                "run.bad_artifact",
                f"{name[:100]!r} of {len(data)} bytes: a name, and at most {MOST_ARTIFACTS} files "
                f"of {MOST_ARTIFACTS_BYTES // 1024**2} MiB together",
            )
        self.artifacts[name] = data

    def add_checkpoint(self, data: bytes) -> None:
        """Take what the training can go on from; it replaces the one before.

        Raises `run.bad_checkpoint` beyond 64 MiB.
        """
        if len(data) > MOST_CHECKPOINT_BYTES:
            limit = f"at most {MOST_CHECKPOINT_BYTES // 1024**2} MiB"
            raise invalid("run.bad_checkpoint", f"a checkpoint of {len(data)} bytes", hint=limit)
        self.checkpoint = data

    @property
    def metrics(self) -> dict[str, float]:
        """The last value of each metric."""
        return {point.name: point.value for point in self.points}


def readable(text: str) -> str:
    """Return the end of what a training printed, as text that is safe on a terminal."""
    kept = text.encode()[-MOST_LOG_BYTES:].decode(errors="ignore")
    return "".join(char for char in kept if char.isprintable() or char in "\n\t")


@dataclass(frozen=True, slots=True)
class Course:
    """How one metric went: its values by step, in the order in which they were logged."""

    metric: str
    steps: tuple[int, ...]
    values: tuple[float, ...]


def courses(points: Iterable[Point]) -> tuple[Course, ...]:
    """Return the points by metric, in the order in which metrics were first told."""
    found: dict[str, list[Point]] = {}
    for point in points:
        found.setdefault(point.name, []).append(point)
    return tuple(
        Course(name, tuple(p.step for p in own), tuple(p.value for p in own))
        for name, own in found.items()
    )


def points(went: Iterable[Course]) -> list[Point]:
    """Return the points that courses are made of."""
    return [
        Point(course.metric, step, value)
        for course in went
        for step, value in zip(course.steps, course.values, strict=True)
    ]


def gone_on(earlier: Told, later: Told) -> Told:
    """Return what a try and the one that went on from its checkpoint told together.

    Of a value of a step that both told, and of a parameter, the later one counts.
    """
    again = {(point.name, point.step) for point in later.points}
    kept = [point for point in earlier.points if (point.name, point.step) not in again]
    points = [*kept, *later.points][-MOST_POINTS:]
    return Told(points, {**earlier.params, **later.params}, later.artifacts, later.checkpoint)
