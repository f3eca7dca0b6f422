"""The model of every peer: what a file says, as a function from rows to probabilities."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any


def predictor() -> Callable[[Any], Any]:
    """Return the model of `MODEL_FILE`, on one thread."""
    file = os.environ["MODEL_FILE"]
    if os.environ["MODEL_KIND"] == "lightgbm":
        import lightgbm

        booster = lightgbm.Booster(model_file=file)
        return lambda values: booster.predict(values, num_threads=1)
    model = pickle.loads(Path(file).read_bytes())  # noqa: S301  # written by the benchmark
    return lambda values: model.predict_proba(values)[:, 1]
