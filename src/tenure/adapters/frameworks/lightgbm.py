"""The recipe and runtime `lightgbm`: gradient boosted trees, the same bytes for the same input.

The number of trees is found on the newest fifth of the training rows, then all rows are used.
Short windows get a fixed number. Defaults were chosen on flights and on simulated strong signals
(docs/decisions): few leaves, strong shrinkage, at most 300 trees.
"""

import logging
from typing import Any, cast

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks import booster, encode, params
from tenure.adapters.frameworks.encode import Encoding, Floats
from tenure.adapters.frameworks.params import Choice, Number
from tenure.core.models import Task
from tenure.core.signatures import Signature

_log = logging.getLogger("tenure.recipe")

NAME = "lightgbm"
ALLOWED: params.Allowed = {
    "num_iterations": Number(1, 2000, whole=True),  # given: that many trees, no search
    "early_stopping_round": Number(1, 500, whole=True),
    "num_leaves": Number(2, 1024, whole=True),
    "max_depth": Number(-1, 64, whole=True),
    "learning_rate": Number(1e-4, 1.0),
    "min_data_in_leaf": Number(1, 100_000, whole=True),
    "min_gain_to_split": Number(0, 1e6),
    "max_bin": Number(3, 255, whole=True),
    "lambda_l1": Number(0, 1e6),
    "lambda_l2": Number(0, 1e6),
    "path_smooth": Number(0, 1e6),
    "feature_fraction": Number(0.01, 1.0),
    "bagging_fraction": Number(0.01, 1.0),
    "bagging_freq": Number(0, 100, whole=True),
    "min_data_per_group": Number(1, 100_000, whole=True),
    "cat_smooth": Number(0, 1e6),
    "cat_l2": Number(0, 1e6),
    "objective": Choice(("l1", "l2")),  # of regression; l1 is what the default metric mae asks for
}
DEFAULTS: dict[str, object] = {
    "early_stopping_round": 20,
    "num_leaves": 15,
    "learning_rate": 0.08,
    "max_bin": 127,
    "lambda_l2": 20.0,
    "feature_fraction": 0.6,
    "bagging_fraction": 0.7,
    "bagging_freq": 1,
    "min_data_per_group": 50,
    "cat_smooth": 20.0,
    "cat_l2": 20.0,
}
_FIXED: dict[str, object] = {
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "verbosity": -1,
}
_MOST_LEVELS = 100  # fits max_bin; rarer levels are missing
_MOST_TREES = 300
_SHORT_ROWS = 500  # below, a fifth of the rows cannot tell how many trees are good …
_SHORT_TREES = 60  # … and this many did well
_NEWEST_SHARE = 0.2


def train(
    table: pa.Table, signature: Signature, given: dict[str, object], seed: int
) -> dict[str, bytes]:
    """Return the files of a version trained on `table` (features, `__label`; in time order)."""
    wanted = params.checked(NAME, given, ALLOWED)
    encoding = encode.fit(table, signature.features, _MOST_LEVELS)
    matrix = encoding.matrix(table)
    labels = np.asarray(table.column("__label").to_numpy(), dtype=np.float64)
    settings = {
        **DEFAULTS,
        "min_data_in_leaf": min(50, max(10, len(labels) // 20)),
        **wanted,
        **_objective(signature, wanted),
        **_FIXED,
        "seed": seed,
    }
    patience = int(cast("int", settings.pop("early_stopping_round")))
    trees = settings.pop("num_iterations", None) or _trees(
        matrix, labels, encoding, settings, patience
    )
    text = _fit(matrix, labels, encoding, settings, int(cast("int", trees))).model_to_string()
    _log.info("lightgbm: %d rows, %d features, %s trees", *matrix.shape, trees)
    return {booster.FILE: text.encode(), encode.FILE: encode.to_bytes(encoding)}


def load(files: dict[str, bytes], signature: Signature) -> "LightgbmPredictor":
    """Return a warm predictor; raise `runtime.broken_files`."""
    encoding = encode.from_files(files)
    if booster.FILE not in files:
        raise encode.broken(booster.FILE, "the file is missing")
    return answering(encoding, booster.load(files[booster.FILE]), signature)


def answering(
    encoding: Encoding, loaded: booster.Booster, signature: Signature
) -> "LightgbmPredictor":
    """Return a warm predictor of a loaded booster; raise `runtime.broken_files`."""
    if (loaded.features, loaded.width) != (len(encoding.features), signature.width):
        raise encode.broken(
            booster.FILE,
            f"the model takes {loaded.features} numbers and gives {loaded.width}; its signature "
            f"says {len(encoding.features)} and {signature.width}",
        )
    loaded.one([encode.NAN] * loaded.features)  # the first call is slower than those that follow
    numbers = not encoding.categories
    in_order = [f.name for f in encoding.features] == [c.name for c in signature.features]
    kind = LightgbmNumbers if numbers and in_order else LightgbmPredictor
    return kind(encoding, loaded)


class LightgbmPredictor:
    """A loaded version. Not thread-safe."""

    def __init__(self, encoding: Encoding, loaded: booster.Booster) -> None:
        self._encoding = encoding
        self._rows = encode.Rows(encoding)
        self._booster = loaded

    def predict(self, columns: dict[str, list[Any]], rows: int) -> list[list[float]]:
        if rows == 1:
            return [self._booster.one(self._rows.one(columns))]
        answered: list[list[float]] = self._booster.many(self._rows.many(columns, rows)).tolist()
        return answered

    def predict_table(self, table: pa.Table) -> Floats:
        """Return the outputs of an Arrow table, [rows, width]."""
        return self._booster.many(self._encoding.matrix(table))


class LightgbmNumbers(LightgbmPredictor):
    """A version that takes only numbers: rows go to LightGBM as they came."""

    def predict_block(self, block: bytes, rows: int) -> list[list[float]]:
        """Return the outputs of float64 rows, row-major, in the order of the signature."""
        width, flat = self._booster.width, self._booster.block(block, rows)
        if width == 1:
            return [[value] for value in flat]
        return [flat[at : at + width] for at in range(0, rows * width, width)]


def _objective(signature: Signature, wanted: dict[str, object]) -> dict[str, object]:
    if signature.task is not Task.REGRESSION and "objective" in wanted:
        raise params.refused(NAME, f"objective = {wanted['objective']!r}", "only for regression")
    if signature.task is Task.BINARY:
        return {"objective": "binary"}
    if signature.task is Task.MULTICLASS:
        return {"objective": "multiclass", "num_class": len(signature.classes)}
    return {"objective": wanted.get("objective", "l1")}


def _trees(
    matrix: Floats, labels: Floats, encoding: Encoding, settings: dict[str, object], patience: int
) -> int:
    """Return how many trees are good on the newest rows when the older ones are trained on."""
    import lightgbm

    if len(labels) < _SHORT_ROWS:
        return _SHORT_TREES
    cut = int(len(labels) * (1.0 - _NEWEST_SHARE))
    older = _dataset(matrix[:cut], labels[:cut], encoding, settings)
    newest = older.create_valid(matrix[cut:], labels[cut:])
    stop = lightgbm.early_stopping(patience, verbose=False)
    found = lightgbm.train(settings, older, _MOST_TREES, valid_sets=[newest], callbacks=[stop])
    return max(1, int(found.best_iteration))


def _fit(
    matrix: Floats, labels: Floats, encoding: Encoding, settings: dict[str, object], trees: int
) -> Any:
    import lightgbm

    return lightgbm.train(settings, _dataset(matrix, labels, encoding, settings), trees)


def _dataset(
    matrix: Floats, labels: Floats, encoding: Encoding, settings: dict[str, object]
) -> Any:
    import lightgbm

    return lightgbm.Dataset(
        matrix,
        labels,
        categorical_feature=encoding.categories,
        params={"max_bin": settings["max_bin"], "num_threads": 1, "verbosity": -1},
    )
