"""The recipe and runtime `linear`: logistic or ridge regression, stored as plain weights.

scikit-learn fits; the version holds the folded algebra b + Σ w (x - mean) / scale and one weight
per category level, so answering needs numpy only. A missing value adds nothing.
"""

import logging
import math
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks import encode, params
from tenure.adapters.frameworks.encode import Encoding, Floats
from tenure.adapters.frameworks.params import Number
from tenure.core.models import Task
from tenure.core.signatures import Signature

_log = logging.getLogger("tenure.recipe")

NAME = "linear"
FILE = "weights.json"
ALLOWED: params.Allowed = {
    "strength": Number(1e-6, 1e6),  # of the L2 penalty; scikit-learn's 1 / C, or alpha
    "max_iter": Number(1, 100_000, whole=True),
}
_MOST_LEVELS = 50
_NEVER = -50.0  # intercept of a class that the training rows do not have


class Weights(msgspec.Struct, frozen=True):
    """Per feature a list of weights per output: one for a number, one per code for a category.

    `weights[f][o]` belongs to feature f and output o; for a number the list holds one slope of
    the raw value and `middle[f]` is what a missing one counts as. `average[f][o]` is what the feature
    adds to the score in the mean of the training rows; without it nothing is told of a row.
    """

    weights: list[list[list[float]]]
    middle: list[float]
    intercept: list[float]
    average: list[list[float]] = []
    format: int = 1


def train(
    table: pa.Table, signature: Signature, given: dict[str, object], seed: int
) -> dict[str, bytes]:
    """Return the files of a version trained on `table` (features, `__label`)."""
    wanted = params.checked(NAME, given, ALLOWED)
    encoding = encode.fit(table, signature.features, _MOST_LEVELS)
    matrix = encoding.matrix(table)
    labels = np.asarray(table.column("__label").to_numpy(), dtype=np.float64)
    middle, scale = _scales(matrix, encoding)
    design = _design(matrix, encoding, middle, scale)
    slopes, intercept = _fit(design, labels, signature, wanted, seed)
    weights = _folded(slopes, intercept, encoding, middle, scale)
    _log.info("linear: %d rows, %d columns", *design.shape)
    return _stored(_averaged(weights, encoding, matrix), encoding)


def averaged(files: dict[str, bytes], table: pa.Table) -> dict[str, bytes]:
    """Return the files of a version that knows what each feature adds in the mean of these rows."""
    encoding = encode.from_files(files)
    weights = encode.decoded(files, FILE, Weights)
    return _stored(_averaged(weights, encoding, encoding.matrix(table)), encoding)


def load(files: dict[str, bytes], signature: Signature) -> "LinearPredictor":
    """Return a warm predictor; raise `runtime.broken_files`."""
    encoding = encode.from_files(files)
    weights = encode.decoded(files, FILE, Weights)
    outputs = signature.width
    sizes = [f.codes if f.levels is not None else 1 for f in encoding.features]
    shaped = [[size] * outputs for size in sizes]
    if (
        [[len(each) for each in feature] for feature in weights.weights] != shaped
        or len(weights.intercept) != outputs
        or len(weights.middle) != len(sizes)
        or [len(each) for each in weights.average] not in ([], [outputs] * len(sizes))
    ):
        raise encode.broken(FILE, "the weights do not fit the encoding and the signature")
    return LinearPredictor(encoding, weights, signature.task)


class LinearPredictor:
    """A loaded version."""

    def __init__(self, encoding: Encoding, weights: Weights, task: Task) -> None:
        self.encoding = encoding
        self._rows = encode.Rows(encoding)
        self.weights = weights
        self._task = task
        self._plan = [
            (feature.levels is None, middle, each)
            for feature, middle, each in zip(
                encoding.features, weights.middle, weights.weights, strict=True
            )
        ]

    def predict(self, columns: dict[str, list[Any]], rows: int) -> list[list[float]]:
        if rows == 1 and len(self.weights.intercept) == 1:
            return [[self._one(self._rows.one(columns))]]
        answered: list[list[float]] = self._many(self._rows.many(columns, rows)).tolist()
        return answered

    def predict_table(self, table: pa.Table) -> Floats:
        """Return the outputs of an Arrow table, [rows, width]."""
        return self._many(self.encoding.matrix(table))

    def parts(self, columns: dict[str, list[Any]], rows: int) -> Floats:
        """Return what each feature adds to the raw score, [rows, outputs, features]."""
        return _parts(self.weights, self.encoding, self._rows.many(columns, rows))

    def _one(self, values: list[float]) -> float:
        score = self.weights.intercept[0]
        for (is_number, middle, each), value in zip(self._plan, values, strict=True):
            if is_number:
                score += each[0][0] * (value if math.isfinite(value) else middle)
            elif value == value:  # noqa: PLR0124 — NaN: a missing level adds nothing
                score += each[0][int(value)]
        return score if self._task is Task.REGRESSION else _logistic(score)

    def _many(self, matrix: Floats) -> Floats:
        scores = np.tile(np.array(self.weights.intercept), (len(matrix), 1))
        for position in range(matrix.shape[1]):
            scores += _part(self.weights, self.encoding, matrix, position)
        return _outputs(scores, self._task)


def _part(weights: Weights, encoding: Encoding, matrix: Floats, position: int) -> Floats:
    """Return what one feature adds to the scores, [rows, outputs]; a missing level adds nothing."""
    table = np.array(weights.weights[position]).T  # [1 or levels, outputs]
    column = matrix[:, position]
    known = np.isfinite(column)
    if encoding.features[position].levels is None:
        return np.asarray(
            np.where(known, column, weights.middle[position])[:, None] * table, np.float64
        )
    added = np.zeros((len(matrix), table.shape[1]))
    added[known] = table[column[known].astype(np.intp)]
    return added


def _parts(weights: Weights, encoding: Encoding, matrix: Floats) -> Floats:
    each = [_part(weights, encoding, matrix, position) for position in range(matrix.shape[1])]
    shape = (len(matrix), len(weights.intercept), 0)
    return np.stack(each, axis=2) if each else np.empty(shape)


def _averaged(weights: Weights, encoding: Encoding, matrix: Floats) -> Weights:
    average = _parts(weights, encoding, matrix).mean(axis=0).T.tolist()
    return msgspec.structs.replace(weights, average=average)


def _stored(weights: Weights, encoding: Encoding) -> dict[str, bytes]:
    stored = msgspec.json.encode(weights, order="deterministic")
    return {FILE: stored, encode.FILE: encode.to_bytes(encoding)}


def _outputs(scores: Floats, task: Task) -> Floats:
    if task is Task.REGRESSION:
        return scores
    if scores.shape[1] == 1:
        half = np.tanh(scores / 2.0)  # the logistic function without overflow
        return np.asarray((1.0 + half) / 2.0, dtype=np.float64)
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), dtype=np.float64)


def _logistic(score: float) -> float:
    return (1.0 + math.tanh(score / 2.0)) / 2.0


def _scales(matrix: Floats, encoding: Encoding) -> tuple[Floats, Floats]:
    """Return mean and standard deviation per feature; 0 and 1 for categories and empty columns."""
    middle, scale = np.zeros(matrix.shape[1]), np.ones(matrix.shape[1])
    for position, feature in enumerate(encoding.features):
        column = matrix[:, position]
        seen = column[np.isfinite(column)]
        if feature.levels is None and len(seen):
            middle[position] = seen.mean()
            scale[position] = seen.std() or 1.0
    return middle, scale


def _design(matrix: Floats, encoding: Encoding, middle: Floats, scale: Floats) -> Any:
    """Return the standardised numbers and the one-hot levels, sparse, in order of the features."""
    from scipy import sparse

    rows = np.arange(len(matrix))
    blocks = []
    for position, feature in enumerate(encoding.features):
        column = matrix[:, position]
        known = np.isfinite(column)
        if feature.levels is None:
            shifted = np.where(known, (column - middle[position]) / scale[position], 0.0)
            blocks.append(sparse.csr_matrix(shifted[:, None]))
        else:
            codes = (rows[known], column[known].astype(np.intp))
            shape = (len(matrix), len(feature.levels))
            blocks.append(sparse.csr_matrix((np.ones(known.sum()), codes), shape))
    return sparse.hstack(blocks, format="csr")


def _fit(
    design: Any, labels: Floats, signature: Signature, wanted: dict[str, object], seed: int
) -> tuple[Floats, Floats]:
    """Return slopes [outputs, columns] and intercepts [outputs]."""
    from sklearn.linear_model import LogisticRegression, Ridge

    strength = float(str(wanted.get("strength", 1.0)))
    most = int(str(wanted.get("max_iter", 1000)))
    if signature.task is Task.REGRESSION:
        ridge = Ridge(alpha=strength, solver="sparse_cg", max_iter=most, random_state=seed)
        ridge.fit(design, labels)
        return np.atleast_2d(ridge.coef_), np.atleast_1d(ridge.intercept_)
    model = LogisticRegression(C=1.0 / strength, max_iter=most, random_state=seed)
    model.fit(design, labels.astype(np.intp))
    if signature.width == 1:
        return model.coef_, model.intercept_
    return _all_classes(model, signature.width)


def _all_classes(model: Any, width: int) -> tuple[Floats, Floats]:
    """Give classes that the training rows do not have a probability next to zero."""
    slopes, intercept = np.zeros((width, model.coef_.shape[1])), np.full(width, _NEVER)
    if len(model.classes_) == 2:  # noqa: PLR2004 — then there is one row of slopes, for the second
        slopes[model.classes_[1]] = model.coef_[0]
        intercept[model.classes_[0]] = 0.0
        intercept[model.classes_[1]] = model.intercept_[0]
    else:
        slopes[model.classes_] = model.coef_
        intercept[model.classes_] = model.intercept_
    return slopes, intercept


def _folded(
    slopes: Floats, intercept: Floats, encoding: Encoding, middle: Floats, scale: Floats
) -> Weights:
    """Return weights of raw values: the standardisation goes into slope and intercept."""
    folded, weights, start = intercept.astype(np.float64).copy(), [], 0
    for position, feature in enumerate(encoding.features):
        size = 1 if feature.levels is None else len(feature.levels)
        part = slopes[:, start : start + size]
        if feature.levels is None:
            part = part / scale[position]
            folded -= part[:, 0] * middle[position]
        weights.append(part.tolist())
        start += size
    return Weights(weights, middle.tolist(), folded.tolist())
