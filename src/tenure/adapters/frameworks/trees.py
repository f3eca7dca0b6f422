"""Trees of any library as LightGBM's text: one engine answers for all of them.

LightGBM's C interface walks trees faster than the libraries that grew them, and its text says all
that numeric and categorical splits need. A text that did not come from our own training is taken
apart, checked and written anew, because the C++ that reads it trusts every index.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenure.adapters.frameworks import booster, encode, lightgbm
from tenure.adapters.frameworks.encode import Floats, broken
from tenure.core.signatures import Signature

NAME = "trees"
Ints = NDArray[np.int64]
Shorts = NDArray[np.int32]

CATEGORICAL, MISSING_LEFT, MISSING_IS_NAN = 1, 2, 8
"""Bits of a node's `decision`: LightGBM's decision_type. Bits 4 and 8 say what counts as missing."""

_LARGEST = np.finfo(np.float64).max
_OBJECTIVES = ("binary", "multiclass", "multiclassova", "cross_entropy", "xentropy")
_PLAIN = ("regression", "regression_l1", "huber", "fair", "quantile", "mape", "none", "")
_POSITIVE = ("poisson", "gamma", "tweedie")
WORD_BITS = 32
_MOST_ROWS = 1 << 30  # LightGBM counts in 32 bits


@dataclass(frozen=True, slots=True)
class Slopes:
    """The leaves of a linear tree: `constant` and as many `slopes` of features as `counts` says.

    A row in which one of those features is missing gets the leaf's plain value.
    """

    constant: Floats
    counts: Ints
    features: Ints
    slopes: Floats


@dataclass(frozen=True, slots=True)
class Tree:
    """One tree. A child >= 0 is a node, a child < 0 is leaf ~child; children come after parents.

    A row goes left when its value <= threshold. At a categorical node the threshold is the place
    of its bit set: `words[bounds[place]:bounds[place + 1]]` hold the codes that go left. `cover`
    says how many training rows came to each leaf; None when the library does not tell.
    """

    feature: Ints
    threshold: Floats
    decision: Ints
    left: Ints
    right: Ints
    leaf: Floats
    bounds: Ints = field(default_factory=lambda: np.zeros(1, np.int64))
    words: Ints = field(default_factory=lambda: np.zeros(0, np.int64))
    linear: Slopes | None = None
    cover: Ints | None = None


@dataclass(frozen=True, slots=True)
class Forest:
    """Trees in order: `width` of them per iteration, one for each output.

    `objective` is the line of LightGBM's text that says what becomes of the sums; "" leaves them
    as they are. `average` divides them by the number of iterations.
    """

    features: int
    width: int
    trees: tuple[Tree, ...]
    objective: str = ""
    average: bool = False

    @property
    def is_covered(self) -> bool:
        """Whether it is known how many training rows came to each leaf: what Shapley values need."""
        return all(
            tree.linear is None and (tree.cover is not None or len(tree.leaf) == 1)
            for tree in self.trees
        )


def constant(value: float) -> Tree:
    """Return a tree that always says the same."""
    none, numbers = np.zeros(0, np.int64), np.zeros(0)
    return Tree(none, numbers, none, none, none, np.array([value]))


def bits(codes: Sequence[int]) -> Ints:
    """Return the words of a bit set."""
    words = np.zeros(max(codes, default=0) // WORD_BITS + 1, np.int64)
    for code in codes:
        words[code // WORD_BITS] |= 1 << (code % WORD_BITS)
    return words


def counted(weights: Floats) -> Ints | None:
    """Return weights of leaves as counts, as LightGBM keeps them; None when there are none.

    Weights that are no whole numbers are counted in parts of their sum: what matters is their ratio.
    """
    total = float(weights.sum())
    if not np.isfinite(total) or total <= 0 or (weights < 0).any():
        return None
    whole = bool((weights == np.round(weights)).all()) and weights.min() >= 1
    scaled = weights if whole and total <= _MOST_ROWS else weights / total * _MOST_ROWS
    return np.maximum(np.round(scaled), 1).astype(np.int64)  # none is 0: shares are divided by


def to_text(forest: Forest) -> bytes:
    """Return LightGBM's text of the trees."""
    names = " ".join(f"f{i}" for i in range(forest.features))
    head = [
        *("tree", "version=v4", f"num_class={forest.width}"),
        *(f"num_tree_per_iteration={forest.width}", "label_index=0"),
        f"max_feature_idx={forest.features - 1}",
        *([f"objective={forest.objective}"] if forest.objective else []),
        *(["average_output"] if forest.average else []),
        f"feature_names={names}",
        f"feature_infos={' '.join(['none'] * forest.features)}",
    ]
    parts = ["\n".join(head) + "\n"]
    parts += [_tree_text(place, tree) for place, tree in enumerate(forest.trees)]
    return ("\n".join(parts) + "\nend of trees\n").encode()


def from_text(text: bytes) -> Forest:
    """Return the trees of LightGBM's text, every index checked; raise `runtime.broken_files`."""
    head, _, rest = _decoded(text).partition("\nTree=")
    body, end, _ = rest.partition("\nend of trees")
    lines = dict(line.partition("=")[::2] for line in head.splitlines())
    if not lines or "tree" not in lines or not end:
        raise broken(booster.FILE, "this is not the text of a LightGBM model, or it is cut off")
    features = _whole(lines, "max_feature_idx") + 1
    width = _whole(lines, "num_tree_per_iteration")
    trees = tuple(_tree(part, features) for part in body.split("\nTree="))
    if width < 1 or _whole(lines, "num_class") != width or len(trees) % width:
        raise broken(booster.FILE, f"{len(trees)} trees do not make up {width} outputs")
    objective = _objective(lines.get("objective", ""), width)
    return Forest(features, width, trees, objective, "average_output" in lines)


def load(files: dict[str, bytes], signature: Signature) -> lightgbm.LightgbmPredictor:
    """Return a warm predictor; raise `runtime.broken_files`."""
    encoding = encode.from_files(files)
    if booster.FILE not in files:
        raise broken(booster.FILE, "the file is missing")
    checked = to_text(from_text(files[booster.FILE]))
    return lightgbm.answering(encoding, booster.load(checked), signature)


def _tree_text(place: int, tree: Tree) -> str:
    sets = len(tree.bounds) - 1
    lines = [f"Tree={place}", f"num_leaves={len(tree.leaf)}", f"num_cat={sets}"]
    if len(tree.leaf) > 1:
        lines += [
            f"split_feature={_joined(tree.feature)}",
            f"split_gain={_joined(np.ones(len(tree.feature), np.int64))}",
            f"threshold={_joined(np.clip(tree.threshold, -_LARGEST, _LARGEST))}",
            f"decision_type={_joined(tree.decision)}",
            f"left_child={_joined(tree.left)}",
            f"right_child={_joined(tree.right)}",
        ]
    lines.append(f"leaf_value={_joined(tree.leaf)}")
    if tree.cover is not None and len(tree.leaf) > 1:
        lines += [
            f"internal_count={_joined(_inner_counts(tree, tree.cover))}",
            f"leaf_count={_joined(tree.cover)}",
        ]
    if sets:
        lines += [f"cat_boundaries={_joined(tree.bounds)}", f"cat_threshold={_joined(tree.words)}"]
    if tree.linear:
        lines += [
            f"is_linear=1\nleaf_const={_joined(tree.linear.constant)}",
            f"num_features={_joined(tree.linear.counts)}",
            f"leaf_features={_joined(tree.linear.features)}",
            f"leaf_coeff={_joined(tree.linear.slopes)}",
        ]
    return "\n".join([*lines, *([] if tree.linear else ["is_linear=0"]), "shrinkage=1", "", ""])


def _inner_counts(tree: Tree, cover: Ints) -> Ints:
    """Return how many rows came to each node: the sum over its leaves."""
    counts = np.zeros(len(tree.feature), np.int64)
    for node in range(len(counts) - 1, -1, -1):  # children come after parents
        counts[node] = sum(
            int(counts[child] if child >= 0 else cover[~child])
            for child in (int(tree.left[node]), int(tree.right[node]))
        )
    return counts


def _joined(values: Any) -> str:
    return " ".join(map(repr, values.tolist()))


def _decoded(text: bytes) -> str:
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise broken(booster.FILE, "the model's text is not UTF-8") from error


def _whole(lines: dict[str, str], name: str) -> int:
    value = lines.get(name, "")
    if not value.isascii() or not value.isdigit() or len(value) > 9:  # noqa: PLR2004  # fits 32 bits
        raise broken(booster.FILE, f"{name} is not a number: {value[:40]!r}")
    return int(value)


def _objective(line: str, width: int) -> str:
    """Return the objective in our own words: only what decides about the outputs is kept."""
    name, *rest = line.split() or [""]
    if name in _PLAIN:
        return "regression sqrt" if "sqrt" in rest else ""
    if name in _POSITIVE:
        return "poisson"
    if name not in _OBJECTIVES:
        raise broken(booster.FILE, f"the objective {line[:60]!r} is not known here")
    if name in {"cross_entropy", "xentropy"}:
        return "cross_entropy"
    scale = next((one for one in rest if one.startswith("sigmoid:")), "sigmoid:1")
    if not scale.partition(":")[2].replace(".", "", 1).isdigit():
        raise broken(booster.FILE, f"the objective {line[:60]!r} is not known here")
    return f"binary {scale}" if name == "binary" else f"{name} num_class:{width} {scale}"


def _tree(part: str, features: int) -> Tree:
    lines = dict(line.partition("=")[::2] for line in part.splitlines())
    leaves = _whole(lines, "num_leaves")
    leaf = _numbers(lines, "leaf_value", leaves, np.float64)
    if not np.isfinite(leaf).all():
        raise broken(booster.FILE, "a leaf is not a finite number")
    linear = _slopes(lines, leaves, features) if lines.get("is_linear", "0") != "0" else None
    if leaves == 1:
        return replace(constant(float(leaf[0])), linear=linear)
    nodes, sets = leaves - 1, _whole(lines, "num_cat")
    bounds = (
        _numbers(lines, "cat_boundaries", sets + 1, np.int64) if sets else np.zeros(1, np.int64)
    )
    words = _numbers(lines, "cat_threshold", int(bounds[-1]), np.int64) if sets else bounds[:0]
    tree = Tree(
        feature=_numbers(lines, "split_feature", nodes, np.int64),
        threshold=_numbers(lines, "threshold", nodes, np.float64),
        decision=_numbers(lines, "decision_type", nodes, np.int64),
        left=_numbers(lines, "left_child", nodes, np.int64),
        right=_numbers(lines, "right_child", nodes, np.int64),
        leaf=leaf,
        bounds=bounds,
        words=words,
        linear=linear,
        cover=_cover(lines, leaves),
    )
    _check(tree, features)
    return tree


def _cover(lines: dict[str, str], leaves: int) -> Ints | None:
    if "leaf_count" not in lines:
        return None
    counts = _numbers(lines, "leaf_count", leaves, np.int64)
    return counts if (counts > 0).all() and counts.sum() <= 2 * _MOST_ROWS - 1 else None


def _slopes(lines: dict[str, str], leaves: int, features: int) -> Slopes:
    counts = _numbers(lines, "num_features", leaves, np.int64)
    if (counts < 0).any() or (counts > features).any():
        raise broken(booster.FILE, "a leaf has more slopes than there are features")
    found = Slopes(
        constant=_numbers(lines, "leaf_const", leaves, np.float64),
        counts=counts,
        features=_numbers(lines, "leaf_features", int(counts.sum()), np.int64),
        slopes=_numbers(lines, "leaf_coeff", int(counts.sum()), np.float64),
    )
    if ((found.features < 0) | (found.features >= features)).any():
        raise broken(booster.FILE, "a leaf asks for a feature that is not there")
    if not (np.isfinite(found.constant).all() and np.isfinite(found.slopes).all()):
        raise broken(booster.FILE, "a slope of a leaf is not a finite number")
    return found


def _numbers(lines: dict[str, str], name: str, count: int, kind: Any) -> Any:
    try:
        found = np.array(lines.get(name, "").split(), dtype=kind)
    except (ValueError, OverflowError) as error:
        raise broken(booster.FILE, f"{name} holds something that is no number") from error
    if len(found) != count:
        raise broken(booster.FILE, f"{name} holds {len(found)} numbers, {count} belong there")
    return found


def _check(tree: Tree, features: int) -> None:
    """Refuse what would make C++ read where nothing is: every index, and the shape of the tree."""
    nodes = len(tree.feature)
    children = np.concatenate([tree.left, tree.right])
    parents = np.tile(np.arange(nodes), 2)
    inner = children >= 0
    each_once = (
        np.array_equal(np.sort(children[inner]), np.arange(1, nodes))
        and np.array_equal(np.sort(~children[~inner]), np.arange(nodes + 1))
        and bool((children[inner] > parents[inner]).all())
    )
    if not each_once:
        raise broken(booster.FILE, "the nodes of a tree do not make a tree")
    if tree.feature.min() < 0 or tree.feature.max() >= features:
        raise broken(booster.FILE, "a node asks for a feature that is not there")
    if np.isnan(tree.threshold).any() or not ((tree.decision >= 0) & (tree.decision < 16)).all():  # noqa: PLR2004  # four bits
        raise broken(booster.FILE, "a node's rule cannot be read")
    places = tree.threshold[(tree.decision & CATEGORICAL) != 0]
    sets = len(tree.bounds) - 1
    if not np.isin(places, np.arange(sets)).all():
        raise broken(booster.FILE, "a node asks for a set of categories that is not there")
    if tree.bounds[0] != 0 or (np.diff(tree.bounds) < 0).any():
        raise broken(booster.FILE, "the sets of categories do not follow each other")
    if ((tree.words < 0) | (tree.words >= 1 << WORD_BITS)).any():
        raise broken(booster.FILE, "a set of categories cannot be read")
