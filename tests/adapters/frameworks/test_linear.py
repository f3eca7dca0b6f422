"""The linear recipe: folded weights answer exactly as scikit-learn's pipeline does."""

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from sklearn.compose import make_column_transformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tenure.adapters.frameworks import linear, registry
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tests.conformance import flowers

NUMBERS, WORDS = ["length", "petals", "noise"], ["soil"]


def complete(task: Task) -> pa.Table:
    """Return rows without gaps: the pipeline would shift its means for imputed values."""
    return flowers.table(task).drop_null()


@pytest.mark.parametrize("task", list(Task))
def test_answers_are_those_of_scikit_learns_pipeline(task: Task) -> None:
    table = complete(task)
    frame, labels = table.to_pandas(), table.column("__label").to_numpy()
    columns = make_column_transformer(
        (make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS), (OneHotEncoder(), WORDS)
    )
    exact = {"tol": 1e-10, "max_iter": 10_000}
    model = Ridge(alpha=2.0) if task is Task.REGRESSION else LogisticRegression(C=0.5, **exact)
    golden = make_pipeline(columns, model).fit(frame, labels)
    files = linear.train(table, flowers.signature(task), {"strength": 2.0}, 1)
    answers = linear.load(files, flowers.signature(task)).predict_table(table)
    if task is Task.REGRESSION:
        expected = golden.predict(frame)[:, None]
    else:
        expected = golden.predict_proba(frame)[:, -answers.shape[1] :]
    np.testing.assert_allclose(answers, expected, atol=2e-3)


@pytest.mark.parametrize("task", list(Task))
def test_one_row_and_many_rows_answer_alike(task: Task) -> None:
    table = flowers.table(task)
    predictor = linear.load(
        linear.train(table, flowers.signature(task), {}, 1), flowers.signature(task)
    )
    raw = {name: table.column(name).to_pylist() for name in (*NUMBERS, *WORDS)}
    raw["soil"][0], raw["length"][1] = "lava", float("inf")
    together = predictor.predict(raw, table.num_rows)
    alone = [
        predictor.predict({name: [values[row]] for name, values in raw.items()}, 1)[0]
        for row in range(50)
    ]
    np.testing.assert_allclose(together[:50], alone, rtol=1e-12)
    assert np.isfinite(together).all()


def test_a_row_of_nothing_but_gaps_is_answered() -> None:
    table = flowers.table()
    predictor = linear.load(linear.train(table, flowers.signature(), {}, 1), flowers.signature())
    nothing: dict[str, list[object]] = {name: [None] for name in (*NUMBERS, *WORDS)}
    assert 0.0 < predictor.predict(nothing, 1)[0][0] < 1.0


@pytest.mark.parametrize("present", [[0.0, 2.0], [1.0, 2.0]])
def test_a_class_without_rows_gets_next_to_no_probability(present: list[float]) -> None:
    rows = flowers.table(Task.MULTICLASS)
    labels = np.resize(present, rows.num_rows)
    table = rows.drop(["__label"]).append_column("__label", pa.array(labels))
    signature = flowers.signature(Task.MULTICLASS)
    answers = linear.load(linear.train(table, signature, {}, 1), signature).predict_table(table)
    absent = ({0, 1, 2} - {int(label) for label in present}).pop()
    assert answers[:, absent].max() < 1e-9
    np.testing.assert_allclose(answers.sum(axis=1), 1.0)


def test_a_column_without_a_single_value_does_no_harm() -> None:
    rows = flowers.table()
    empty = pa.array([None] * rows.num_rows, pa.float64())
    table = rows.drop(["noise"]).append_column("noise", empty)
    files = linear.train(table, flowers.signature(), {}, 1)
    assert np.isfinite(linear.load(files, flowers.signature()).predict_table(table)).all()


def test_weights_that_do_not_fit_are_refused() -> None:
    trained = registry.train(flowers.task("linear"))
    weights = msgspec.json.decode(trained.files[linear.FILE])
    weights["middle"] = weights["middle"][1:]
    broken = trained.files | {linear.FILE: msgspec.json.encode(weights)}
    with pytest.raises(TenureError, match="do not fit") as caught:
        linear.load(broken, flowers.signature())
    assert caught.value.code == "runtime.broken_files"
