"""A model served elsewhere: what its history says does not depend on when it came to be known."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tenure.core.accuracy import FIRST_DAYS
from tenure.core.elsewhere import Episode, episodes
from tenure.core.outcomes import Window
from tenure.core.spec.values import MonitorPart

AT = datetime(2024, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def windows(losses: list[float], version: int = 0, begin: int = 0, rows: int = 200) -> list[Window]:
    days = [AT + (begin + number) * DAY for number in range(len(losses))]
    return [
        Window(
            f"w_{day}", "DL", "late", "champion", version, day, rows, rows, rows * loss, 0.0, day
        )
        for day, loss in zip(days, losses, strict=True)
    ]


def found(some: list[Window]) -> list[Episode]:
    return list(episodes(some, "log_loss", MonitorPart()))


CALM = [0.4 + 0.01 * (-1) ** day for day in range(FIRST_DAYS)]


def test_its_first_days_say_what_is_expected_of_it() -> None:
    assert found(windows(CALM)) == []
    (worse,) = found(windows([*CALM, *[0.9] * 10]))
    assert worse.opened.expected == sum(CALM) / len(CALM)
    assert worse.version == 0
    assert AT + FIRST_DAYS * DAY < worse.opened_at <= AT + (FIRST_DAYS + 7) * DAY
    assert worse.closed_at is None


def test_it_may_become_good_again() -> None:
    (over,) = found(windows([*CALM, *[0.9] * 5, *[0.4] * 12]))
    assert over.closed_at is not None
    assert "at most" in over.why


def test_a_version_that_takes_over_begins_anew_and_ends_what_was_found() -> None:
    old = windows([*CALM, *[0.9] * 8])
    (over,) = found([*old, *windows([0.9] * 20, version=2, begin=len(old))])
    assert over.why == "version 2 took over from version 0"
    assert over.closed_at == AT + (len(old) + 1) * DAY


def test_too_few_labelled_days_say_nothing() -> None:
    unlabelled = windows([0.0] * 30, rows=0)
    assert found([*windows(CALM[:-1]), *unlabelled]) == []


@given(st.integers(FIRST_DAYS, 40))
def test_what_was_found_is_found_again_when_more_is_known(known: int) -> None:
    everything = windows([*CALM, *[0.9] * 6, *[0.4] * 20])
    before, after = found(everything[:known]), found(everything)
    assert [one.opened_at for one in before] == [one.opened_at for one in after][: len(before)]
