"""What a spec answers about itself."""

from dataclasses import replace

import pytest

from tenure.core.models import Task
from tenure.core.spec.parse import from_dict

SPEC = from_dict(
    {
        "model": {"tenant": "DL", "name": "m", "task": "binary"},
        "data": {"source": "a.csv", "target": "late", "key": ["id"]},
        "challengers": {"static": {}},
    }
)


@pytest.mark.parametrize(
    ("task", "metric"),
    [(Task.BINARY, "log_loss"), (Task.MULTICLASS, "log_loss"), (Task.REGRESSION, "mae")],
)
def test_each_task_has_its_own_metric(task: Task, metric: str) -> None:
    assert replace(SPEC, model=replace(SPEC.model, task=task)).metric == metric


def test_a_named_metric_counts() -> None:
    assert replace(SPEC, model=replace(SPEC.model, metric="brier")).metric == "brier"


def test_the_champion_is_the_first_lane() -> None:
    assert [lane.name for lane in SPEC.lanes()] == ["champion", "static"]
    assert SPEC.lane("champion").train is SPEC.train
    assert SPEC.lane("static") is SPEC.challengers[0]


def test_labels_are_joined_by_the_key_unless_the_spec_says_otherwise() -> None:
    assert SPEC.joins_by_key
    by_request = replace(SPEC, labels=replace(SPEC.labels, join=("request_id",)))
    assert not by_request.joins_by_key
    assert not replace(SPEC, data=replace(SPEC.data, key=())).joins_by_key
