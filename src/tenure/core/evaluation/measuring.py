"""What answers are worth, whatever their task: one way in to the figures of each."""

from tenure.core.evaluation import binary, multiclass, regression
from tenure.core.evaluation.binary import Rules
from tenure.core.evaluation.figures import Measured
from tenure.core.evaluation.sampled import Figures
from tenure.core.models import Task
from tenure.core.stats.losses import Floats
from tenure.core.stats.resampling import Draws


def measured(
    task: Task, draws: Draws, outputs: Floats, labels: Floats, rules: Rules
) -> tuple[Measured, Figures]:
    """Return what `outputs` [n, width] are worth given `labels` [n], with every figure's draws."""
    if task is Task.BINARY:
        return binary.measured(draws, outputs[:, 0], labels, rules)
    if task is Task.MULTICLASS:
        return multiclass.measured(draws, outputs, labels, rules.metric)
    return regression.measured(draws, outputs[:, 0], labels, rules.metric)
