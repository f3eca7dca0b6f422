"""Graphs that reach outside themselves, or never end, are refused before anything runs them."""

from typing import Any

import pytest

from tenure.adapters.frameworks import onnx as runtime
from tenure.adapters.frameworks.foreign import vetting
from tenure.core.errors import TenureError
from tests.adapters.frameworks.foreign import drawn
from tests.adapters.frameworks.foreign.adopting import adopted
from tests.adapters.frameworks.foreign.drawn import helper


def holding(node: Any, *constants: Any) -> Any:
    """Return a good graph that also holds this node."""
    model = drawn.weighted([0.01, 0.02], feature_names='["spent", "visits"]')
    model.graph.node.insert(0, node)
    model.graph.initializer.extend(constants)
    return model


def inside(node: Any) -> Any:
    """Return a branch that holds this node."""
    value = helper.make_tensor_value_info("inner", drawn.TensorProto.FLOAT, None)
    return helper.make_graph([node], "branch", [], [value])


OTHER_FILE = helper.make_node("Constant", [], ["inner"], value=drawn.external("inner"))
FOREIGN = helper.make_node("Run", ["rows"], ["inner"], domain="com.evil")
EVIL = {
    "weights in another file": holding(
        helper.make_node("Identity", ["far"], ["near"]), drawn.external("far")
    ),
    "a constant in another file": holding(OTHER_FILE),
    "a file named in a branch": holding(
        helper.make_node(
            "If", ["rows"], ["x"], then_branch=inside(OTHER_FILE), else_branch=inside(OTHER_FILE)
        )
    ),
    "an operator of somebody": holding(FOREIGN),
    "an operator of somebody in a branch": holding(
        helper.make_node(
            "If", ["rows"], ["x"], then_branch=inside(FOREIGN), else_branch=inside(FOREIGN)
        )
    ),
    "a loop": holding(helper.make_node("Loop", ["", ""], ["x"], body=inside(OTHER_FILE))),
}


@pytest.mark.parametrize("name", EVIL)
def test_what_a_shared_process_must_not_be_given_is_refused(name: str) -> None:
    with pytest.raises(TenureError) as caught:
        adopted(drawn.file(EVIL[name]), "m.onnx")
    assert caught.value.code == "version.unsafe_file"
    assert caught.value.hint


@pytest.mark.parametrize("name", ["weights in another file", "a file named in a branch"])
def test_serving_refuses_them_as_well(name: str) -> None:
    with pytest.raises(TenureError, match="refers to other files"):
        runtime.session(drawn.file(EVIL[name]))


def test_a_column_called_location_is_only_a_word() -> None:
    model = drawn.weighted([0.01, 0.02], feature_names='["location", "visits"]')
    vetting.check(model)
    assert runtime.session(drawn.file(model))


@pytest.mark.parametrize("cut", [1, 9, 60, 150])
def test_a_graph_that_is_cut_off_is_no_model(cut: int) -> None:
    whole = drawn.file(drawn.weighted([0.01, 0.02], feature_names='["spent", "visits"]'))
    with pytest.raises(TenureError) as caught:
        adopted(whole[:-cut], "m.onnx")
    assert caught.value.code in {"version.unreadable", "version.wrong_outputs"}


def test_graphs_in_graphs_in_graphs_are_no_model() -> None:
    nested = drawn.file(drawn.weighted([0.01, 0.02]))
    for _ in range(400):  # field 7 of a model, the graph: more deeply than protobuf follows
        size, length = len(nested), b""
        while size > 127:
            length, size = length + bytes([size & 127 | 128]), size >> 7
        nested = b"\x3a" + length + bytes([size]) + nested
    with pytest.raises(TenureError) as caught:
        adopted(nested, "m.onnx")
    assert caught.value.code in {"version.unreadable", "version.wrong_outputs"}
