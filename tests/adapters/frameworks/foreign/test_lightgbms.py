"""LightGBM's texts are taken over as they are."""

from typing import Any

import lightgbm
import pytest

from tenure.core.errors import TenureError
from tenure.core.models import Task
from tests.adapters.frameworks.foreign import corpus
from tests.adapters.frameworks.foreign.adopting import adopted, proven

OBJECTIVES = {Task.BINARY: "binary", Task.MULTICLASS: "multiclassova", Task.REGRESSION: "huber"}


def trained(kind: Task = Task.BINARY, **settings: Any) -> Any:
    given, truth = corpus.frame(kind)
    given = (
        given[corpus.NUMBERS].astype(float) if "linear_tree" in settings else corpus.coded(given)
    )
    classes = {"num_class": 3} if kind is Task.MULTICLASS else {}
    fixed = {"objective": OBJECTIVES[kind], "verbosity": -1, "num_threads": 1}
    return lightgbm.train({**fixed, **classes, **settings}, lightgbm.Dataset(given, truth), 8)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (Task.BINARY, {"boosting": "dart"}),
        (Task.MULTICLASS, {}),
        (Task.REGRESSION, {"zero_as_missing": True}),
        (Task.REGRESSION, {"objective": "l2", "reg_sqrt": True}),
        (Task.BINARY, {"linear_tree": True, "lambda_l2": 1.0}),
    ],
    ids=str,
)
def test_its_answers_are_the_same(kind: Task, settings: Any) -> None:
    text = trained(kind, **settings).model_to_string().encode()
    assert proven(text, "m.txt", kind) == ("trees", 0.0)


def test_a_pickled_booster_is_its_text() -> None:
    assert proven(corpus.pickled(trained()), "m.pkl") == ("trees", 0.0)


def test_scores_of_an_own_objective_are_no_probabilities() -> None:
    def own(scores: Any, data: Any) -> Any:
        return scores - data.get_label(), scores * 0 + 1

    with pytest.raises(TenureError, match="probabilities were expected") as caught:
        adopted(trained(objective=own, learning_rate=3.0).model_to_string().encode(), "m.txt")
    assert "objective" in caught.value.hint
