"""A space is held against what the recipe takes; code of a user's takes what it declares."""

import pytest

from tenure.core.recipes import RECIPES
from tenure.core.spec.spaces import misfits_of
from tenure.core.tuning import Dimension

KNOWN = RECIPES["lightgbm"]


@pytest.mark.parametrize(
    ("one", "words"),
    [
        (Dimension("num_leaves", 4, 64, whole=True), ""),
        (Dimension("num_leaves", choices=(4, 8)), ""),
        (Dimension("objective", choices=("l1", "l2")), ""),
        (Dimension("objective", 1, 2), "one of a few words"),
        (Dimension("num_leaves", choices=(4, "many")), "reaches beyond"),
        (Dimension("num_leaves", 4, 9999, whole=True), "reaches beyond"),
        (Dimension("num_leaves", 4, 64), "whole number"),
        (Dimension("leaves", 4, 64), "has no parameter"),
        (Dimension("max_bin", 3, 99, whole=True, when=(("x", (1,)),)), "not varied"),
    ],
)
def test_what_the_recipe_would_not_take_is_told(one: Dimension, words: str) -> None:
    found = [why for why, _ in misfits_of(one, [one.name], KNOWN)]
    assert bool(found) == bool(words)
    assert all(words in why for why in found)


def test_code_takes_any_name() -> None:
    assert not list(misfits_of(Dimension("anything", 0, 1), ["anything"], None))
