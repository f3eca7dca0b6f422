"""A file is asked as its own library opens it: no proof, no compiling, no refusal of odd levels."""

import io
from collections.abc import Callable
from dataclasses import replace
from itertools import combinations
from math import factorial
from typing import Any

import catboost
import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xgboost

from tenure.adapters.frameworks.foreign import asking
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.ports.training import AnswerTask

SIGNATURE = Signature(
    Task.REGRESSION, tuple(Column(name, ColumnType.FLOAT) for name in ("a", "b")), "y"
)
ROWS = np.random.default_rng(1).normal(size=(300, 2))


@pytest.fixture(scope="module")
def booster() -> lightgbm.Booster:
    data = lightgbm.Dataset(ROWS, ROWS @ [1.0, 2.0], feature_name=["a", "b"])
    return lightgbm.train({"objective": "regression", "verbosity": -1, "num_threads": 1}, data, 5)


def task(file: bytes, names: tuple[str, ...] = ("b", "a")) -> AnswerTask:
    columns = {"a": ROWS[:, 0], "b": ROWS[:, 1]}
    out = io.BytesIO()
    pq.write_table(pa.table({name: columns[name] for name in names}), out)
    return AnswerTask(file, "model.txt", "", SIGNATURE, out.getvalue())


def test_it_answers_what_its_library_answers(booster: lightgbm.Booster) -> None:
    found = asking.answer(task(booster.model_to_string().encode()))
    assert np.array(found.outputs)[:, 0].tolist() == booster.predict(ROWS).tolist()
    assert found.library.startswith("lightgbm ")


def test_what_cannot_answer_says_why(booster: lightgbm.Booster) -> None:
    with pytest.raises(TenureError, match="no column 'b'"):
        asking.answer(task(booster.model_to_string().encode(), ("a",)))


def by_hand(leaves: Callable[[frozenset[int]], float], inputs: int) -> list[float]:
    """Return the Shapley values of a game by going through all coalitions."""
    found = []
    for one in range(inputs):
        others = [place for place in range(inputs) if place != one]
        total = 0.0
        for size in range(inputs):
            weight = factorial(size) * factorial(inputs - size - 1) / factorial(inputs)
            for chosen in combinations(others, size):
                coalition = frozenset(chosen)
                total += weight * (leaves(coalition | {one}) - leaves(coalition))
        found.append(total)
    return found


def expected(node: dict[str, Any], row: Any, known: frozenset[int]) -> float:
    """Return what a tree says when only some inputs are known: the others go both ways by cover."""
    if "leaf_value" in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        goes_left = row[node["split_feature"]] <= node["threshold"]
        return expected(left if goes_left else right, row, known)
    sizes = [one.get("leaf_count", one.get("internal_count")) for one in (left, right)]
    both = [expected(one, row, known) for one in (left, right)]
    return float(np.average(both, weights=sizes))


def test_contributions_of_trees_are_the_shapley_values_of_their_inputs(
    booster: lightgbm.Booster,
) -> None:
    asked = replace(task(booster.model_to_string().encode()), contributions=True)
    found = asking.answer(asked)
    assert found.inputs == ("a", "b")
    values = np.array(found.contributions)[:, 0]
    assert values.sum(axis=1) == pytest.approx(np.array(found.outputs)[:, 0])
    trees = [one["tree_structure"] for one in booster.dump_model()["tree_info"]]
    for row in range(5):

        def game(known: frozenset[int], row: int = row) -> float:
            return sum(expected(one, ROWS[row], known) for one in trees)

        assert values[row, :2] == pytest.approx(by_hand(game, 2), abs=1e-9)


def test_xgboost_and_catboost_contribute_exactly_too() -> None:
    truth = (ROWS @ [1.0, 2.0] > 0).astype(int)
    rows = {"max_depth": 3, "objective": "binary:logistic", "nthread": 1}
    data = xgboost.DMatrix(ROWS, truth, feature_names=["a", "b"])
    files = {"m.ubj": bytes(xgboost.train(rows, data, 5).save_raw("ubj"))}
    cat = catboost.CatBoostClassifier(
        iterations=5, depth=3, thread_count=1, verbose=False, allow_writing_files=False
    )
    cat.fit(catboost.Pool(ROWS, truth, feature_names=["a", "b"]))
    files["m.cbm"] = cat._serialize_model()
    signature = replace(SIGNATURE, task=Task.BINARY, classes=("0", "1"))
    for name, file in files.items():
        asked = replace(task(file), name=name, signature=signature, contributions=True)
        found = asking.answer(asked)
        raw = np.array(found.contributions)[:, 0].sum(axis=1)
        assert 1 / (1 + np.exp(-raw)) == pytest.approx(np.array(found.outputs)[:, 0], abs=1e-5)
        assert np.array(found.contributions).shape == (300, 1, 3)
