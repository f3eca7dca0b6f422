"""A file is asked as its own library opens it: no proof, no compiling, no refusal of odd levels."""

import io

import lightgbm
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

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
