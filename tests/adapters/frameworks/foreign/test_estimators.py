"""Fitted models of scikit-learn, saved with skops or found in a search."""

import io
import zipfile

import numpy as np
import pytest
import skops.io
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from tenure.adapters.frameworks.foreign import estimators
from tenure.core.errors import TenureError
from tests.adapters.frameworks.foreign import corpus
from tests.adapters.frameworks.foreign.adopting import adopted, proven


def test_a_skops_file_is_the_model() -> None:
    given, truth = corpus.whole()
    model = RandomForestClassifier(3, random_state=0).fit(given[corpus.NUMBERS], truth)
    assert proven(skops.io.dumps(model), "m.skops") == ("trees", 0.0)


def shout(rows: np.ndarray) -> np.ndarray:
    return rows


def test_a_skops_file_that_asks_for_code_is_refused_by_name() -> None:
    given, truth = corpus.whole()
    steps = make_pipeline(FunctionTransformer(shout), LogisticRegression())
    data = skops.io.dumps(steps.fit(given[["spent"]].to_numpy(), truth))
    with pytest.raises(TenureError, match=r"test_estimators\.shout") as caught:
        adopted(data, "m.skops")
    assert caught.value.code == "version.unsafe_file"


def archive(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    "data", [b"", b"PK\x03\x04", archive(other=b"{}"), archive(**{"schema.json": b"[]"})]
)
def test_what_is_no_skops_file_is_called_so(data: bytes) -> None:
    with pytest.raises(TenureError) as caught:
        estimators.skops(data, corpus.signature())
    assert caught.value.code == "version.unreadable"


def test_an_archive_that_unpacks_to_too_much_is_not_unpacked() -> None:
    data = bytearray(archive(zeros=b"0"))
    at = data.index(b"PK\x01\x02") + 24  # of the directory's entry: the size when unpacked
    data[at : at + 4] = (3 << 30).to_bytes(4, "little")
    with pytest.raises(TenureError, match="it unpacks to 3221225472 bytes"):
        estimators.skops(bytes(data), corpus.signature())


def test_a_search_is_the_best_model_that_it_found() -> None:
    given, truth = corpus.whole()
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2)
    search.fit(given[["spent", "visits"]], truth)
    assert proven(corpus.pickled(search), "m.pkl")[0] == "linear"
