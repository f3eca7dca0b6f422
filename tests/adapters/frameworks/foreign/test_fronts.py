"""Preprocessing before a model that becomes ONNX is a sum that stands before it in the graph."""

from typing import Any

import onnx
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import make_column_transformer
from sklearn.ensemble import BaggingClassifier, VotingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.tree import DecisionTreeClassifier

from tests.adapters.frameworks.foreign import corpus
from tests.adapters.frameworks.foreign.adopting import adopted

TREE = DecisionTreeClassifier(max_depth=4, random_state=0)
CODES = OrdinalEncoder(
    handle_unknown="use_encoded_value", unknown_value=9, encoded_missing_value=-1
)
LEVELS = make_pipeline(
    SimpleImputer(strategy="most_frequent"),
    OneHotEncoder(handle_unknown="ignore", sparse_output=False),
)


@pytest.mark.parametrize(
    ("texts", "model"),
    [
        (LEVELS, GaussianNB()),
        (CODES, BaggingClassifier(TREE, 3, random_state=0)),
        (LEVELS, CalibratedClassifierCV(TREE, cv=2)),
        (LEVELS, VotingClassifier([("a", TREE), ("b", LogisticRegression())], voting="soft")),
    ],
    ids=["Bayes", "bagging", "calibrated", "voting"],
)
def test_models_behind_steps_answer_as_onnx_with_raw_columns(texts: Any, model: Any) -> None:
    given, truth = corpus.frame()
    numbers = make_pipeline(SimpleImputer(add_indicator=True), StandardScaler())
    before = make_column_transformer((numbers, corpus.NUMBERS), (texts, corpus.TEXTS))
    found = adopted(corpus.pickled(make_pipeline(before, model).fit(given, truth)), "m.pkl")
    assert (found.runtime, found.proofs["parity"]["refused"]) == ("onnx", None)
    inputs = onnx.load_model_from_string(found.files["model.onnx"]).graph.input
    assert [one.name for one in inputs] == ["front_numbers", "front_4", "front_5"]
