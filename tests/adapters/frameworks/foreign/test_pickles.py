"""Pickles are read against a list: models come through, nothing that acts does."""

import functools
import io
import os
import pickle
import zlib
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from tenure.adapters.frameworks.foreign import pickles
from tenure.core.errors import TenureError

ROWS = np.random.default_rng(0).normal(size=(80, 2))
TRUTH = ROWS[:, 0] > 0


def joblib_bytes(thing: object, compress: Any = 0) -> bytes:
    out = io.BytesIO()
    joblib.dump(thing, out, compress=compress)
    return out.getvalue()


WAYS: dict[str, Any] = {
    "protocol 2": lambda thing: pickle.dumps(thing, protocol=2),
    "protocol 5": lambda thing: pickle.dumps(thing, protocol=5),
    "joblib": joblib_bytes,
    "joblib, zlib": lambda thing: joblib_bytes(thing, 3),
    "joblib, bz2": lambda thing: joblib_bytes(thing, ("bz2", 3)),
    "joblib, xz": lambda thing: joblib_bytes(thing, ("xz", 3)),
    "joblib, gzip": lambda thing: joblib_bytes(thing, ("gzip", 3)),
}


class Act:
    """Pickles as a call of anything with anything."""

    def __init__(self, does: Any, *arguments: Any) -> None:
        self.call = (does, arguments)

    def __reduce__(self) -> Any:
        return self.call


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "model",
    [
        make_pipeline(StandardScaler(), LogisticRegression()),
        make_pipeline(FunctionTransformer(np.log1p), RandomForestClassifier(2)),
        HistGradientBoostingClassifier(max_iter=2),
    ],
    ids=["linear", "forest", "histogram"],
)
def test_models_come_through_however_they_were_saved(model: Any, way: str) -> None:
    model.fit(np.abs(ROWS), TRUTH)
    again = pickles.read(WAYS[way](model))
    assert np.array_equal(again.predict_proba(np.abs(ROWS)), model.predict_proba(np.abs(ROWS)))


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "wrap", [lambda one: one, lambda one: {"a": [one]}, lambda one: np.array([one], object)]
)
def test_nothing_that_acts_is_ever_called(tmp_path: Path, way: str, wrap: Any) -> None:
    mark = tmp_path / "was here"
    traps = (
        Act(os.system, f"touch '{mark}'"),
        Act(exec, f"open({str(mark)!r}, 'w')"),
        Act(getattr, "", "join"),
        Act(functools.partial(os.mkdir, str(mark))),
        Act(joblib.load, "x"),
        Act(np.load, "x"),
    )
    for trap in traps:
        with pytest.raises(TenureError) as caught:
            pickles.read(WAYS[way](wrap(trap)))
        assert caught.value.code == "version.unsafe_file"
    assert not mark.exists()


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04\x8c\x05posix\x8c\x06system\x93.",  # names that are put together on the stack
        b"\x80\x02cposix\nsystem\n.",
        b"\x80\x04\x8c\x08builtins\x8c\x04eval\x93.",
        b"\x80\x02csklearn.utils._testing\nassert_array_equal\n.",
        b"\x80\x02csklearn.datasets\nfetch_openml\n.",
        b"\x80\x02csklearn.base\nclone\n.",  # a function, and no model
        b"\x80\x02csklearn.pipeline\nmake_pipeline\n.",
        b"\x80\x02c__main__\nModel\n.",
        b"\x80\x02i\x01\x01(iposix\nsystem\n.",
        b"\x80\x02\x82\x01.",  # an extension code
        b"\x80\x02P1\n.",  # a persistent id
        b"\x80\x02csklearn.linear_model._logistic\nLogisticRegression\n}X\x01\x00\x00\x00aK\x01sb.",
    ],
)
def test_what_is_not_on_the_list_is_refused_by_name(data: bytes) -> None:
    with pytest.raises(TenureError) as caught:
        pickles.read(data)
    assert caught.value.code in {"version.unsafe_file", "version.unreadable"}


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", b"(lp0\n.", b"\x80\x05", zlib.compress(b"x" * 99)[:9]]
)
def test_what_is_no_pickle_is_called_so(data: bytes) -> None:
    with pytest.raises(TenureError) as caught:
        pickles.read(data)
    assert caught.value.code == "version.unreadable"


def test_a_pickle_cut_anywhere_is_refused() -> None:
    whole = pickle.dumps(LogisticRegression().fit(ROWS, TRUTH))
    for place in range(0, len(whole) - 1, 37):
        with pytest.raises(TenureError):
            pickles.read(whole[:place])
