"""The recipe `xgboost` does what every recipe of trees does."""

from typing import ClassVar

from tests.conformance.recipes import ExtraRecipe


class TestXgboost(ExtraRecipe):
    name: ClassVar[str] = "xgboost"
    count: ClassVar[str] = "num_boost_round"
    starts: ClassVar[int] = 1
