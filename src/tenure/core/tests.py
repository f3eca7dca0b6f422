"""Tests of a model, as its CI reported them: what each run said, and what its history says of a test.

A run is evidence of kind `tests`, read from a JUnit file; `coverage` is the share of the code that was
run. Both name the commit, and whose key brought them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from statistics import median

TESTS, COVERAGE = "tests", "coverage"
REPORTS = (TESTS, COVERAGE)
"""Kinds of evidence that a CI brings."""
OF_MODEL = 0
"""The version of evidence about the model itself: what is registered later inherits it."""

_UNSTEADY = 3
"""So many changes of outcome among the runs that are looked at are no longer repairs."""


class Outcome(StrEnum):
    """How a test ended, in JUnit's words."""

    PASSED = "passed"
    FAILED = "failed"  # an assertion did not hold
    ERROR = "error"  # it could not be carried out
    SKIPPED = "skipped"

    @property
    def is_bad(self) -> bool:
        """Whether somebody has to look."""
        return self in {Outcome.FAILED, Outcome.ERROR}


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One test of one run. `seconds` is its duration; `flaky`: it passed and failed in this very run."""

    name: str
    outcome: Outcome
    seconds: float = 0.0
    message: str = ""
    flaky: bool = False


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """All tests of one run. `commit` is "" where nobody said it, `version` 0 for the model itself."""

    id: str  # of its evidence
    at: datetime
    version: int
    commit: str
    results: tuple[CaseResult, ...]


@dataclass(frozen=True, slots=True)
class CaseHistory:
    """What the runs say of one test, the newest last in `outcomes` (P, F, E, S; - where it did not run).

    `flaky`: it passed and failed at one commit, or changed its outcome three times or more.
    `regressed_at`: the commit (or run) of the first failure since it last passed; "" unless it fails now.
    `seconds` is that of its newest run, `usual_seconds` the median of those before (None: there are none).
    """

    name: str
    outcomes: str
    runs: int
    failed: int
    flaky: bool
    regressed_at: str
    seconds: float
    usual_seconds: float | None
    message: str


def counted(results: Iterable[CaseResult]) -> dict[str, float | int | str | None]:
    """Return the facts of a run: how many tests ended how, and how long they took together."""
    every = list(results)
    many = {outcome: sum(one.outcome is outcome for one in every) for outcome in Outcome}
    return {
        "tests": len(every),
        "passed": many[Outcome.PASSED],
        "failed": many[Outcome.FAILED],
        "errors": many[Outcome.ERROR],
        "skipped": many[Outcome.SKIPPED],
        "flaky": sum(one.flaky for one in every),
        "seconds": round(sum(one.seconds for one in every), 3),
    }


def histories(runs: Sequence[SuiteRun]) -> list[CaseHistory]:
    """Return the history of every test of the runs, which are given oldest first, by name."""
    found: dict[str, list[CaseResult | None]] = {}
    for place, run in enumerate(runs):
        for result in run.results:
            line = found.setdefault(result.name, [None] * len(runs))
            line[place] = result
    return [_history(name, runs, found[name]) for name in sorted(found)]


def _history(
    name: str, runs: Sequence[SuiteRun], results: Sequence[CaseResult | None]
) -> CaseHistory:
    there = [(run, one) for run, one in zip(runs, results, strict=True) if one is not None]
    judged = [(run, one) for run, one in there if one.outcome is not Outcome.SKIPPED]
    newest = there[-1][1]
    before = [one.seconds for _, one in judged[:-1]]
    return CaseHistory(
        name=name,
        outcomes="".join("-" if one is None else one.outcome[0].upper() for one in results),
        runs=len(there),
        failed=sum(one.outcome.is_bad for _, one in judged),
        flaky=_is_flaky(judged),
        regressed_at=_regressed(judged),
        seconds=newest.seconds,
        usual_seconds=round(median(before), 3) if before else None,
        message=newest.message,
    )


def _is_flaky(judged: Sequence[tuple[SuiteRun, CaseResult]]) -> bool:
    if any(one.flaky for _, one in judged):
        return True
    at: dict[str, set[bool]] = {}
    for run, one in judged:
        if run.commit:
            at.setdefault(run.commit, set()).add(one.outcome.is_bad)
    bad = [one.outcome.is_bad for _, one in judged]
    changes = sum(now is not then for then, now in pairwise(bad))
    return changes >= _UNSTEADY or any(len(said) > 1 for said in at.values())


def _regressed(judged: Sequence[tuple[SuiteRun, CaseResult]]) -> str:
    """Return where a test that fails now and has passed before began to fail."""
    first: SuiteRun | None = None
    for run, one in reversed(judged):
        if not one.outcome.is_bad:
            return "" if first is None else first.commit or first.id
        first = run
    return ""
