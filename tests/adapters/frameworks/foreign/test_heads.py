"""Pipelines that end in trees: their preprocessing goes into the trees."""

from typing import Any

import lightgbm
import pytest
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    KBinsDiscretizer,
    OneHotEncoder,
    OrdinalEncoder,
    PolynomialFeatures,
    StandardScaler,
    TargetEncoder,
)

from tenure.core.errors import TenureError
from tenure.core.models import Task
from tests.adapters.frameworks.foreign import corpus
from tests.adapters.frameworks.foreign.adopting import adopted, proven

BINS = KBinsDiscretizer(4, encode="ordinal", strategy="uniform")
ORDINAL = OrdinalEncoder(
    handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=-2
)
ONE_HOT = OneHotEncoder(handle_unknown="ignore", sparse_output=False)


def steps(numbers: Any, texts: Any) -> Any:
    numbers = "passthrough" if numbers is None else make_pipeline(SimpleImputer(), numbers)
    return make_column_transformer((numbers, corpus.NUMBERS), (texts, corpus.TEXTS))


@pytest.mark.parametrize(
    ("before", "model", "kind"),
    [
        (steps(StandardScaler(), ONE_HOT), RandomForestClassifier(5), Task.MULTICLASS),
        (steps(None, ORDINAL), HistGradientBoostingRegressor(max_iter=5), Task.REGRESSION),
        (steps(BINS, TargetEncoder()), GradientBoostingClassifier(n_estimators=5), Task.BINARY),
        (
            steps(StandardScaler(), ONE_HOT),
            lightgbm.LGBMClassifier(n_estimators=5, verbosity=-1, n_jobs=1),
            Task.BINARY,
        ),
    ],
    ids=["one-hot, forest", "ordinal, histogram", "target and bins, boosting", "LightGBM"],
)
def test_a_pipeline_before_trees_is_trees(before: Any, model: Any, kind: Task) -> None:
    given, truth = corpus.frame(kind)
    before = before.set_output(transform="pandas")
    fitted = make_pipeline(before, model).fit(given, truth)
    runtime, share = proven(corpus.pickled(fitted), "m.pkl", kind)
    assert runtime == "trees"
    assert share < 1e-6


def test_steps_that_mix_columns_are_not_taken_for_trees() -> None:
    given, truth = corpus.frame()
    mixed = steps(PolynomialFeatures(2), ORDINAL)
    fitted = make_pipeline(mixed, RandomForestClassifier(3)).fit(given, truth)
    try:
        refused = str(adopted(corpus.pickled(fitted), "m.pkl").proofs["parity"]["refused"])
    except TenureError as error:
        refused = error.message
    assert "trees: a step before the trees mixes several columns" in refused
