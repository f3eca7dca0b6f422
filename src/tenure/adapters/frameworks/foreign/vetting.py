"""What an ONNX graph from elsewhere may hold: standard operators, and nothing outside itself."""

from collections.abc import Iterator
from typing import Any

from tenure.adapters.frameworks import onnx
from tenure.adapters.frameworks.foreign.original import unsafe

_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
_ENDLESS = frozenset({"Loop"})


def check(model: Any) -> None:
    """Raise `version.unsafe_file` for what a process that all tenants share must not be given."""
    if onnx.names_files(model):
        raise unsafe("weights in other files", "save the graph as one file")
    own = {(one.domain, one.name) for one in model.functions}
    for node in _nodes(model):
        if node.domain not in _DOMAINS and (node.domain, node.op_type) not in own:
            raise unsafe(
                f"the operator {node.domain[:60]}.{node.op_type[:60]}",
                "export it with the operators of ONNX only",
            )
        if node.op_type in _ENDLESS:
            raise unsafe(
                f"the operator {node.op_type}, which may never end", "export it without loops"
            )


def _nodes(model: Any) -> Iterator[Any]:
    """Yield every node: of the graph, of the graphs in its nodes, of the model's functions."""
    waiting = [*model.graph.node, *(node for one in model.functions for node in one.node)]
    while waiting:
        node = waiting.pop()
        yield node
        for attribute in node.attribute:
            for graph in (attribute.g, *attribute.graphs):
                waiting.extend(graph.node)
