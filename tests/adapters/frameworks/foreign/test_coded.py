"""Training code is run on the rows that it is given, and what it returns becomes a file."""

from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from tenure.adapters.frameworks.foreign.coded import context_of, exported
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tests.conformance import flowers

X, Y = np.random.default_rng(1).normal(size=(60, 2)), np.arange(60) % 2


def boosted() -> Any:
    return lightgbm.train({"verbosity": -1, "num_threads": 1}, lightgbm.Dataset(X, Y), 2)


def xgboosted() -> Any:
    import xgboost

    return xgboost.train({"nthread": 1}, xgboost.DMatrix(X, Y), 2)


def catboosted() -> Any:
    import catboost

    return catboost.CatBoostClassifier(
        iterations=2, verbose=False, thread_count=1, allow_writing_files=False
    ).fit(X, Y)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (boosted, "model.txt"),
        (xgboosted, "model.ubj"),
        (catboosted, "model.cbm"),
        (lambda: LogisticRegression().fit(X, Y), "model.pkl"),
        (lambda: b"tree\n", "model"),
    ],
)
def test_every_kind_of_model_becomes_a_file_that_tells_its_format(
    make: Any, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data, called = exported(make())
    assert called == name
    assert data


def test_what_is_no_model_is_refused() -> None:
    with pytest.raises(TenureError, match=r"nobody knows how to keep a builtins\.int") as caught:
        exported(3)
    assert caught.value.code == "run.no_model"


@pytest.mark.parametrize("kind", list(Task))
def test_the_context_has_features_and_target_and_no_role(kind: Task) -> None:
    signature = flowers.signature(kind)
    context = context_of(flowers.table(kind), signature, seed=3)
    assert context.features.column_names == [column.name for column in signature.features]
    assert (context.classes, context.seed) == (signature.classes, 3)
    assert context.target.dtype == (np.float64 if kind is Task.REGRESSION else np.int64)
