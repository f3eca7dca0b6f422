"""JUnit as several tools write it, and as `tenure check` does."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core import junit
from tenure.core.errors import TenureError
from tenure.core.tests import CaseResult, Outcome

PYTEST = b"""<?xml version="1.0" encoding="utf-8"?><testsuites name="pytest tests">
<testsuite name="pytest" errors="1" failures="1" skipped="1" tests="4" time="0.12">
<testcase classname="test_train" name="test_it_learns[3]" time="0.100" />
<testcase classname="test_train" name="test_it_fails" time="0.010"><failure message="assert 1 == 2&#10;  + 1"
>def test_it_fails(): ...</failure></testcase>
<testcase classname="test_train" name="test_setup" time="0"><error message="no such fixture"/></testcase>
<testcase classname="test_train" name="test_later" time="0"><skipped type="pytest.skip" message="later"/></testcase>
</testsuite></testsuites>"""
SUREFIRE = b"""<testsuite name="Late" time="1,234.5"><properties><property name="a" value="b"/></properties>
<testcase name="holds" classname="Late" time="1,234.5"><flakyFailure message="timed out"/></testcase>
<testcase name="twice" classname="Late" time="-1"><failure message="once"/></testcase>
<testcase name="twice" classname="Late" time="nan"/>
<system-out>&lt;testcase name="no"/&gt;</system-out></testsuite>"""


def test_pytests_file_is_read() -> None:
    learns, fails, setup, later = junit.read(PYTEST)
    assert learns == CaseResult("test_train::test_it_learns[3]", Outcome.PASSED, 0.1)
    assert (fails.outcome, fails.message) == (Outcome.FAILED, "assert 1 == 2 + 1")
    assert (setup.outcome, later.outcome) == (Outcome.ERROR, Outcome.SKIPPED)


def test_what_was_tried_again_is_flaky() -> None:
    holds, twice = junit.read(SUREFIRE)
    assert (holds.outcome, holds.flaky, holds.seconds) == (Outcome.PASSED, True, 1234.5)
    assert (twice.outcome, twice.flaky, twice.seconds) == (Outcome.PASSED, True, 0.0)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"<html/>", "<html> is no JUnit file"),
        (b"<testsuites/>", "no test stands in it"),
        (b"<testsuite><testcase/>", "no XML"),
    ],
)
def test_what_is_no_junit_is_refused(data: bytes, words: str) -> None:
    with pytest.raises(TenureError, match=words) as caught:
        junit.read(data)
    assert caught.value.code == "test.malformed"


def test_so_many_tests_are_none() -> None:
    three = b"".join(b'<testcase name="%d"/>' % n for n in range(3))
    with pytest.raises(TenureError, match="more than 2 tests"):
        junit.read(b"<testsuite>" + three + b"</testsuite>", most=2)


words = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)
results = st.lists(
    st.builds(
        CaseResult,
        name=st.builds("{}::{}".format, words, words),
        outcome=st.sampled_from(Outcome),
        seconds=st.integers(0, 10_000).map(lambda ms: ms / 1000),
    ),
    min_size=1,
    unique_by=lambda one: one.name,
)


@given(results)
def test_what_is_written_is_read_back(found: list[CaseResult]) -> None:
    assert list(junit.read(junit.write("tenure", found))) == found
