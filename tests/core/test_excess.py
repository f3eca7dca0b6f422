"""Where a loss that has grown comes from: a planted cause comes first, no cause has no name."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from tenure.core.evaluation.slices import Coded
from tenure.core.excess import Excess, search
from tenure.core.stats.losses import Floats
from tenure.core.stats.ranking import Places

Worse = Callable[[np.random.Generator, dict[str, Places]], Floats]
SEEDS = 40
BEFORE, NOW, DAYS = 3000, 1400, 14
COLUMNS = {
    "origin": ("EWR", "JFK", "LGA", "(others)", "(missing)"),
    "visib": ("< 3", "3 to 8", "8 to 10", "≥ 10", "(others)", "(missing)"),
    "carrier": ("9E", "AA", "B6", "DL", "(others)", "(missing)"),
    "hour": ("< 9", "9 to 15", "≥ 15", "(others)", "(missing)"),
}


def searched(seed: int, worse: Worse, flood: float = 0.0) -> Excess:
    """Search rows whose loss is an exponential, and more by `worse` for those that are now."""
    random = np.random.default_rng(seed)
    count = BEFORE + NOW
    now = np.arange(count) >= BEFORE
    codes = {name: random.integers(0, len(names) - 2, count) for name, names in COLUMNS.items()}
    flooded = now & (random.random(count) < flood)
    codes["origin"] = np.where(flooded, 2, codes["origin"])
    each = random.exponential(0.4, count) + np.where(codes["origin"] == 2, 0.5, 0.0)
    each += np.where(now, worse(random, codes), 0.0)
    columns = [Coded(name, names, codes[name]) for name, names in COLUMNS.items()]
    day = np.where(now, np.arange(count) % DAYS, np.arange(count) % 30)
    return search(columns, each, now, day)


def named(found: Excess) -> list[str]:
    return [part.words for part in found.parts]


def where(chosen: NDArray[np.bool_], by: float) -> Floats:
    return np.where(chosen, by, 0.0)


def test_the_planted_part_comes_first_in_nearly_every_stream() -> None:
    found = [
        named(searched(seed, lambda _, codes: where(codes["carrier"] == 3, 0.4)))
        for seed in range(SEEDS)
    ]
    assert sum(one[:1] == ["carrier = DL"] for one in found) >= 0.95 * SEEDS


def test_of_two_causes_both_are_named_with_their_shares() -> None:
    found = searched(
        3, lambda _, codes: np.where(codes["origin"] == 2, 0.6, where(codes["visib"] == 0, 0.4))
    )
    assert named(found) == ["origin = LGA", "visib < 3"]
    first, second = found.parts
    # a third of the rows by 0.6, a quarter of the others by 0.4
    assert first.share == pytest.approx(0.75, abs=0.15)
    assert second.share == pytest.approx(0.25, abs=0.12)
    assert first.of_rows == pytest.approx(1 / 3, abs=0.05)
    assert first.before is not None
    assert first.now - first.before == pytest.approx(0.6, abs=0.15)


def test_a_pair_is_named_where_its_values_alone_say_less() -> None:
    found = searched(4, lambda _, codes: where((codes["origin"] == 1) & (codes["hour"] == 2), 0.9))
    assert named(found)[0] == "origin = JFK and hour ≥ 15"


def test_ranges_from_one_end_are_parts_too() -> None:
    assert named(searched(6, lambda _, codes: where(codes["visib"] <= 1, 0.5)))[0] == "visib < 8"


def test_rows_that_were_always_hard_are_responsible_when_more_of_them_come() -> None:
    found = searched(7, lambda _, codes: np.zeros(len(codes["origin"])), flood=0.6)
    assert named(found) == ["origin = LGA"]
    (part,) = found.parts
    assert part.share == pytest.approx(1.0, abs=0.25)
    assert part.before == pytest.approx(part.now, abs=0.1)
    assert (part.of_rows_before, part.of_rows) == pytest.approx((1 / 3, 0.73), abs=0.05)


def test_rows_of_a_kind_that_was_not_there_are_compared_with_all_others() -> None:
    random = np.random.default_rng(1)
    now = np.arange(1000) >= 500
    kind = np.where(now & (np.arange(1000) % 2 == 0), 1, 0)
    each = random.exponential(0.4, 1000) + kind * 0.5
    (part,) = search([Coded("kind", ("old", "new"), kind)], each, now, np.arange(1000) // 50).parts
    assert (part.words, part.before, part.of_rows_before) == ("kind = new", None, 0.0)


def test_what_got_worse_all_over_has_no_part_to_name() -> None:
    found = [
        searched(seed, lambda random, codes: random.exponential(0.3, len(codes["origin"]))).parts
        for seed in range(SEEDS)
    ]
    assert sum(map(bool, found)) <= 1


def test_without_an_excess_and_with_few_rows_nothing_is_named() -> None:
    found = searched(8, lambda _, codes: np.full(len(codes["origin"]), -0.1))
    assert (found.parts, found.tested) == ((), 0)
    assert found.mean < 0
    few = search([], np.arange(6.0), np.arange(6) > 2, np.arange(6))
    assert (few.parts, few.mean) == ((), 3.0)
