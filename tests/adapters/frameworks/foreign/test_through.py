"""Trees behind preprocessing ask the raw columns, to the last double."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.adapters.frameworks import trees
from tenure.adapters.frameworks.foreign import through
from tenure.adapters.frameworks.foreign.forests import Nodes, renumbered
from tenure.core.errors import TenureError

NUMBER = through.Raw("x", None, nulls=True)
NUMBERS = st.floats(-1e6, 1e6)


def stump(threshold: float, *, missing_left: bool = False, feature: int = 0) -> trees.Tree:
    """Return a tree of one question: 1 on the left, 2 on the right."""
    left, right = np.array([1, -1, -1]), np.array([2, -1, -1])
    columns = np.full(3, feature), np.array([threshold, 0, 0]), np.array([0.0, 1.0, 2.0])
    return renumbered(Nodes(left, right, *columns, np.array([missing_left, False, False])))


def asked(transform: Any, *columns: through.Raw) -> through.Asked:
    return through.Asked(columns or (NUMBER,), transform)


def goes_left(tree: trees.Tree, value: float) -> bool:
    """Return whether the engine gives what stood on the left."""
    missing = value != value  # noqa: PLR0124  # NaN
    left = tree.decision[0] & trees.MISSING_LEFT if missing else value <= tree.threshold[0]
    return bool(tree.leaf[~(tree.left if left else tree.right)[0]] == 1.0)


@settings(max_examples=60)
@given(NUMBERS, st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3), NUMBERS)
def test_a_scaled_number_is_asked_at_the_double_where_the_answer_turns(
    threshold: float, scale: float, shift: float
) -> None:
    def steps(rows: dict[str, Any]) -> Any:
        return ((rows["x"] - shift) * scale)[:, None]

    forest, _ = through.taken(asked(steps), trees.Forest(1, 1, (stump(threshold),)))
    (tree,) = forest.trees
    edge = float(tree.threshold[0])
    for value in (edge, np.nextafter(edge, np.inf), np.nextafter(edge, -np.inf), 0.0, shift):
        assert goes_left(tree, value) == ((value - shift) * scale <= threshold)


@pytest.mark.parametrize("filled", [-5.0, 5.0])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_missing_number_goes_where_its_stand_in_goes(filled: float, sign: float) -> None:
    def steps(rows: dict[str, Any]) -> Any:
        return (sign * np.where(np.isnan(rows["x"]), filled, rows["x"]))[:, None]

    forest, _ = through.taken(asked(steps), trees.Forest(1, 1, (stump(1.0),)))
    assert goes_left(forest.trees[0], np.nan) == (sign * filled <= 1.0)


def test_a_category_becomes_the_set_of_levels_that_go_left() -> None:
    known = {"a": 3.0, "b": 0.5, None: 2.0}

    def steps(rows: dict[str, Any]) -> Any:
        return np.array([[known.get(v if isinstance(v, str) else None, -1.0)] for v in rows["c"]])

    column = through.Raw("c", ("a", "b"), nulls=True)
    forest, encoding = through.taken(asked(steps, column), trees.Forest(1, 1, (stump(1.0),)))
    (tree,) = forest.trees
    assert tree.decision[0] & trees.CATEGORICAL
    assert tree.words.tolist() == [0b1010]  # b and the unseen; not a, not the missing one
    assert (encoding.features[0].missing, encoding.features[0].unseen) == (2.0, 3.0)


def test_steps_that_mix_columns_are_refused_where_a_tree_asks_them() -> None:
    def steps(rows: dict[str, Any]) -> Any:
        return np.column_stack([rows["x"] + rows["y"], rows["y"]])

    both = asked(steps, NUMBER, through.Raw("y", None, nulls=False))
    assert through.taken(both, trees.Forest(2, 1, (stump(1.0, feature=1),)))
    with pytest.raises(TenureError, match="mixes several columns"):
        through.taken(both, trees.Forest(2, 1, (stump(1.0),)))
