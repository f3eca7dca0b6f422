"""Trees of other libraries on their way to ours: how a node decides, how arrays become a tree."""

from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import Any

import numpy as np

from tenure.adapters.frameworks import booster, encode, trees
from tenure.adapters.frameworks.encode import Encoding, Floats
from tenure.adapters.frameworks.foreign.original import (
    Candidate,
    Contributions,
    Files,
    Original,
    wrong_outputs,
)
from tenure.adapters.frameworks.trees import MISSING_IS_NAN, MISSING_LEFT, Forest, Tree
from tenure.core.errors import invalid
from tenure.core.signatures import Signature

_MISSING_KIND, _MISSING_IS_ZERO = 12, 4
_ZERO = 1e-35  # LightGBM's kZeroThreshold


def tree_original(
    library: str,
    answer: Any,
    forest: Forest,
    encoding: Encoding,
    contributions: Contributions | None = None,
) -> Original:
    """Return a model of trees that are already ours."""
    candidate = Candidate(trees.NAME, lambda: tree_files(forest, encoding))
    return Original(library, answer, (candidate,), edges_of(forest, encoding), contributions)


def tree_files(forest: Forest, encoding: Encoding) -> Files:
    return {booster.FILE: trees.to_text(forest), encode.FILE: encode.to_bytes(encoding)}


def edges_of(forest: Forest, encoding: Encoding) -> dict[str, Floats]:
    """Return the thresholds of the numeric features."""
    kept: dict[str, list[Floats]] = {}
    for tree in forest.trees:
        numeric = (tree.decision & trees.CATEGORICAL) == 0
        for place in np.unique(tree.feature[numeric]):
            here = numeric & (tree.feature == place)
            kept.setdefault(encoding.features[place].name, []).append(tree.threshold[here])
    return {name: np.unique(np.concatenate(parts)) for name, parts in kept.items()}


def check_width(width: int, signature: Signature) -> None:
    if width != signature.width:
        raise wrong_outputs(
            f"the model gives {width} numbers a row, a {signature.task} of this target has "
            f"{signature.width}"
        )


def needed(module: str, extra: str) -> Any:
    """Return a library that is an extra; raise `runtime.not_installed`."""
    try:
        return import_module(module)
    except ImportError as error:
        raise invalid(
            "runtime.not_installed",
            f"{module} is not installed where the worker runs",
            hint=f"pip install 'tenure[{extra}]'",
        ) from error


@dataclass(frozen=True, slots=True)
class Nodes:
    """All nodes of a tree as arrays, leaves among them: those have no children.

    `sets` holds for each categorical node the codes that go left; `weight` is that of the training
    rows that came to a node, where the library tells.
    """

    left: Any
    right: Any
    feature: Any
    threshold: Floats
    value: Floats
    missing_left: Any
    sets: dict[int, list[int]] = field(default_factory=dict)
    weight: Any = None


def renumbered(nodes: Nodes) -> Tree:
    """Return the tree, its inner nodes and leaves numbered apart."""
    left, right = nodes.left, nodes.right
    is_leaf = left < 0
    if is_leaf[0]:
        return trees.constant(float(nodes.value[0]))
    order, stack = [], [0]
    while stack:
        node = stack.pop()
        order.append(node)
        if not is_leaf[node]:
            stack += [int(right[node]), int(left[node])]
    places = np.array(order)
    inner, leaves = places[~is_leaf[places]], places[is_leaf[places]]
    number = np.zeros(len(left), np.int64)
    number[inner] = np.arange(len(inner))
    number[leaves] = ~np.arange(len(leaves))
    grown = Tree(
        feature=nodes.feature[inner].astype(np.int64),
        threshold=nodes.threshold[inner].astype(np.float64),
        decision=MISSING_IS_NAN + MISSING_LEFT * (nodes.missing_left[inner] != 0).astype(np.int64),
        left=number[left[inner]],
        right=number[right[inner]],
        leaf=nodes.value[leaves],
        cover=_cover(nodes.weight, leaves),
    )
    return with_sets(grown, {int(number[node]): codes for node, codes in nodes.sets.items()})


def _cover(weight: Any, leaves: Any) -> Any:
    return None if weight is None else trees.counted(np.asarray(weight, np.float64)[leaves])


def with_sets(tree: Tree, sets: dict[int, list[int]]) -> Tree:
    """Return the tree with these nodes asking whether a code is in a set."""
    if not sets:
        return tree
    nodes, kept = np.array(list(sets)), dict.fromkeys(map(tuple, sets.values()))
    words = [trees.bits(codes) for codes in kept]
    places = {codes: place for place, codes in enumerate(kept)}  # equal sets are stored once
    threshold, decision = tree.threshold.copy(), tree.decision.copy()
    threshold[nodes] = [places[tuple(codes)] for codes in sets.values()]
    decision[nodes] |= trees.CATEGORICAL
    bounds = np.cumsum([0, *map(len, words)])
    return replace(
        tree, threshold=threshold, decision=decision, bounds=bounds, words=np.concatenate(words)
    )


def goes_left(tree: Tree, node: int, values: Floats) -> Any:
    """Return for each value whether it goes left at a node, as LightGBM decides.

    A categorical node whose `decision` has MISSING_LEFT sends missing values left: no text of
    LightGBM can say that, but trees on their way can.
    """
    decision = int(tree.decision[node])
    missing = np.isnan(values)
    left_when_missing = bool(decision & MISSING_LEFT)
    if decision & trees.CATEGORICAL:
        place = int(tree.threshold[node])
        words = tree.words[tree.bounds[place] : tree.bounds[place + 1]]
        codes = np.where(missing, 0, values).astype(np.int64)
        inside = (codes >= 0) & (codes < len(words) * trees.WORD_BITS)
        kept = np.where(inside, codes, 0)
        found = (words[kept // trees.WORD_BITS] >> (kept % trees.WORD_BITS)) & 1
        return np.where(missing, left_when_missing, inside & (found == 1))
    kind = decision & _MISSING_KIND
    if kind == _MISSING_IS_ZERO:
        missing = missing | (np.abs(values) <= _ZERO)
    elif kind != MISSING_IS_NAN:  # no value counts as missing, and NaN as zero
        values, missing = np.where(missing, 0.0, values), np.zeros(len(values), bool)
    return np.where(missing, left_when_missing, values <= tree.threshold[node])


def said_of(tree: Tree, row: Floats) -> float:
    """Return what a tree says of one row."""
    if len(tree.leaf) == 1:
        return float(tree.leaf[0])
    node = 0
    while node >= 0:
        left = goes_left(tree, node, row[tree.feature[node]][None])[0]
        node = int(tree.left[node] if left else tree.right[node])
    return float(tree.leaf[~node])
