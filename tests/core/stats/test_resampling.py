"""Draws by groups: their intervals cover what they should, and equal input gives equal draws."""

import numpy as np
import pytest

from tenure.core.stats import resampling
from tenure.core.stats.resampling import Interval


def test_up_to_a_thousand_rows_each_row_is_a_group() -> None:
    draws = resampling.drawn(1000, seed=1)
    assert sorted(draws.group.tolist()) == list(range(1000))
    assert draws.weights.sum(axis=1).tolist() == [1000.0] * draws.replicates


def test_more_rows_are_dealt_to_groups_of_equal_size() -> None:
    draws = resampling.drawn(10_500, seed=1)
    sizes = np.bincount(draws.group)
    assert (sizes.min(), sizes.max(), len(sizes)) == (10, 11, 1000)


def test_with_times_whole_days_are_drawn() -> None:
    days = np.repeat(np.arange(40), 25)
    draws = resampling.drawn(1000, seed=1, days=days)
    assert draws.groups == 40
    assert draws.of_days
    assert all(len(set(draws.group[days == day].tolist())) == 1 for day in range(40))


def test_equal_input_gives_equal_draws_and_another_seed_others() -> None:
    one, same, other = (resampling.drawn(500, seed) for seed in (3, 3, 4))
    assert (one.weights == same.weights).all()
    assert (one.weights != other.weights).any()


def test_an_interval_of_a_mean_covers_it_as_often_as_it_says() -> None:
    draw = np.random.default_rng(5)
    hits = 0
    for turn in range(200):
        values = draw.exponential(1.0, 80)
        draws = resampling.drawn(80, turn, replicates=200)
        sums = np.stack([draws.by_group(values), draws.by_group(np.ones(80))], axis=1)
        drawn = draws.drawn(sums)
        found = draws.interval(float(values.mean()), drawn[:, 0] / drawn[:, 1])
        assert found.low is not None
        assert found.high is not None
        hits += found.low <= 1.0 <= found.high
    assert 0.90 <= hits / 200 <= 0.98


def test_rows_of_a_day_that_move_together_make_the_interval_wider() -> None:
    draw = np.random.default_rng(6)
    days = np.repeat(np.arange(50), 40)
    values = draw.normal(size=50)[days] + 0.1 * draw.normal(size=2000)
    widths = []
    for given in (None, days):
        draws = resampling.drawn(2000, 1, days=given)
        sums = np.stack([draws.by_group(values), draws.by_group(np.ones(2000))], axis=1)
        drawn = draws.drawn(sums)
        found = draws.interval(float(values.mean()), drawn[:, 0] / drawn[:, 1])
        assert found.low is not None
        assert found.high is not None
        widths.append(found.high - found.low)
    assert widths[1] > 3 * widths[0]


def test_what_is_not_defined_has_no_interval_and_a_reason() -> None:
    draws = resampling.drawn(100, seed=1)
    nothing = draws.interval(float("nan"), np.full(draws.replicates, np.nan))
    assert nothing == Interval(None, reason="not defined on these rows")
    rare = np.where(np.arange(draws.replicates) % 3, 1.0, np.nan)
    assert draws.interval(1.0, rare).low is None
    few = resampling.drawn(9, seed=1).interval(1.0, np.ones(1000))
    assert few == Interval(1.0, reason="too few rows or days for an interval")


def test_counts_by_code_leave_out_rows_of_none() -> None:
    draws = resampling.drawn(4, seed=1)
    codes, values = np.array([0, 1, -1, 1]), np.array([1.0, 2.0, 4.0, 8.0])
    assert draws.counts(codes, 2).sum(axis=0).tolist() == [1.0, 2.0]
    assert draws.counts(codes, 2, values).sum(axis=0).tolist() == [1.0, 10.0]


@pytest.mark.parametrize(("hits", "trials"), [(0, 10), (10, 10), (3, 1000)])
def test_a_share_keeps_between_zero_and_one(hits: int, trials: int) -> None:
    found = resampling.wilson(hits, trials)
    assert found.low is not None
    assert found.high is not None
    assert 0.0 <= found.low <= hits / trials <= found.high <= 1.0


def test_wilson_is_as_published() -> None:
    found = resampling.wilson(81, 263)  # Newcombe, Stat. Med. 17 (1998), table I
    assert (round(found.low or 0, 4), round(found.high or 0, 4)) == (0.2553, 0.3662)
