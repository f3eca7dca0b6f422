"""The brakes on races, and the split of rows: what judges never trains."""

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.retraining import (
    LEAST_HOLDOUT_DAYS,
    LEAST_HOLDOUT_ROWS,
    LEAST_TRAINING_ROWS,
    Bounds,
    Instants,
    Split,
    Verdict,
    holdout_since,
    may_race,
    split,
    window_from,
)
from tenure.core.spec.durations import change_of, window_since
from tenure.core.spec.values import RetrainPart

DAY = timedelta(days=1)
UNTIL = datetime(2013, 6, 1, tzinfo=UTC)
RULES = RetrainPart(cool_down=3 * DAY, promotions=2, promotions_per=30 * DAY)


def test_a_lane_that_never_raced_may() -> None:
    assert may_race(RULES, UNTIL, [], []) == Verdict(allowed=True)


def test_a_race_within_the_cool_down_is_held_back_with_its_numbers() -> None:
    races = [UNTIL - 40 * DAY, UNTIL - timedelta(hours=30)]
    verdict = may_race(RULES, UNTIL, races, [])
    assert not verdict.allowed
    assert verdict.reason == "the last race was 30 hours ago, cool_down is 3 days"
    assert may_race(RULES, UNTIL, [UNTIL - 3 * DAY], []).allowed


def test_spent_promotions_hold_back_until_they_are_old_enough() -> None:
    spent = [UNTIL - 29 * DAY, UNTIL - 10 * DAY]
    verdict = may_race(RULES, UNTIL, spent, spent)
    assert not verdict.allowed
    assert verdict.reason == "2 promotions in the last 30 days, the budget is 2"
    assert may_race(RULES, UNTIL, spent, [UNTIL - 30 * DAY, UNTIL - 10 * DAY]).allowed


def test_without_a_budget_promotions_are_not_counted() -> None:
    free = RetrainPart(cool_down=timedelta(0))
    assert may_race(free, UNTIL, [UNTIL], [UNTIL] * 50).allowed


@given(
    st.lists(st.integers(0, 200), max_size=30),
    st.integers(0, 10),
    st.integers(1, 4),
    st.integers(1, 40),
)
def test_promotions_never_exceed_the_budget_nor_come_within_the_cool_down(
    asked: list[int], cool_down: int, budget: int, per: int
) -> None:
    rules = RetrainPart(cool_down=cool_down * DAY, promotions=budget, promotions_per=per * DAY)
    promoted: list[datetime] = []
    for day in sorted(asked):
        now = UNTIL + day * DAY
        if may_race(rules, now, promoted, promoted).allowed:
            promoted.append(now)
    for i, at in enumerate(promoted):
        assert sum(at <= other < at + per * DAY for other in promoted) <= budget
        if i:
            assert at - promoted[i - 1] >= cool_down * DAY


def column(instants: list[datetime | None]) -> Instants:
    bare = [None if at is None else at.astimezone(UTC).replace(tzinfo=None) for at in instants]
    return np.array(bare, dtype="datetime64[us]")


def daily(
    days: int, per_day: int, delay: timedelta = timedelta(hours=6)
) -> tuple[Instants, Instants]:
    """Rows spread over the days before UNTIL, each label known `delay` later."""
    times = [
        UNTIL - DAY * days + DAY * day + timedelta(minutes=1 + i)
        for day in range(days)
        for i in range(per_day)
    ]
    return column(list(times)), column([at + delay for at in times])


def a_split(
    rows: tuple[Instants, Instants],
    windows: tuple[str, ...] = ("60d", "120d", "all"),
    *,
    holdout: timedelta = 14 * DAY,
    champion_until: datetime | None = None,
    since: datetime | None = None,
) -> Split:
    return split(
        *rows, windows, until=UNTIL, holdout=holdout, champion_until=champion_until, since=since
    )


def test_windows_count_back_from_the_holdout() -> None:
    found = a_split(daily(151, 20))
    begins = UNTIL - 14 * DAY
    assert found == Split(
        (
            Bounds("60d", 60 * 20, begins - 60 * DAY, begins, begins, UNTIL),
            Bounds("120d", 120 * 20, begins - 120 * DAY, begins, begins, UNTIL),
            Bounds("all", 137 * 20, None, begins, begins, UNTIL),
        ),
        holdout_rows=14 * 20,
        holdout_days=14,
    )


def test_a_row_whose_label_came_during_the_holdout_trains_nobody() -> None:
    prompt, late = a_split(daily(151, 20), ("all",)), a_split(daily(151, 20, 3 * DAY), ("all",))
    assert prompt.runs[0].rows == 137 * 20
    assert late.runs[0].rows == 134 * 20
    assert late.holdout_rows == 11 * 20  # the newest have no label yet


def test_windows_that_hold_the_very_same_rows_run_once() -> None:
    found = a_split(daily(59, 20))
    assert [(run.window, run.rows) for run in found.runs] == [("60d", 45 * 20)]


def test_a_season_is_the_same_time_of_every_year_and_races_beside_spans() -> None:
    found = a_split(daily(800, 6), ("60d", "season:45d"), holdout=14 * DAY)
    assert [(run.window, run.train_from is None) for run in found.runs] == [
        ("60d", False),
        ("season:45d", True),
    ]
    assert found.runs[1].rows == pytest.approx((45 + 90 + 90) * 6, abs=12)


def test_a_season_that_holds_every_row_is_all_and_runs_once() -> None:
    found = a_split(daily(151, 20), ("all", "season:183d"))
    assert [run.window for run in found.runs] == ["all"]


def test_a_window_with_too_few_rows_does_not_run_beside_one_with_enough() -> None:
    found = a_split(daily(151, 20), ("7d", "60d"))
    assert [run.window for run in found.runs] == ["60d"]
    assert found.reason == ""


def test_too_few_rows_to_train_on_are_told_with_their_number() -> None:
    found = a_split(daily(23, 20), ("2d", "all"))
    assert found.runs == ()
    assert found.reason == (
        f"the largest training window has {9 * 20} labelled rows, "
        f"at least {LEAST_TRAINING_ROWS} are needed"
    )


def test_a_holdout_with_too_few_rows_is_stretched() -> None:
    found = a_split(daily(300, 3), ("all",))
    assert found.holdout_rows == 63
    assert found.runs[0].holdout_from == UNTIL - 21 * DAY
    assert found.runs[0].train_until == UNTIL - 21 * DAY
    found = a_split(daily(300, 2), ("all",))
    assert found.runs[0].holdout_from == UNTIL - 28 * DAY
    found = a_split(daily(400, 1), ("all",))
    assert (found.holdout_rows, found.runs[0].holdout_from) == (56, UNTIL - 56 * DAY)


def test_a_race_that_lacks_training_rows_is_not_helped_by_a_longer_holdout() -> None:
    found = a_split(daily(23, 20), ("all",))
    assert (found.holdout_rows, found.holdout_days) == (14 * 20, 14)


def test_a_holdout_that_stays_too_small_is_told_with_its_number() -> None:
    found = a_split(daily(40, 1), ("all",))
    assert found.runs == ()
    assert found.holdout_rows == 40
    assert found.reason == (
        f"the holdout has 40 labelled rows, at least {LEAST_HOLDOUT_ROWS} are needed"
    )


def test_rows_of_one_or_two_days_do_not_judge() -> None:
    found = a_split(daily(100, 40), ("all",), holdout=DAY)
    assert found.holdout_days == LEAST_HOLDOUT_DAYS
    found = a_split(daily(100, 40), ("all",), holdout=DAY, champion_until=UNTIL - 2 * DAY)
    assert found.runs == ()
    assert found.reason == (
        f"the holdout's rows are from 2 days, at least {LEAST_HOLDOUT_DAYS} are needed"
    )


def test_the_holdout_begins_after_what_the_champion_has_trained_on() -> None:
    begins = UNTIL - 5 * DAY
    found = a_split(daily(151, 20), ("all",), champion_until=begins)
    assert found.runs[0].holdout_from == begins
    assert found.holdout_rows == 100
    earlier = a_split(daily(151, 20), ("all",), champion_until=UNTIL - 60 * DAY)
    assert earlier.runs[0].holdout_from == UNTIL - 14 * DAY


def test_what_is_known_since_a_change_is_divided_between_training_and_judging() -> None:
    since = UNTIL - 10 * DAY
    found = a_split(daily(151, 60), ("60d", window_since(since)), since=since)
    begins = UNTIL - 5 * DAY
    assert found.holdout_rows == 5 * 60
    assert {run.holdout_from for run in found.runs} == {begins}
    assert [(run.window, run.rows, run.train_from) for run in found.runs] == [
        ("60d", 60 * 60, begins - 60 * DAY),
        ("since:2013-05-22", 5 * 60, since),
    ]


def test_a_change_long_ago_is_judged_by_no_more_than_the_holdout() -> None:
    since = UNTIL - 70 * DAY
    found = a_split(daily(151, 20), since=since)
    assert found == a_split(daily(151, 20))


def test_labels_that_come_late_leave_fewer_days_to_divide() -> None:
    since = UNTIL - 16 * DAY
    prompt = holdout_since(*daily(151, 20), since, (UNTIL, 14 * DAY))
    late = holdout_since(*daily(151, 20, 4 * DAY), since, (UNTIL, 14 * DAY))
    assert prompt == UNTIL - 8 * DAY
    assert late == prompt  # as much shorter on either side
    assert holdout_since(*daily(151, 20, 8 * DAY), since, (UNTIL, 14 * DAY)) is None


@pytest.mark.parametrize(("age", "a_day"), [(3, 60), (12, 8)])
def test_too_little_since_a_change_is_judged_as_ever(age: int, a_day: int) -> None:
    rows = daily(151, a_day)
    assert a_split(rows, since=UNTIL - age * DAY) == a_split(rows)


def test_what_judges_a_change_has_not_trained_the_champion() -> None:
    since = UNTIL - 10 * DAY
    found = a_split(daily(151, 60), since=since, champion_until=UNTIL - 4 * DAY)
    assert found.runs[0].holdout_from == UNTIL - 4 * DAY


def test_a_window_since_a_change_begins_there_however_often_it_is_trained() -> None:
    change = datetime(2013, 5, 22, tzinfo=UTC)
    window = window_since(change)
    assert change_of(window) == window_from(window, UNTIL) == change
    assert change_of("60d") is None


def test_a_champion_that_has_trained_on_everything_cannot_be_judged() -> None:
    found = a_split(daily(151, 20), champion_until=UNTIL)
    assert found.runs == ()
    assert "the holdout has 0 labelled rows" in found.reason


def test_a_lane_without_a_holdout_trains_on_everything_known() -> None:
    found = a_split(daily(151, 20), ("90d",), holdout=timedelta(0))
    assert found.reason == ""
    assert found.holdout_rows == 0
    assert found.runs[0] == Bounds("90d", 90 * 20, UNTIL - 90 * DAY, UNTIL, UNTIL, UNTIL)


def test_a_lane_without_a_holdout_still_needs_rows_to_train_on() -> None:
    found = a_split(daily(5, 20), ("90d",), holdout=timedelta(0))
    assert found.runs == ()
    assert "100 labelled rows" in found.reason


def untimed(rows: int) -> tuple[Instants, Instants]:
    return column([None] * rows), column([None] * rows)


def test_without_time_the_newest_fifth_judges() -> None:
    found = a_split(untimed(1000))
    assert found == Split((Bounds("all", 800, None, UNTIL, UNTIL, UNTIL),), 200, 0)


def test_without_time_and_holdout_every_row_trains() -> None:
    found = a_split(untimed(1000), holdout=timedelta(0))
    assert (found.runs[0].rows, found.holdout_rows) == (1000, 0)


@pytest.mark.parametrize(
    ("rows", "words"), [(0, "the holdout has 0"), (200, "has 40"), (248, "has 50"), (249, "199")]
)
def test_without_time_too_few_rows_are_told(rows: int, words: str) -> None:
    found = a_split(untimed(rows))
    if rows == 248:  # 50 judge, 198 train
        words = "198 labelled rows"
    assert found.runs == ()
    assert words in found.reason


def test_rows_without_a_time_among_others_are_left_out() -> None:
    times, known = daily(151, 20)
    mixed = (
        np.concatenate([times, column([None] * 50)]),
        np.concatenate([known, column([None] * 50)]),
    )
    assert a_split(mixed) == a_split((times, known))


@given(
    st.integers(0, 2**32),
    st.integers(0, 600),
    st.integers(0, 30),
    st.integers(3, 30),
    st.integers(0, 60) | st.none(),
    st.integers(0, 90) | st.none(),
)
def test_no_row_ever_both_trains_and_judges_nor_trains_before_it_is_known(
    seed: int, size: int, delay: int, holdout: int, champion: int | None, age: int | None
) -> None:
    chance = np.random.default_rng(seed)
    ages = chance.integers(0, 200 * 24, size).tolist()
    rows = list(zip(ages, chance.integers(0, delay * 24 + 1, size).tolist(), strict=True))
    hour = timedelta(hours=1)
    times = [UNTIL - made * hour for made, _ in rows]
    known = [at + delay * hour for at, (_, delay) in zip(times, rows, strict=True)]
    until = None if champion is None else UNTIL - champion * DAY
    found = split(
        column(list(times)),
        column(list(known)),
        ("30d", "all"),
        until=UNTIL,
        holdout=holdout * DAY,
        champion_until=until,
        since=None if age is None else UNTIL - age * DAY,
    )
    assert bool(found.runs) is not bool(found.reason)
    for run in found.runs:
        begins = run.holdout_from
        assert run.train_until == begins < run.holdout_until == UNTIL
        assert until is None or begins >= until
        trains = [
            at < begins and label < begins and (run.train_from is None or at >= run.train_from)
            for at, label in zip(times, known, strict=True)
        ]
        judges = [
            begins <= at < UNTIL and label < UNTIL for at, label in zip(times, known, strict=True)
        ]
        assert sum(trains) == run.rows >= LEAST_TRAINING_ROWS
        assert sum(judges) == found.holdout_rows >= LEAST_HOLDOUT_ROWS
        assert not any(one and other for one, other in zip(trains, judges, strict=True))
