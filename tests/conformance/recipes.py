"""What every recipe has to do whose trees become ours; its test module says which it is."""

from dataclasses import replace
from typing import ClassVar

import numpy as np
import pyarrow as pa
import pytest

from tenure.adapters.frameworks import booster, registry, trees
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.stats.metrics import evaluate
from tests.conformance import flowers

FEW = 40
"""Trees: enough to learn, and quick."""


class TreeRecipe:
    """`name` is the recipe, `count` its parameter that says how many trees, `starts` its constants."""

    name: ClassVar[str]
    count: ClassVar[str]
    starts: ClassVar[int] = 1

    def test_it_learns_and_learns_the_same_each_time(self) -> None:
        task = flowers.task(self.name)  # the number of trees is found
        trained, again = registry.train(task), registry.train(task)
        labels = flowers.table().column("__label").to_numpy()[750:]
        found = evaluate(Task.BINARY, np.array(trained.holdout), labels)
        assert found["auc"] is not None
        assert found["auc"] > 0.75
        assert trained.runtime == trees.NAME
        assert again.files == trained.files

    def test_a_number_is_learnt_better_than_its_median(self) -> None:
        task = flowers.task(self.name, Task.REGRESSION)
        trained = registry.train(replace(task, params={self.count: FEW}))
        labels = flowers.table(Task.REGRESSION).column("__label").to_numpy()
        away = np.abs(np.array(trained.holdout)[:, 0] - labels[750:]).mean()
        assert away < 0.9 * np.abs(labels[750:] - np.median(labels[:750])).mean()
        assert trained.files[booster.FILE].count(b"\nTree=") == FEW + self.starts

    @pytest.mark.parametrize("present", [[0.0, 2.0], [1.0, 2.0]])
    def test_a_class_without_rows_gets_next_to_no_probability(self, present: list[float]) -> None:
        rows = flowers.table(Task.MULTICLASS)
        is_long = np.nan_to_num(rows["length"].to_numpy()) > 0
        labels = np.where(is_long, present[0], present[1])
        table = rows.drop(["__label"]).append_column("__label", pa.array(labels))
        task = flowers.task(self.name, Task.MULTICLASS, data=flowers.parquet(table))
        answers = np.array(registry.train(replace(task, params={self.count: FEW})).holdout)
        absent = ({0, 1, 2} - {int(label) for label in present}).pop()
        assert answers[:, absent].max() < 0.05
        np.testing.assert_allclose(answers.sum(axis=1), 1.0)
        assert (answers.argmax(axis=1) == labels[750:]).mean() > 0.8

    def test_three_classes_are_told_apart(self) -> None:
        task = flowers.task(self.name, Task.MULTICLASS)
        trained = registry.train(replace(task, params={self.count: FEW}))
        labels = flowers.table(Task.MULTICLASS).column("__label").to_numpy()[750:]
        assert (np.array(trained.holdout).argmax(axis=1) == labels).mean() > 0.5

    def test_a_handful_of_rows_gaps_and_infinities_give_an_answer(self) -> None:
        table = flowers.table().slice(0, 12)
        wild = pa.array([np.inf, -np.inf, 1e300, None, *range(8)], pa.float64())
        table = table.set_column(0, "length", wild)
        trained = registry.train(flowers.task(self.name, data=flowers.parquet(table)))
        signature = flowers.signature()
        predictor = registry.FrameworkRuntimes().load(trees.NAME, trained.files, signature)
        nothing: dict[str, list[object]] = {
            name: [None] for name in ("length", "petals", "soil", "noise")
        }
        assert 0.0 < predictor.predict(nothing, 1)[0][0] < 1.0

    def test_what_it_does_not_take_is_refused(self) -> None:
        for params in ({"objective": "l2"}, {"model_file": "/etc/passwd"}):
            with pytest.raises(TenureError) as caught:
                registry.train(replace(flowers.task(self.name), params=dict(params)))
            assert caught.value.code == "run.bad_param"


class ExtraRecipe(TreeRecipe):
    """One whose library is an extra."""

    def test_a_library_that_is_not_there_says_which_extra_brings_it(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        import sys

        monkeypatch.setitem(sys.modules, self.name, None)
        with pytest.raises(TenureError) as caught:
            registry.train(flowers.task(self.name))
        assert caught.value.code == "runtime.not_installed"
        assert caught.value.hint == f"pip install 'tenure[{self.name}]'"
