"""What a benchmark hands back, and how that becomes a table, a result file and the last line."""

import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any


class WrongAnswerError(Exception):
    """What was to be timed does not answer what it should; nothing is timed then."""


def check(claim: object, words: str) -> None:
    """Raise `WrongAnswerError` unless the claim holds."""
    if not claim:
        raise WrongAnswerError(words)


@dataclass(frozen=True, slots=True)
class Bound:
    """Where a figure has to be; both ends may be open."""

    at_most: float | None = None
    at_least: float | None = None

    def holds(self, figure: float) -> bool:
        low = self.at_least is None or figure >= self.at_least
        return low and (self.at_most is None or figure <= self.at_most)

    def against(self, figure: float) -> dict[str, float | bool]:
        """Return the bound beside what was measured."""
        ends = {"at_most": self.at_most, "at_least": self.at_least}
        said: dict[str, float | bool] = {end: v for end, v in ends.items() if v is not None}
        return {**said, "measured": figure, "met": self.holds(figure)}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Figures by name, the bounds to hold now (`goals`) and those wanted later (`aims`).

    A bound on a figure that this run did not measure is not spoken of. `versions` are installed
    distributions; `peers` are versions of what lives in other environments.
    """

    name: str
    figures: Mapping[str, float]
    goals: Mapping[str, Bound]
    aims: Mapping[str, Bound] = field(default_factory=dict)
    versions: tuple[str, ...] = ()
    peers: Mapping[str, str] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether every goal that was measured holds."""
        return all(bound["met"] for bound in self.measured(self.goals).values())

    def measured(self, bounds: Mapping[str, Bound]) -> dict[str, dict[str, float | bool]]:
        """Return the bounds on figures of this run, each beside its figure."""
        return {
            name: bound.against(rounded(self.figures[name]))
            for name, bound in bounds.items()
            if name in self.figures
        }


def rounded(figure: float) -> float:
    """Return four significant digits; the rest is noise."""
    return float(f"{figure:.4g}")


def last_line(outcome: Outcome) -> str:
    """Return what scripts read: one line of JSON."""
    return json.dumps(_said(outcome))


def table(outcome: Outcome) -> Iterator[str]:
    """Yield one line per figure, with the goal or aim on it."""
    wide = max(map(len, outcome.figures))
    for name, figure in outcome.figures.items():
        notes = [
            f"{kind} {' '.join(f'{end} {value:g}' for end, value in _ends(bounds[name]))}"
            for kind, bounds in (("goal", outcome.goals), ("aim", outcome.aims))
            if name in bounds
        ]
        print_ = f"{name:<{wide}}  {rounded(figure):>10g}"
        yield f"{print_}  {'; '.join(notes)}".rstrip()


def store(outcome: Outcome, folder: Path) -> None:
    """Write the result file that is committed."""
    installed = {name: importlib.metadata.version(name) for name in outcome.versions}
    body = {
        **_said(outcome),
        "date": datetime.now(UTC).date().isoformat(),
        "revision": _revision(folder),
        "machine": machine(),
        "versions": {**installed, **outcome.peers},
    }
    path = folder / f"{outcome.name}.json"
    path.write_text(json.dumps(body, indent=2) + "\n", "utf-8")


def machine() -> dict[str, str | float]:
    """Return what the figures were measured on, and how many processes wanted it just then."""
    cpu = "unknown"
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        models = [line for line in facts.read_text().splitlines() if line.startswith("model name")]
        cpu = models[0].partition(":")[2].strip() if models else cpu
    return {
        "cores": os.cpu_count() or 0,
        "load": rounded(os.getloadavg()[0]),
        "cpu": cpu,
        "system": f"{platform.system()} {platform.release().partition('-')[0]}",
        "python": platform.python_version(),
    }


def _said(outcome: Outcome) -> dict[str, Any]:
    return {
        "name": outcome.name,
        "figures": {name: rounded(figure) for name, figure in outcome.figures.items()},
        "goals": outcome.measured(outcome.goals),
        "met": outcome.met,
        "aim": outcome.measured(outcome.aims),
    }


def _ends(bound: Bound) -> list[tuple[str, float]]:
    ends = (("at most", bound.at_most), ("at least", bound.at_least))
    return [(end, value) for end, value in ends if value is not None]


def _revision(folder: Path) -> str:
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"
