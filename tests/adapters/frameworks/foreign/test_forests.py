"""Our picture of how a node decides is LightGBM's own."""

import lightgbm
import numpy as np
import pytest

from tenure.adapters.frameworks import booster, trees
from tenure.adapters.frameworks.foreign import forests

VALUES = np.array([np.nan, -1.0, 0.0, 1e-36, 0.3, 1.0, 2.0, 3.0, 4.0, 70.0])


@pytest.mark.parametrize(
    "options",
    [{}, {"use_missing": False}, {"zero_as_missing": True}, {"categorical_feature": [0]}],
    ids=str,
)
def test_a_node_sends_every_value_where_lightgbm_sends_it(options: dict[str, object]) -> None:
    dice = np.random.default_rng(0)
    given = dice.integers(0, 5, 400).astype(float)
    given[dice.random(400) < 0.2] = np.nan
    truth = (given == 1) + (given == 3) + 0.5 * np.isnan(given) + dice.normal(0, 0.01, 400)
    categories = options.pop("categorical_feature", "auto")
    data = lightgbm.Dataset(given[:, None], truth, categorical_feature=categories)
    settings = {"num_leaves": 4, "min_data_in_leaf": 1, "verbosity": -1, "cat_smooth": 0, **options}
    text = lightgbm.train({"objective": "l2", "min_data_per_group": 1, **settings}, data, 1)
    found = trees.from_text(text.model_to_string().encode())
    (tree,) = found.trees
    said = [forests.said_of(tree, np.array([value])) for value in VALUES]
    assert said == booster.load(trees.to_text(found)).many(VALUES[:, None])[:, 0].tolist()


def test_a_set_that_several_nodes_ask_is_stored_once() -> None:
    left, right = np.array([1, 3, -1, -1, -1]), np.array([2, 4, -1, -1, -1])
    zeros = np.zeros(5)
    tree = forests.renumbered(
        forests.Nodes(left, right, zeros, zeros, np.arange(5.0), zeros, {0: [1], 1: [1]})
    )
    assert (tree.bounds.tolist(), tree.words.tolist()) == ([0, 1], [2])
    assert tree.threshold.tolist() == [0.0, 0.0]
