"""Exact contributions: they add up, they are Shapley's by definition, and they speak of features."""

import pickle
from collections.abc import Callable
from itertools import combinations
from math import factorial
from typing import Any

import catboost
import numpy as np
import pyarrow as pa
import pytest
import xgboost
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tenure.adapters.frameworks import booster, encode, linear, registry, trees
from tenure.adapters.frameworks.encode import Encoding, Feature, Part
from tenure.adapters.frameworks.trees import Forest, Tree
from tenure.core.columns import Column, ColumnType
from tenure.core.contributions import IDENTITY, LINEAR, LOG, LOGIT, SOFTMAX, SQUARE, TREE
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.ports.training import Contributed
from tests.adapters.frameworks.foreign import corpus
from tests.adapters.frameworks.foreign.adopting import adopted
from tests.conformance import flowers

NAMES = [column.name for column in flowers.FEATURES]


def answers(found: Contributed) -> Any:
    """Return what the link makes of the scores."""
    scores = found.base + found.values.sum(axis=2)
    if found.link == SOFTMAX:
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)
    made: dict[str, Callable[[Any], Any]] = {
        IDENTITY: lambda s: s,
        LOGIT: lambda s: 1 / (1 + np.exp(-s)),
        LOG: np.exp,
        SQUARE: lambda s: np.sign(s) * s * s,
    }
    return made[found.link](scores)


def raw(table: pa.Table, names: list[str]) -> dict[str, list[Any]]:
    return {name: table.column(name).to_pylist() for name in names}


@pytest.mark.parametrize("task", list(Task))
@pytest.mark.parametrize("recipe", registry.recipes())
def test_contributions_and_base_add_up_to_the_answers(recipe: str, task: Task) -> None:
    trained = registry.train(flowers.task(recipe, task))
    signature, runtimes = flowers.signature(task), registry.FrameworkRuntimes()
    explainer = runtimes.explainer(trained.runtime, trained.files, signature)
    assert explainer is not None
    rows = raw(flowers.table(task).slice(0, 200), NAMES)
    rows["soil"][0], rows["length"][1] = "lava", None
    found = explainer.explain(rows, 200)
    assert found.values.shape == (200, signature.width, len(NAMES))
    wanted = runtimes.load(trained.runtime, trained.files, signature).predict(rows, 200)
    np.testing.assert_allclose(answers(found), wanted, rtol=1e-9, atol=1e-12)
    assert found.method == (LINEAR if recipe == "linear" else TREE)


def grown(seed: int, features: int, depth: int) -> Tree:
    """Return a full tree of random questions, values and counts."""
    draw = np.random.default_rng(seed)
    nodes = (1 << depth) - 1
    children = np.arange(1, 2 * nodes + 1)
    number = np.where(children < nodes, children, ~(children - nodes))
    return Tree(
        feature=draw.integers(0, features, nodes),
        threshold=draw.normal(size=nodes),
        decision=np.full(nodes, trees.MISSING_IS_NAN),
        left=number[0::2],
        right=number[1::2],
        leaf=draw.normal(size=nodes + 1),
        cover=draw.integers(1, 500, nodes + 1),
    )


def expected(tree: Tree, row: Any, known: set[int], node: int = 0) -> tuple[float, int]:
    """Return what is expected of a tree when only these features are known, and the rows there."""
    assert tree.cover is not None
    if node < 0:
        return float(tree.leaf[~node]), int(tree.cover[~node])
    left, right = (expected(tree, row, known, int(s[node])) for s in (tree.left, tree.right))
    rows = left[1] + right[1]
    place = int(tree.feature[node])
    if place in known:
        return (left if row[place] <= tree.threshold[node] else right)[0], rows
    return (left[0] * left[1] + right[0] * right[1]) / rows, rows


def shapley(tree: Tree, row: Any, features: int) -> list[float]:
    """Return Shapley values by their definition, over every set of features."""
    found = []
    for one in range(features):
        others = [place for place in range(features) if place != one]
        value = 0.0
        for size in range(features):
            weight = factorial(size) * factorial(features - size - 1) / factorial(features)
            for some in combinations(others, size):
                with_it = expected(tree, row, {*some, one})[0]
                value += weight * (with_it - expected(tree, row, set(some))[0])
        found.append(value)
    return found


@given(seed=st.integers(0, 10**6), depth=st.integers(1, 4))
@settings(max_examples=25, deadline=None)
def test_contributions_of_trees_are_shapley_values_by_definition(seed: int, depth: int) -> None:
    features = 3
    grove = (grown(seed, features, depth), grown(seed + 1, features, depth), trees.constant(0.5))
    names = [f"x{i}" for i in range(features)]
    signature = Signature(
        Task.REGRESSION, tuple(Column(name, ColumnType.FLOAT) for name in names), "y", ()
    )
    files = files_of(Forest(features, 1, grove), Encoding(tuple(map(Feature, names))))
    explainer = registry.FrameworkRuntimes().explainer(trees.NAME, files, signature)
    assert explainer is not None
    row = np.random.default_rng(seed + 2).normal(size=features)
    found = explainer.explain({name: [v] for name, v in zip(names, row.tolist(), strict=True)}, 1)
    wanted = np.sum([shapley(tree, row, features) for tree in grove[:2]], axis=0)
    np.testing.assert_allclose(found.values[0, 0], wanted, rtol=1e-9, atol=1e-12)


def files_of(forest: Forest, encoding: Encoding) -> dict[str, bytes]:
    return {booster.FILE: trees.to_text(forest), encode.FILE: encode.to_bytes(encoding)}


@pytest.mark.parametrize(
    ("objective", "link"),
    [("binary sigmoid:0.7", LOGIT), ("poisson", LOG), ("regression sqrt", SQUARE), ("", IDENTITY)],
)
def test_the_link_makes_the_answer_of_the_score(objective: str, link: str) -> None:
    task = Task.BINARY if link == LOGIT else Task.REGRESSION
    signature = Signature(
        task, (Column("x0", ColumnType.FLOAT),), "y", ("n", "y") if task is Task.BINARY else ()
    )
    forest = Forest(1, 1, (grown(1, 1, 3), grown(2, 1, 2)), objective)
    for average in (False, True):
        one = Forest(1, 1, forest.trees, objective, average and link == IDENTITY)
        files, runtimes = files_of(one, Encoding((Feature("x0"),))), registry.FrameworkRuntimes()
        explainer = runtimes.explainer(trees.NAME, files, signature)
        assert explainer is not None
        rows: dict[str, list[Any]] = {"x0": [0.3, -1.2, None]}
        found = explainer.explain(rows, 3)
        wanted = runtimes.load(trees.NAME, files, signature).predict(rows, 3)
        assert found.link == link
        np.testing.assert_allclose(answers(found), wanted, rtol=1e-9)


def test_an_input_that_crosses_columns_is_theirs_in_equal_parts() -> None:
    columns = (Column("soil", ColumnType.CATEGORY), Column("length", ColumnType.FLOAT))
    parts = (Part("soil", ("clay", "sand")), Part("length", above=0.5))
    encoding = Encoding((Feature("soil", ("clay", "sand")), Feature("crossed", parts=parts)))
    signature = Signature(Task.REGRESSION, columns, "y", ())
    one = Tree(
        feature=np.array([1]),
        threshold=np.array([2.5]),
        decision=np.array([trees.MISSING_IS_NAN]),
        left=np.array([-1]),
        right=np.array([-2]),
        leaf=np.array([1.0, 3.0]),
        cover=np.array([10, 10]),
    )
    files = files_of(Forest(2, 1, (one,)), encoding)
    explainer = registry.FrameworkRuntimes().explainer(trees.NAME, files, signature)
    assert explainer is not None
    found = explainer.explain({"soil": ["clay"], "length": [0.0]}, 1)
    assert found.values.tolist() == [[[-0.5, -0.5]]]
    assert found.base.tolist() == [[2.0]]


@given(st.lists(st.floats(0, 1e12), min_size=1, max_size=50).filter(lambda ws: sum(ws) > 0))
def test_weights_of_leaves_become_counts_that_fit_and_are_never_zero(weights: list[float]) -> None:
    counts = trees.counted(np.array(weights))
    assert counts is not None
    assert counts.min() >= 1
    assert counts.sum() < 2**31
    largest = int(np.argmax(weights))
    shares = counts / counts.sum(), np.array(weights) / sum(weights)
    assert abs(shares[0][largest] - shares[1][largest]) < 1e-6 or max(weights) < 50


def test_trees_whose_counts_nobody_knows_are_a_black_box() -> None:
    tree = grown(3, 1, 2)
    bare = Tree(tree.feature, tree.threshold, tree.decision, tree.left, tree.right, tree.leaf)
    files = files_of(Forest(1, 1, (bare,)), Encoding((Feature("x0"),)))
    signature = Signature(Task.REGRESSION, (Column("x0", ColumnType.FLOAT),), "y", ())
    runtimes = registry.FrameworkRuntimes()
    assert runtimes.explainer(trees.NAME, files, signature) is None
    assert runtimes.explainer("onnx", {}, signature) is None


def test_a_linear_version_of_an_older_release_is_a_black_box() -> None:
    files = linear.train(flowers.table(), flowers.signature(), {}, 1)
    old = files[linear.FILE].replace(b'"average"', b'"unknown"')
    runtimes = registry.FrameworkRuntimes()
    assert runtimes.explainer("linear", {**files, linear.FILE: old}, flowers.signature()) is None
    broken = files[linear.FILE].replace(b'"average":[', b'"average":[[0.0],')
    with pytest.raises(TenureError, match="do not fit"):
        linear.load({**files, linear.FILE: broken}, flowers.signature())


def test_a_linear_contribution_is_the_weight_times_the_distance_from_the_mean() -> None:
    table, signature = flowers.table(), flowers.signature()
    files = linear.train(table, signature, {}, 1)
    explainer = registry.FrameworkRuntimes().explainer("linear", files, signature)
    assert explainer is not None
    mean = encode.from_files(files).matrix(table)[:, 0]
    lengths = [0.0, 1.0, float(np.nanmean(mean))]
    rows: dict[str, list[Any]] = {name: [None] * 3 for name in NAMES} | {"length": lengths}
    found = explainer.explain(rows, 3).values[:, 0, 0]
    slope = linear.load(files, signature).weights.weights[0][0][0]
    np.testing.assert_allclose(found[1] - found[0], slope, rtol=1e-9)
    assert abs(found[2]) < 1e-9


def models() -> dict[str, Any]:
    """Models of strangers that become trees or weights here, fitted on the corpus' numbers."""
    columns = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), corpus.TEXTS),
        (make_pipeline(SimpleImputer(), StandardScaler()), corpus.NUMBERS),
    )
    return {
        "forest": RandomForestClassifier(8, max_depth=5, random_state=0),
        "histogram": HistGradientBoostingClassifier(max_iter=8, random_state=0),
        "xgboost": xgboost.XGBClassifier(n_estimators=8, max_depth=3, n_jobs=1),
        "catboost": catboost.CatBoostClassifier(
            iterations=8, verbose=0, thread_count=1, allow_writing_files=False
        ),
        "linear": make_pipeline(columns, LogisticRegression()),
    }


@pytest.mark.parametrize("name", list(models()))
def test_a_file_from_elsewhere_is_explained_in_its_raw_columns(name: str) -> None:
    frame, truth = corpus.frame(Task.BINARY)
    frame = frame if name == "linear" else frame[corpus.NUMBERS]
    model = models()[name].fit(frame, truth)
    taken = adopted(pickle.dumps(model), "m.pkl")
    signature, runtimes = corpus.signature(), registry.FrameworkRuntimes()
    explainer = runtimes.explainer(taken.runtime, taken.files, signature)
    assert explainer is not None
    names = [column.name for column in signature.features]
    rows = raw(corpus.table().slice(0, 100), names)
    found = explainer.explain(rows, 100)
    wanted = runtimes.load(taken.runtime, taken.files, signature).predict(rows, 100)
    np.testing.assert_allclose(answers(found), wanted, rtol=1e-9, atol=1e-12)
    used = np.abs(found.values).sum(axis=(0, 1)) > 0
    assert used[: len(corpus.NUMBERS)].any()
    assert bool(used[len(corpus.NUMBERS) :].any()) is (name == "linear")
    if name in {"xgboost", "catboost"}:
        theirs = native(model, frame.iloc[:100])
        np.testing.assert_allclose(found.base[:, 0], theirs[:, 4], atol=2e-4)
        # CatBoost averages over all leaves that fit, not along the path: another game, and close
        away = {"xgboost": 2e-4, "catboost": 0.1}[name]
        np.testing.assert_allclose(found.values[:, 0, :4], theirs[:, :4], atol=away)


def native(model: Any, rows: Any) -> Any:
    """Return the contributions that the model's own library tells."""
    if hasattr(model, "get_booster"):
        booster_ = model.get_booster()
        return booster_.predict(xgboost.DMatrix(rows.astype(float)), pred_contribs=True)
    return model.get_feature_importance(catboost.Pool(rows.astype(float)), type="ShapValues")
