"""Linear pipelines as plain weights, found by asking: the score is b plus a part per feature.

Scaling, imputing, one-hot coding and a linear model leave a score that is additive in the raw
features. So one question per feature and level gives every weight, whatever the steps are called;
the parity test says whether it was true.
"""

import contextlib
from typing import Any

import msgspec
import numpy as np

from tenure.adapters.frameworks import encode, linear
from tenure.adapters.frameworks.encode import Encoding, Feature, Floats
from tenure.adapters.frameworks.foreign.estimator import Estimator
from tenure.adapters.frameworks.foreign.original import Files, wrong_inputs
from tenure.core.columns import ColumnType
from tenure.core.models import Task

_STEPS = {
    *("Pipeline", "ColumnTransformer", "FeatureUnion", "SimpleImputer", "OneHotEncoder"),
    *("StandardScaler", "MinMaxScaler", "MaxAbsScaler", "RobustScaler", "SelectKBest"),
    *("VarianceThreshold", "PCA", "TruncatedSVD", "OrdinalEncoder", "TargetEncoder"),
}
_MODELS = {
    *("LogisticRegression", "LogisticRegressionCV", "SGDClassifier", "LinearRegression", "Ridge"),
    *("RidgeCV", "Lasso", "LassoCV", "ElasticNet", "ElasticNetCV", "BayesianRidge", "LinearSVR"),
    *("SGDRegressor", "HuberRegressor", "Lars", "LassoLars", "ARDRegression", "QuantileRegressor"),
}
_UNSEEN = "\x00 no level of any model"
_STEP = 1.0


def may_be_linear(model: Any) -> bool:
    """Return whether every part of a model is known to be linear in its input."""
    parts = list(_parts(model))
    return bool(parts) and parts[-1] in _MODELS and all(one in _STEPS for one in parts[:-1])


def _parts(model: Any) -> Any:
    """Yield the names of the steps inside, the last one being the model itself."""
    name = type(model).__name__
    if name == "Pipeline":
        for _, step in model.steps:
            if step is not None and step != "passthrough":
                yield from _parts(step)
    elif name in {"ColumnTransformer", "FeatureUnion"}:
        inner = getattr(model, "transformers_", None) or model.transformer_list
        for one in inner:
            if not isinstance(one[1], str):
                yield from _parts(one[1])
    else:
        yield name


def fold(one: Estimator) -> Files:
    """Return the files of the runtime `linear`."""
    import pandas as pd

    known = levels(one)
    nullable = {column.name for column in one.columns if column.nulls}
    encoding = Encoding(tuple(_feature(c.name, known.get(c.name), nullable) for c in one.columns))
    plan: list[tuple[str, Any]] = []
    for feature in encoding.features:
        asked: tuple[Any, ...] = (_STEP, np.nan)
        if feature.levels is not None:
            asked = (*feature.levels, *([np.nan] if feature.missing is not None else []))
        plan += [(feature.name, value) for value in asked]
    rows = pd.DataFrame(
        [
            {f.name: 0.0 if f.levels is None else _UNSEEN for f in encoding.features} | changed
            for changed in ({}, *({name: value} for name, value in plan))
        ]
    )
    whole = np.array([True, *(value == value for _, value in plan)])  # noqa: PLR0124  # not NaN
    scores = np.full((len(rows), one.signature.width), np.nan)
    scores[whole] = _scores(one, rows[whole])
    with contextlib.suppress(ValueError):  # a model that takes no missing value has no word on it
        scores[~whole] = _scores(one, rows[~whole])
    return {
        linear.FILE: msgspec.json.encode(_weights(encoding, scores), order="deterministic"),
        encode.FILE: encode.to_bytes(encoding),
    }


def _feature(name: str, levels: tuple[str, ...] | None, nullable: set[str]) -> Feature:
    """Return a feature whose missing level has a weight of its own."""
    if levels is None or name not in nullable:
        return Feature(name, levels)
    return Feature(name, levels, missing=float(len(levels)))


def _weights(encoding: Encoding, scores: Floats) -> linear.Weights:
    intercept, at = scores[0], 1
    weights: list[list[list[float]]] = []
    middle: list[float] = []
    for feature in encoding.features:
        if feature.levels is None:
            slope, absent = scores[at] - intercept, scores[at + 1] - intercept
            at += 2
            steepest = int(np.argmax(np.abs(slope)))
            known = slope[steepest] != 0 and np.isfinite(absent[steepest])
            middle.append(float(absent[steepest] / slope[steepest]) if known else 0.0)
            weights.append([[float(one)] for one in slope])
        else:
            size = feature.codes
            weights.append(np.nan_to_num(scores[at : at + size] - intercept).T.tolist())
            middle.append(0.0)
            at += size
    return linear.Weights(weights, middle, intercept.tolist())


def _scores(one: Estimator, rows: Any) -> Floats:
    """Return the linear score behind the answer, [rows, width], in the order of our classes."""
    given = rows if one.named else rows.to_numpy(np.float64)
    if one.signature.task is Task.REGRESSION:
        return np.asarray(one.model.predict(given), np.float64).reshape(len(rows), -1)
    scores = np.asarray(one.model.decision_function(given), np.float64)
    if one.signature.task is Task.BINARY:
        return (scores if one.places == [0, 1] else -scores).reshape(len(rows), 1)
    if scores.ndim == 1:
        raise wrong_inputs("one score for several classes")
    return scores[:, one.places]


def levels(one: Estimator) -> dict[str, tuple[str, ...]]:
    """Return the levels to ask about: those the data declares, and any that a step has learnt."""
    learnt = {text for step in steps_of(one.model) for text in _texts(step)}
    return {
        column.name: tuple(sorted({*column.levels, *learnt}))
        for column in one.columns
        if column.type is ColumnType.CATEGORY
    }


def steps_of(model: Any) -> Any:
    """Yield a model, and every fitted step in it."""
    yield model
    if (inner := getattr(model, "_preprocessor", None)) is not None:  # of histogram boosting
        yield from steps_of(inner)
    for attribute in ("steps", "transformers_", "transformer_list"):
        for inner in getattr(model, attribute, ()):
            if len(inner) > 1 and not isinstance(inner[1], str):
                yield from steps_of(inner[1])


def _texts(step: Any) -> Any:
    for values in getattr(step, "categories_", ()):
        yield from (value for value in values if isinstance(value, str))
