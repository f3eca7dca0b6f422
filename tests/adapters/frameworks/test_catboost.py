"""The recipe `catboost` does what every recipe of trees does."""

from typing import ClassVar

from tests.conformance.recipes import ExtraRecipe


class TestCatboost(ExtraRecipe):
    name: ClassVar[str] = "catboost"
    count: ClassVar[str] = "iterations"
    starts: ClassVar[int] = 1
