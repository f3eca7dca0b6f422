"""The recipe `random_forest` does what every recipe of trees does."""

from typing import ClassVar

from tests.conformance.recipes import TreeRecipe


class TestRandomForest(TreeRecipe):
    name: ClassVar[str] = "random_forest"
    count: ClassVar[str] = "n_estimators"
    starts: ClassVar[int] = 0
