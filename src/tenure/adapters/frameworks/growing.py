"""What recipes have in common whose trees become ours.

How categories are coded, how many trees are good on the newest rows, and the proof that what is kept
says what was trained.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks import booster, encode, trees
from tenure.adapters.frameworks.encode import Encoding, Floats
from tenure.adapters.frameworks.trees import Forest, Tree
from tenure.core.errors import Kind, TenureError
from tenure.core.models import Task
from tenure.core.signatures import Signature

Files = dict[str, bytes]
MOST_LEVELS = 100
MOST_TREES, SHORT_ROWS, SHORT_TREES = 300, 500, 60
"""As the recipe `lightgbm`: below so many rows a fifth of them cannot tell how many trees are good."""
NEWEST_SHARE = 0.2
"""Of the training rows: those that tell how many trees are good."""
LARGEST = 3e38
"""About what single precision holds: numbers beyond are taken for it."""
_SMOOTHING = 10.0  # rows of the average that a level starts with
_TOLERANCE = 1e-5
_NEVER = -50.0  # raw score of a class that the training rows do not have


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows to train on, in time order: `matrix` [rows, features] without infinities, and labels."""

    matrix: Floats
    labels: Floats
    encoding: Encoding

    def split(self) -> "tuple[Rows, Rows] | None":
        """Return the older rows and the newest fifth; None when that would be too few."""
        if len(self.labels) < SHORT_ROWS:
            return None
        cut = int(len(self.labels) * (1.0 - NEWEST_SHARE))
        older = Rows(self.matrix[:cut], self.labels[:cut], self.encoding)
        return older, Rows(self.matrix[cut:], self.labels[cut:], self.encoding)


def rows_of(table: pa.Table, signature: Signature) -> Rows:
    """Return the rows of a table; a category's codes are its levels' ranks by the target."""
    labels = np.asarray(table.column("__label").to_numpy(), dtype=np.float64)
    fitted = encode.fit(table, signature.features, MOST_LEVELS)
    codes = fitted.matrix(table)
    features = tuple(
        feature
        if feature.levels is None
        else _with_levels(feature, _order(codes[:, place], labels, signature))
        for place, feature in enumerate(fitted.features)
    )
    encoding = Encoding(features)
    matrix = np.clip(encoding.matrix(table), -LARGEST, LARGEST)
    matrix[:, np.isnan(matrix).all(axis=0)] = 0.0  # libraries refuse it; one number parts nothing
    return Rows(matrix, labels, encoding)


def _with_levels(feature: encode.Feature, order: list[int]) -> encode.Feature:
    """Return the category with its levels in another order."""
    levels = feature.levels or ()
    return encode.Feature(feature.name, tuple(levels[place] for place in order))


def _order(codes: Floats, labels: Floats, signature: Signature) -> list[int]:
    """Return the places of the levels by the mean of the target, few rows shrunk to the average.

    A question "code <= t" then parts the levels as the best question about sets does (Fisher 1958).
    With several classes the mean is that of the first principal component (Coppersmith et al. 1999).
    """
    known = np.isfinite(codes)
    if not known.any():
        return []
    truth = labels[:, None]
    if signature.task is Task.MULTICLASS:
        truth = (labels[:, None] == np.arange(len(signature.classes))).astype(np.float64)
    places = codes[known].astype(np.intp)
    size = int(places.max()) + 1
    counts = np.bincount(places, minlength=size).astype(np.float64)
    sums = np.stack([np.bincount(places, one, size) for one in truth[known].T], axis=1)
    means = (sums + _SMOOTHING * truth.mean(axis=0)) / (counts + _SMOOTHING)[:, None]
    if means.shape[1] > 1:
        centred = means - np.average(means, axis=0, weights=counts)
        direction = np.linalg.svd(centred * np.sqrt(counts)[:, None], full_matrices=False)[2][0]
        means = centred @ (direction * np.sign(direction[np.argmax(np.abs(direction))]))[:, None]
    found: list[int] = np.argsort(means[:, 0], kind="stable").tolist()
    return found


def present(model: Any, signature: Signature) -> list[int]:
    """Return which classes the training rows had; [] of a number."""
    if signature.task is Task.REGRESSION:
        return []
    return [int(one) for one in model.classes_]


def narrowed(signature: Signature, known: list[int]) -> Signature:
    """Return the signature of a model that knows these classes only."""
    return replace(signature, classes=tuple(signature.classes[place] for place in known))


def answered(model: Any, matrix: Floats, signature: Signature) -> Floats:
    """Return what a model of scikit-learn answers, [rows, width]."""
    if signature.task is Task.REGRESSION:
        return np.asarray(model.predict(matrix), np.float64).reshape(-1, 1)
    given = np.asarray(model.predict_proba(matrix), np.float64)
    if signature.task is Task.BINARY:
        return given[:, 1:]
    every = np.zeros((len(matrix), signature.width))
    every[:, present(model, signature)] = given
    return every


def spread(forest: Forest, known: list[int], width: int) -> Forest:
    """Return the trees of a model of these classes as one of all `width`; the others never come."""
    if len(known) == width:
        return forest
    outputs = {one: list(forest.trees[k :: forest.width]) for k, one in enumerate(known[-1:])}
    if forest.width > 1:
        outputs = {one: list(forest.trees[k :: forest.width]) for k, one in enumerate(known)}
    longest = len(next(iter(outputs.values())))
    never = 0.0 if forest.average else _NEVER
    for one in range(width):
        if one not in outputs:
            first = 0.0 if one in known else never
            outputs[one] = [trees.constant(first), *[trees.constant(0.0)] * (longest - 1)]
    together = zip(*(outputs[one] for one in range(width)), strict=True)
    grown: tuple[Tree, ...] = tuple(tree for each in together for tree in each)
    link = "" if forest.average else f"multiclass num_class:{width}"
    return replace(forest, width=width, trees=grown, objective=link)


def files_of(forest: Forest, encoding: Encoding) -> Files:
    return {booster.FILE: trees.to_text(forest), encode.FILE: encode.to_bytes(encoding)}


def proven(
    files: Files, signature: Signature, table: pa.Table, expected: Callable[[], Any]
) -> Files:
    """Return the files when they answer as the library does; raise `run.not_compiled`."""
    found = trees.load(files, signature).predict_table(table)
    wanted = np.asarray(expected(), np.float64).reshape(found.shape[0], -1)
    scale = float(np.abs(wanted).max(initial=1.0)) if signature.task is Task.REGRESSION else 1.0
    if found.shape != wanted.shape or float(np.abs(found - wanted).max(initial=0)) > (
        _TOLERANCE * scale
    ):
        raise TenureError(
            Kind.FAILED,
            "run.not_compiled",
            "the trees that would be served do not answer as the library that grew them",
            hint="train another recipe; this is a fault of ours: please report it",
        )
    return files
