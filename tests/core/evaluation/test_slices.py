"""Slices: what is worse is found where it is, and noise is left alone."""

import numpy as np

from tenure.core.evaluation import slices
from tenure.core.evaluation.slices import Coded
from tenure.core.stats import resampling

NAMES = ("a", "b", "c", "d")


def columns(rows: int, many: int, seed: int) -> list[Coded]:
    draw = np.random.default_rng(seed)
    return [
        Coded(f"c{place}", NAMES, draw.integers(0, 4, rows).astype(np.int16))
        for place in range(many)
    ]


def test_one_bad_value_is_found_and_measured_on_the_other_half() -> None:
    coded = columns(8_000, 6, 1)
    each = np.random.default_rng(2).exponential(1.0, 8_000)
    each[coded[3].codes == 2] += 0.5
    found = slices.search(coded, each, resampling.drawn(8_000, 1).group)
    assert found.slices[0].where == (("c3", "c"),)
    assert found.slices[0].words == "c3 = c"
    more = found.slices[0].more
    assert (more.low or 0.0) < 0.5 < (more.high or 0.0)
    assert all(len(one.where) == 1 for one in found.slices)


def test_a_pair_is_told_when_it_says_more_than_its_values() -> None:
    coded = columns(20_000, 4, 3)
    each = np.random.default_rng(4).exponential(1.0, 20_000)
    each[(coded[0].codes == 1) & (coded[2].codes == 3)] += 2.0
    found = slices.search(coded, each, resampling.drawn(20_000, 1).group)
    assert (("c0", "b"), ("c2", "d")) in [one.where for one in found.slices[:3]]


def test_of_noise_next_to_nothing_is_told() -> None:
    told = 0
    for turn in range(12):
        each = np.random.default_rng(turn).exponential(1.0, 2_000)
        found = slices.search(
            columns(2_000, 5, turn), each, resampling.drawn(2_000, turn, replicates=1).group
        )
        assert found.tested >= 20
        told += bool(found.slices)
    assert told <= 1


def test_few_rows_make_no_slice() -> None:
    coded = columns(300, 3, 5)
    each = np.where(coded[0].codes == 0, 9.0, 0.1)
    found = slices.search(coded, each, resampling.drawn(300, 1).group)
    assert (found.tested, found.slices) == (0, ())


def test_rows_without_a_code_belong_to_no_slice() -> None:
    codes = np.full(4_000, -1)
    codes[:2_000] = 0
    each = np.concatenate([np.full(2_000, 2.0), np.full(2_000, 1.0)])
    found = slices.search([Coded("c", ("x",), codes)], each, resampling.drawn(4_000, 1).group)
    assert [(one.where, one.loss, one.outside) for one in found.slices] == [
        ((("c", "x"),), 2.0, 1.0)
    ]
