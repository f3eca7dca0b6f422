"""The recipe `hist_gradient_boosting` does what every recipe of trees does."""

from typing import ClassVar

from tests.conformance.recipes import TreeRecipe


class TestHistGradientBoosting(TreeRecipe):
    name: ClassVar[str] = "hist_gradient_boosting"
    count: ClassVar[str] = "max_iter"
    starts: ClassVar[int] = 1
