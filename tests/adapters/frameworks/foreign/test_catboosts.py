"""CatBoost's models answer as trees of ours, whatever statistics their categories became."""

from typing import Any

import catboost
import pytest

from tenure.core.errors import TenureError
from tenure.core.models import Task
from tests.adapters.frameworks.foreign import corpus
from tests.adapters.frameworks.foreign.adopting import adopted, proven


def trained(kind: Task = Task.BINARY, *, categories: bool = True, **settings: Any) -> bytes:
    given, truth = corpus.frame(kind)
    given = given.assign(plan=given["plan"].fillna("nan")) if categories else given[corpus.NUMBERS]
    regression = kind is Task.REGRESSION
    make = catboost.CatBoostRegressor if regression else catboost.CatBoostClassifier
    model = make(
        **{"iterations": 12, **settings},
        verbose=0,
        thread_count=1,
        allow_writing_files=False,
        random_seed=0,
        cat_features=corpus.TEXTS if categories else None,
    )
    return corpus.saved(model.fit(given, truth), "m.cbm")


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (Task.BINARY, {"one_hot_max_size": 20}),
        (Task.BINARY, {"iterations": 100}),  # statistics of combinations
        (Task.MULTICLASS, {}),
        (Task.REGRESSION, {"max_ctr_complexity": 1}),
        (Task.BINARY, {"categories": False, "grow_policy": "Depthwise"}),
        (Task.MULTICLASS, {"categories": False, "grow_policy": "Lossguide"}),
    ],
    ids=str,
)
def test_every_kind_of_split_is_taken_over(kind: Task, settings: Any) -> None:
    runtime, share = proven(trained(kind, **settings), "m.cbm", kind)
    assert runtime == "trees"
    assert share < 1e-6


def test_categories_in_lopsided_trees_say_what_to_train_instead() -> None:
    with pytest.raises(TenureError, match="from symmetric trees only"):
        adopted(trained(grow_policy="Depthwise"), "m.cbm")
