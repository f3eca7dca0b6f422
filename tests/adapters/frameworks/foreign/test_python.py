"""What nothing of ours can answer for runs as it is, where the spec allows it."""

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from tenure.adapters.frameworks.foreign import compiling, functions, python
from tenure.core.errors import TenureError
from tenure.core.hosting import Hosting
from tenure.ports.training import Adopted, AdoptTask
from tests.conformance import flowers

NUMBERS = ["length", "petals", "noise"]
CODE = b"""
import numpy
def predict(columns):
    return 0.5 + numpy.tanh(numpy.nan_to_num(columns["length"])) / 2
"""


def transformed() -> bytes:
    """Return a pipeline with a step that skl2onnx does not know."""
    rows = flowers.table().to_pandas()
    steps = (SimpleImputer(), FunctionTransformer(np.arcsinh), LogisticRegression())
    return pickle.dumps(make_pipeline(*steps).fit(rows[NUMBERS], rows["__label"]))


def adopted(data: bytes, name: str, hosting: Hosting | None = None) -> Adopted:
    table = flowers.parquet(flowers.table(rows=300))
    return compiling.adopt(
        AdoptTask(data, name, "", flowers.signature(), table, 1.0, 2 << 30, hosting)
    )


def test_it_is_refused_until_the_spec_allows_it_and_the_hint_names_the_key() -> None:
    for data, name in ((transformed(), "model.pkl"), (CODE, "model.py")):
        with pytest.raises(TenureError) as caught:
            adopted(data, name)
        assert caught.value.code == "version.not_compiled"
        assert "[serve] python = true" in caught.value.hint


@pytest.mark.parametrize("name", ["model.pkl", "model.py"])
def test_it_answers_as_it_is_and_what_it_says_is_evidence(name: str) -> None:
    data = CODE if name.endswith(".py") else transformed()
    found = adopted(data, name, Hosting())
    parity = found.proofs["parity"]
    assert found.runtime == parity["runtime"] == "python"
    assert parity["max_difference"] == 0.0
    assert found.files[python.FILE] == data
    again = python.load(found.files, flowers.signature())
    table = flowers.table(rows=300)
    columns: dict[str, list[Any]] = {n: table.column(n).to_pylist() for n in table.column_names}
    assert again.predict(columns, 300) == again.predict_table(table).tolist()


def test_what_can_be_compiled_still_is() -> None:
    rows = flowers.table().to_pandas()
    plain = make_pipeline(SimpleImputer(), LogisticRegression()).fit(rows[NUMBERS], rows["__label"])
    assert adopted(pickle.dumps(plain), "model.pkl", Hosting()).runtime == "linear"


def test_whose_answers_depend_on_their_neighbours_is_refused() -> None:
    code = b"def predict(columns):\n    return columns['noise'] * 0 + 1 / len(columns['noise'])\n"
    with pytest.raises(TenureError, match="python: differs by") as caught:
        adopted(code, "model.py", Hosting())
    assert caught.value.code == "version.not_compiled"


def test_who_takes_longer_than_its_deadline_is_refused() -> None:
    code = b"import time\n" + CODE
    code = code.replace(b"    return", b"    time.sleep(0.003)\n    return")
    with pytest.raises(TenureError, match="the deadline is 1 ms") as caught:
        adopted(code, "model.py", Hosting(deadline_ms=1))
    assert caught.value.code == "version.too_slow"


def test_an_unsafe_pickle_stays_unsafe() -> None:
    with pytest.raises(TenureError, match="not on the list") as caught:
        adopted(pickle.dumps(eval), "model.pkl", Hosting())
    assert caught.value.code == "version.unsafe_file"


@pytest.mark.parametrize("missing", [python.FILE, python.HEAD])
def test_broken_files_are_told(missing: str) -> None:
    original = functions.opened(CODE, flowers.signature())
    found = python.files(CODE, python.head(original, flowers.signature(), "model.py", ""))
    del found[missing]
    with pytest.raises(TenureError) as caught:
        python.load(found, flowers.signature())
    assert caught.value.code == "runtime.broken_files"
