"""What the runs say of a test: flaky, regressed, slower."""

from datetime import UTC, datetime, timedelta

import pytest

from tenure.core.tests import CaseHistory, CaseResult, Outcome, SuiteRun, counted, histories

AT = datetime(2024, 3, 1, tzinfo=UTC)
KINDS = {one.value[0].upper(): one for one in Outcome}


def runs(outcomes: str, commits: str = "", seconds: tuple[float, ...] = ()) -> list[SuiteRun]:
    """One run a letter; commits are named by letters too, each its own when none is given."""
    found = []
    for n, letter in enumerate(outcomes):
        commit = commits[n] if commits else f"c{n}"
        took = seconds[n] if seconds else 0.0
        results = () if letter == "-" else (CaseResult("t::a", KINDS[letter], took, letter),)
        found.append(SuiteRun(f"ev_{n}", AT + timedelta(days=n), 0, commit, results))
    return found


def of(outcomes: str, commits: str = "", seconds: tuple[float, ...] = ()) -> CaseHistory:
    (one,) = histories(runs(outcomes, commits, seconds))
    return one


@pytest.mark.parametrize(
    ("outcomes", "commits", "flaky"),
    [
        ("PPPP", "", False),
        ("PPFF", "", False),  # broken
        ("PFFP", "", False),  # broken and mended
        ("PFPF", "", True),  # again and again
        ("PF", "aa", True),  # at one commit
        ("PSF", "aaa", True),
        ("PS", "aa", False),  # skipping is no failure
    ],
)
def test_a_flaky_test_says_both_of_the_same_code(outcomes: str, commits: str, flaky: bool) -> None:  # noqa: FBT001
    assert of(outcomes, commits).flaky is flaky


@pytest.mark.parametrize(
    ("outcomes", "since"),
    [("PPFF", "c2"), ("PFP", ""), ("FF", ""), ("PES", "c1"), ("P-F", "c2"), ("PFPFE", "c3")],
)
def test_a_regressed_test_fails_now_and_passed_before(outcomes: str, since: str) -> None:
    assert of(outcomes).regressed_at == since


def test_a_run_without_a_commit_is_named_by_its_evidence() -> None:
    found = histories([*runs("P"), SuiteRun("ev_9", AT, 0, "", runs("F")[0].results)])
    assert found[0].regressed_at == "ev_9"


def test_a_history_shows_every_run_and_what_is_usual() -> None:
    found = of("P-PSP", seconds=(1.0, 0.0, 3.0, 9.0, 7.0))
    assert (found.outcomes, found.runs, found.failed) == ("P-PSP", 4, 0)
    assert (found.seconds, found.usual_seconds) == (7.0, 2.0)
    assert of("P").usual_seconds is None


def test_a_run_is_counted_by_outcome() -> None:
    results = [CaseResult(f"t::{n}", KINDS[k], 0.5, flaky=n == 0) for n, k in enumerate("PPFES")]
    facts = counted(results)
    assert facts == {
        "tests": 5,
        "passed": 2,
        "failed": 1,
        "errors": 1,
        "skipped": 1,
        "flaky": 1,
        "seconds": 2.5,
    }
