"""Trees as LightGBM's text: the same answers after taking apart, and no index that leads astray."""

from typing import Any

import lightgbm
import numpy as np
import pytest

from tenure.adapters.frameworks import booster, encode, trees
from tenure.adapters.frameworks.encode import Encoding, Feature
from tenure.core.errors import TenureError
from tests.conformance import flowers

SETTINGS: tuple[dict[str, Any], ...] = (
    {"objective": "binary"},
    {"objective": "regression"},
    {"objective": "poisson"},
    {"objective": "multiclass", "num_class": 3},
    {"objective": "binary", "boosting": "rf", "bagging_fraction": 0.5, "bagging_freq": 1},
)


def rows() -> tuple[Any, Any]:
    random = np.random.default_rng(0)
    table = random.normal(size=(600, 3))
    table[:, 2] = random.integers(0, 40, 600)
    table[random.random(table.shape) < 0.05] = np.nan
    return table, (np.nan_to_num(table[:, 0]) + np.isin(table[:, 2], [1, 5, 33]) > 0.5).astype(
        float
    )


def trained(settings: dict[str, Any]) -> tuple[Any, Any]:
    table, truth = rows()
    truth = truth + (table[:, 1] > 0) if "num_class" in settings else truth
    quiet = {"verbosity": -1, "min_data_per_group": 1, "cat_smooth": 1, "num_threads": 1}
    data = lightgbm.Dataset(table, truth, categorical_feature=[2])
    return lightgbm.train({**settings, **quiet}, data, 12), table


@pytest.fixture(scope="module")
def text() -> str:
    return str(trained(SETTINGS[0])[0].model_to_string())


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_trees_answer_the_same_after_they_were_taken_apart(settings: dict[str, Any]) -> None:
    model, table = trained(settings)
    forest = trees.from_text(model.model_to_string().encode())
    again = booster.load(trees.to_text(forest))
    assert np.array_equal(again.many(table), model.predict(table).reshape(len(table), -1))
    assert trees.to_text(trees.from_text(trees.to_text(forest))) == trees.to_text(forest)


@pytest.mark.parametrize(
    ("line", "value", "why"),
    [
        ("left_child", "0", "do not make a tree"),
        ("right_child", "99999", "do not make a tree"),
        ("left_child", "-99999", "do not make a tree"),
        ("split_feature", "77", "a feature that is not there"),
        ("split_feature", "-1", "a feature that is not there"),
        ("leaf_value", "nan", "not a finite number"),
        ("leaf_value", "soup", "no number"),
        ("threshold", "nan", "cannot be read"),
        ("decision_type", "64", "cannot be read"),
    ],
)
def test_an_index_that_leads_astray_never_reaches_the_library(
    text: str, line: str, value: str, why: str
) -> None:
    head, found, rest = text.partition(f"\n{line}=")
    first, gap, others = rest.partition(" ")
    assert found
    assert first != value
    with pytest.raises(TenureError, match=why) as caught:
        trees.from_text(f"{head}{found}{value}{gap}{others}".encode())
    assert caught.value.code == "runtime.broken_files"


def test_counts_that_do_not_add_up_are_refused(text: str) -> None:
    for old, new in (
        ("num_leaves=", "num_leaves=9"),
        ("num_cat=", "num_cat=5"),
        ("num_tree_per_iteration=1", "num_tree_per_iteration=5"),
        ("max_feature_idx=2", "max_feature_idx=0"),
        ("max_feature_idx=2", "max_feature_idx=99999999999"),
        ("end of trees", "and so on"),
        ("objective=binary", "objective=lambdarank"),
        ("objective=binary sigmoid:1", "objective=binary sigmoid:1e999"),
    ):
        assert old in text
        with pytest.raises(TenureError):
            trees.from_text(text.replace(old, new, 1).encode())


def test_a_text_cut_anywhere_is_refused(text: str) -> None:
    end = text.index("end of trees")
    for place in range(0, end, max(1, end // 40)):
        with pytest.raises(TenureError):
            trees.from_text(text[:place].encode())


def test_a_version_of_another_shape_than_its_signature_is_broken(text: str) -> None:
    encoding = encode.to_bytes(Encoding((Feature("length"),)))
    with pytest.raises(TenureError, match="takes 3 numbers"):
        trees.load({booster.FILE: text.encode(), encode.FILE: encoding}, flowers.signature())
