"""XGBoost's models answer as trees of ours, categories included."""

from typing import Any

import pytest
import xgboost

from tenure.core.errors import TenureError
from tenure.core.models import Task
from tests.adapters.frameworks.foreign import corpus
from tests.adapters.frameworks.foreign.adopting import adopted, proven


def trained(kind: Task = Task.BINARY, *, categories: bool = True, **settings: Any) -> Any:
    given, truth = corpus.frame(kind)
    make = xgboost.XGBRegressor if kind is Task.REGRESSION else xgboost.XGBClassifier
    model = make(n_estimators=8, n_jobs=1, enable_categorical=categories, **settings)
    return model.fit(corpus.coded(given) if categories else given[corpus.NUMBERS], truth)


@pytest.mark.parametrize(
    ("kind", "settings", "name"),
    [
        (Task.BINARY, {"max_cat_to_onehot": 100}, "m.json"),
        (Task.MULTICLASS, {"max_cat_to_onehot": 1}, "m.ubj"),
        (Task.REGRESSION, {}, "m.ubj"),
        (Task.BINARY, {"categories": False, "booster": "dart", "rate_drop": 0.4}, "m.ubj"),
    ],
)
def test_every_kind_of_split_is_taken_over(kind: Task, settings: Any, name: str) -> None:
    runtime, share = proven(corpus.saved(trained(kind, **settings), name), name, kind)
    assert runtime == "trees"
    assert share < 0.1


def test_a_level_that_xgboost_refuses_counts_as_missing() -> None:
    model = trained()
    odd = corpus.coded(corpus.whole()[0].assign(city="nowhere")).head(1)
    with pytest.raises(ValueError, match="not in the training set"):
        model.predict_proba(odd)
    assert proven(corpus.pickled(model), "m.pkl")[0] == "trees"


def test_categories_without_their_levels_are_refused_with_the_way_out() -> None:
    given, truth = corpus.whole()
    codes = given.assign(**{n: given[n].astype("category").cat.codes for n in corpus.TEXTS})
    kinds = ["c" if name in corpus.TEXTS else "q" for name in corpus.ALL]
    rows = xgboost.DMatrix(codes, truth, feature_types=kinds, enable_categorical=True)
    model = xgboost.train({"objective": "binary:logistic"}, rows, 3)
    with pytest.raises(TenureError, match="but not their levels") as caught:
        adopted(corpus.saved(model, "m.ubj"), "m.ubj")
    assert "frame with category columns" in caught.value.hint


@pytest.mark.parametrize("booster", ["gblinear"])
def test_what_is_no_tree_says_so(booster: str) -> None:
    given, truth = corpus.whole()
    model = xgboost.XGBClassifier(booster=booster, n_estimators=2).fit(given[corpus.NUMBERS], truth)
    with pytest.raises(TenureError, match="gblinear is more than trees"):
        adopted(corpus.saved(model, "m.ubj"), "m.ubj")
