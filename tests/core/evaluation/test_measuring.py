"""One way in: every task's answers get the figures of their task."""

import numpy as np
import pytest

from tenure.core.evaluation.binary import Rules
from tenure.core.evaluation.measuring import measured
from tenure.core.models import Task
from tenure.core.stats import resampling


@pytest.mark.parametrize(
    ("task", "width", "figure"),
    [(Task.BINARY, 1, "auc"), (Task.MULTICLASS, 3, "macro_auc"), (Task.REGRESSION, 1, "mae")],
)
def test_a_task_gets_its_own_figures(task: Task, width: int, figure: str) -> None:
    labels = np.tile([0.0, 1.0, 2.0 if width > 1 else 1.0], 40)
    outputs = np.full((120, width), 1.0 / (width + 1.0))
    metric = "mae" if task is Task.REGRESSION else "log_loss"
    draws = resampling.drawn(120, 1, replicates=20)
    found, drawn = measured(task, draws, outputs, labels, Rules(metric=metric))
    assert figure in {one.name for one in found.figures}
    assert figure in drawn
