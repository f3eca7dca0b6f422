"""What a CI can find out about a spec, its rows and its tests without training anything."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from tenure.adapters.tables.polars_tables import PolarsTables
from tenure.core import junit
from tenure.core.errors import Kind, TenureError
from tenure.core.spec.lockfile import Locked, departures
from tenure.core.spec.values import Spec
from tenure.core.tests import CaseResult, Outcome
from tenure.core.words import count

_NO_TESTS = 5
"""pytest's exit code where it found none."""


def timed(name: str, look: Callable[[], str]) -> CaseResult:
    """Return what a look says: its words when it is good, the error's when it raises one."""
    begun = time.perf_counter()
    try:
        outcome, words = Outcome.PASSED, look()
    except TenureError as error:
        where = f"{error.where}: " if error.where else ""
        outcome, words = Outcome.FAILED, f"{where}{error.message} [{error.code}]"
    return CaseResult(name, outcome, round(time.perf_counter() - begun, 3), words)


def contract(spec: Spec, rows: Path, media: str, locked: Locked | None, aside: float) -> str:
    """Return how rows keep to their contract; raise what an import raises, or `check.contract`.

    `[features]` bounds them; where a `tenure.lock` stands beside the spec, the columns it was written
    for are still there. At most the share `aside` of the rows may be put aside.
    """
    found = PolarsTables().import_rows(rows.read_bytes(), media, spec, None, None)
    left = sum(many for many, _ in found.quarantined.values())
    share = left / (left + found.rows)
    said = departures(locked, found.signature.features) if locked else []
    if share > aside:
        reasons = ", ".join(f"{many:,} {why}" for why, (many, _) in found.quarantined.items())
        said.append(f"{share:.1%} of the rows are put aside: {reasons}")
    if said:
        raise TenureError(Kind.REFUSED, "check.contract", "; ".join(said), where=str(rows))
    columns = count(len(found.signature.features), "feature")
    return f"{count(found.rows, 'row')} of {columns} keep to it"


def own_tests(folder: Path) -> Iterator[CaseResult]:
    """Yield the results of the tests that stand beside a spec, run by pytest in a process of its own."""
    if not any(folder.glob("test_*.py")) and not (folder / "tests").is_dir():
        return
    with tempfile.TemporaryDirectory(prefix="tenure-check-") as scratch:
        report = Path(scratch) / "report.xml"
        said = subprocess.run(  # noqa: S603  # the user's own tests, on the user's own machine
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                f"--junitxml={report}",
                "-p",
                "no:cacheprovider",
            ],
            cwd=folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if said.returncode == _NO_TESTS:
            return
        results: tuple[CaseResult, ...] = ()
        if report.exists():
            with suppress(TenureError):  # it ended before its first test; what it printed says why
                results = junit.read(report.read_bytes())
    if results:
        yield from results
        return
    last = (said.stderr or said.stdout).strip().splitlines()[-1:]
    yield CaseResult("tests::pytest", Outcome.ERROR, 0.0, " ".join(last))
