"""Which format a file is taken for: what was said comes before its name, its name before its bytes."""

import pickle

import pytest

from tenure.adapters.frameworks.foreign.formats import FORMATS, format_of, opened
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.signatures import Signature


@pytest.mark.parametrize(
    ("data", "name", "said", "found"),
    [
        (b"tree\nversion=v4", "model.onnx", "xgboost", "xgboost"),
        (b"tree\nversion=v4", "MODEL.ONNX", "", "onnx"),
        (b"", "model.pth", "", "torch"),
        (b"", "model.py", "", "python"),
        (b"tree\nversion=v4", "model.txt", "", "lightgbm"),
        (b"tree\r\nversion=v4", "model.txt", "", "lightgbm"),
        (b"CBM1....", "model", "", "catboost"),
        (pickle.dumps({}), "model", "", "sklearn"),
        (b'{"learner": {}}', "model", "", "xgboost"),
        (b"anything else", "model.bin", "", ""),
    ],
)
def test_a_format_is_found(data: bytes, name: str, said: str, found: str) -> None:
    assert format_of(data, name, said) == found
    assert found in {"", *FORMATS}


@pytest.mark.parametrize(("said", "words"), [("coreml", "'coreml' is not known"), ("", "m.bin")])
def test_an_unknown_format_is_refused_with_those_that_are_known(said: str, words: str) -> None:
    with pytest.raises(TenureError, match=words) as caught:
        opened(b"?", "m.bin", said, Signature(Task.REGRESSION, (), "y", ()))
    assert caught.value.code == "version.unknown_format"
    assert "lightgbm | xgboost" in caught.value.hint
