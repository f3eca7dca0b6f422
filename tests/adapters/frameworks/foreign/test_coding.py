"""What a graph's maker says beside it: the columns of its input, and the levels behind its codes."""

import json

import numpy as np
import pytest

from tenure.core.errors import TenureError
from tests.adapters.frameworks.foreign import corpus, drawn
from tests.adapters.frameworks.foreign.adopting import adopted, proven
from tests.adapters.frameworks.foreign.drawn import TensorProto, helper

PLANS = ["team", "basic", "plus"]


def test_the_columns_of_one_input_are_those_that_are_named() -> None:
    model = drawn.weighted([0.02, -0.1], feature_names='["visits", "vip"]')
    found = adopted(drawn.file(model), "m.onnx")
    rows = corpus.table().slice(700 * 5 // 6).to_pandas()
    wanted = 1 / (1 + np.exp(0.1 * rows["vip"] - 0.02 * rows["visits"]))
    assert np.allclose(np.ravel(found.holdout), wanted, atol=1e-6)


@pytest.mark.parametrize("rank", [1, 2])
def test_levels_become_the_codes_that_the_graph_takes(rank: int) -> None:
    shape: list[int | None] = [None] if rank == 1 else [None, 1]
    nodes = [
        helper.make_node("Reshape", ["plan", "flat"], ["code"]),
        helper.make_node("Gather", ["table", "code"], ["prob"]),
    ]
    table = drawn.constant("table", [[0.1], [0.2], [0.3], [0.9]])
    said = {"category_levels": json.dumps({"plan": PLANS})}
    model = drawn.graph({"plan": (TensorProto.INT64, shape)}, nodes, [table], **said)
    model.graph.initializer.append(helper.make_tensor("flat", TensorProto.INT64, [1], [-1]))
    found = adopted(drawn.file(model), "m.onnx")
    plans = corpus.table().column("plan").to_pylist()[700 * 5 // 6 :]
    known = dict(zip(PLANS, [0.1, 0.2, 0.3], strict=True))
    assert np.allclose(np.ravel(found.holdout), [known.get(str(plan), 0.9) for plan in plans])


def test_numbers_and_codes_may_stand_side_by_side_in_any_order() -> None:
    said = {
        "feature_names": '["spent", "plan", "visits"]',
        "category_levels": json.dumps({"plan": PLANS}),
    }
    model = drawn.weighted([0.001, 0.3, -0.02], None, **said)
    assert proven(drawn.file(model), "m.onnx")[0] == "onnx"


@pytest.mark.parametrize(
    "said",
    [{"feature_names": "spent"}, {"category_levels": '["plan"]'}, {"feature_names": '{"rows": 1}'}],
)
def test_words_that_cannot_be_read_are_a_verdict(said: dict[str, str]) -> None:
    with pytest.raises(TenureError, match="its metadata") as caught:
        adopted(drawn.file(drawn.weighted([1.0], None, **said)), "m.onnx")
    assert caught.value.code == "version.unreadable"
