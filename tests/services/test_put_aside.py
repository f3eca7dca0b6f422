"""Rows that were put aside: counted by reason and day, once, with one short example."""

from datetime import datetime, timedelta

from tenure.core.outcomes import Quarantined
from tenure.services.house import House
from tenure.services.put_aside import POSTS_KEPT, SAMPLE_CHARACTERS, digest_of, put_aside
from tests.small.rows import BEGIN, DAY


def aside(
    house: House,
    rows: int = 2,
    at: datetime = BEGIN,
    *,
    sample: str = "row 1",
    post: str = "",
    again: bool = False,
) -> list[Quarantined]:
    with house.store.work() as work:
        found = {"row.bad_type": (rows, sample)}
        put_aside(work, "acme", "churn", found, at, post=post, again=again)
    with house.store.read() as work:
        return work.quarantine.list("acme", model_id="churn")


def test_rows_of_a_day_are_counted_together_and_days_apart(house: House) -> None:
    aside(house, 2)
    aside(house, 3, BEGIN + timedelta(hours=5), sample="row 9")
    found = aside(house, 1, BEGIN + DAY)
    assert [(one.rows, one.sample) for one in found] == [(5, "row 1"), (1, "row 1")]
    assert found[0].last_at == BEGIN + timedelta(hours=5)


def test_no_rows_leave_no_trace(house: House) -> None:
    assert aside(house, 0) == []


def test_a_post_that_is_repeated_counts_once(house: House) -> None:
    first, second = digest_of(b"a"), digest_of(b"b")
    aside(house, 2, post=first)
    aside(house, 2, post=first)
    (found,) = aside(house, 4, post=second)
    assert (found.rows, found.posts) == (6, (first, second))


def test_of_rows_that_may_have_been_counted_the_larger_count_stays(house: House) -> None:
    aside(house, 5)
    assert aside(house, 3, again=True)[0].rows == 5
    assert aside(house, 8, again=True)[0].rows == 8


def test_an_example_is_short_and_few_posts_are_remembered(house: House) -> None:
    (found,) = aside(house, sample="x" * 1000, post="first")
    assert len(found.sample) == SAMPLE_CHARACTERS
    for number in range(POSTS_KEPT):
        (found,) = aside(house, post=f"p{number}")
    assert (len(found.posts), "first" in found.posts) == (POSTS_KEPT, False)
