"""Tests that stand beside a spec are run in a process of their own, and their results are read."""

from pathlib import Path

from tenure.app.check import own_tests
from tenure.core.tests import Outcome

TWO = """
def test_holds(): pass
def test_fails(): assert 1 == 2
"""


def test_the_users_tests_are_run_and_a_folder_without_any_is_fine(tmp_path: Path) -> None:
    assert list(own_tests(tmp_path)) == []
    (tmp_path / "test_train.py").write_text(TWO)
    holds, fails = own_tests(tmp_path)
    assert (holds.name, holds.outcome) == ("test_train::test_holds", Outcome.PASSED)
    assert (fails.outcome, fails.message) == (Outcome.FAILED, "assert 1 == 2")
