"""ONNX graphs from elsewhere, however they were converted."""

from typing import Any

import numpy as np
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.linear_model import LogisticRegression

from tenure.adapters.frameworks.foreign import graphs
from tenure.core.errors import TenureError
from tests.adapters.frameworks.foreign import corpus, drawn
from tests.adapters.frameworks.foreign.adopting import adopted, proven
from tests.adapters.frameworks.foreign.drawn import TensorProto

SPENT_AND_VISITS = '["spent", "visits"]'


def converted(truth: Any, opset: int = 15, **options: Any) -> bytes:
    given, _ = corpus.whole()
    model = LogisticRegression().fit(given[["visits"]].to_numpy(), truth)
    kinds = [("visits", FloatTensorType([None, 1]))]
    return drawn.file(convert_sklearn(model, initial_types=kinds, target_opset=opset, **options))


@pytest.mark.parametrize("opset", [9, 15, 21])
@pytest.mark.parametrize("zipmap", [True, False, "columns"])
def test_probabilities_are_found_in_whatever_they_are_wrapped(opset: int, zipmap: Any) -> None:
    truth = corpus.whole()[1]
    options = {LogisticRegression: {"zipmap": zipmap}}
    assert proven(converted(truth, opset, options=options), "m.onnx")[0] == "onnx"


def test_classes_are_found_by_name_when_a_node_says_them() -> None:
    truth = corpus.whole()[1]
    files = [converted(np.array(words)[truth]) for words in (["no", "yes"], ["0", "1"])]
    answers = [adopted(file, "m.onnx").holdout for file in files]
    assert answers[0] == answers[1]


def test_a_graph_for_one_row_at_a_time_answers_many_when_that_is_the_same() -> None:
    inputs = {"rows": (TensorProto.FLOAT, [1, 2])}
    model = drawn.weighted([0.01, 0.02], inputs, feature_names=SPENT_AND_VISITS)
    assert proven(drawn.file(model), "m.onnx") == ("onnx", 0.0)


def test_a_graph_for_some_rows_at_a_time_says_what_to_do() -> None:
    inputs = {"rows": (TensorProto.FLOAT, [32, 2])}
    model = drawn.weighted([0.01, 0.02], inputs, feature_names=SPENT_AND_VISITS)
    with pytest.raises(TenureError, match="takes 32 rows at a time") as caught:
        adopted(drawn.file(model), "m.onnx")
    assert "dynamic batch" in caught.value.hint


def test_inputs_without_names_say_how_to_name_them() -> None:
    with pytest.raises(TenureError, match="takes 2 nameless inputs") as caught:
        adopted(drawn.file(drawn.weighted([0.01, 0.02])), "m.onnx")
    assert "feature_names" in caught.value.hint


def test_a_text_is_no_number_unless_its_levels_are_said() -> None:
    model = drawn.weighted([0.01], feature_names='["city"]')
    with pytest.raises(TenureError, match="takes float, 'city' is a category") as caught:
        graphs.opened(drawn.file(model), corpus.signature())
    assert "category_levels" in caught.value.hint
