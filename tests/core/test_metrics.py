"""The table of metrics, and that computing and judging agree on it."""

import numpy as np
import pytest

from tenure.core import metrics
from tenure.core.models import Task
from tenure.core.stats import losses
from tenure.core.stats import metrics as computed


@pytest.mark.parametrize("task", list(Task))
def test_every_metric_of_the_table_is_computed_and_no_other(task: Task) -> None:
    width = 3 if task is Task.MULTICLASS else 1
    outputs, labels = np.full((4, width), 1.0 / width), np.array([0.0, 1.0, 0.0, 1.0])
    found = set(computed.evaluate(task, outputs, labels)) - {"n"}
    assert found == {name for name, one in metrics.METRICS.items() if task in one.tasks}


@pytest.mark.parametrize("task", list(Task))
def test_every_metric_that_may_judge_has_a_loss_per_row(task: Task) -> None:
    assert metrics.judging(task) == losses.names(task)


def test_only_shares_of_right_answers_are_better_when_higher() -> None:
    better = {name for name in (*metrics.METRICS, "unheard_of") if metrics.higher_is_better(name)}
    assert better == {"accuracy", "auc"}
