"""Preprocessing as the front of an ONNX graph, found by asking; the last step by skl2onnx.

Where the steps before a model look at one column at a time and are straight lines in its numbers
(imputing, scaling, coding), what they make of a row is a sum: a line per number, a vector per
level, a vector for what is missing. That sum is a few operations in double precision, whatever the
steps are called, and the model behind them takes its result.
"""

from typing import Any

import numpy as np

from tenure.adapters.frameworks import onnx
from tenure.adapters.frameworks.encode import Floats
from tenure.adapters.frameworks.foreign import converted, heads, through
from tenure.adapters.frameworks.foreign.estimator import Estimator
from tenure.adapters.frameworks.foreign.forests import needed
from tenure.adapters.frameworks.foreign.original import Files, wrong_outputs

_MISSING = "\x00 missing"
_ML, _LEAST_ML = "ai.onnx.ml", 3  # since then its label encoder takes texts to numbers
_NUMBERS, _ROWS = "front_numbers", "front_rows"


def files(one: Estimator) -> Files:
    """Return the files of the runtime `onnx`; raise `version.wrong_outputs` when it cannot be."""
    asked, head = heads.asked(one)
    if (asked.of == -2).any():  # noqa: PLR2004  # depends on several
        raise wrong_outputs("a step before the model mixes several columns")
    back = converted.graph(converted.spelled(head, ""), converted.matrix_of(len(asked.of)))
    wired = [
        onnx.Input(f"front_{place}", (column.name,), onnx.TEXT, missing=_MISSING)
        for place, column in enumerate(asked.columns)
        if column.levels is not None
    ]
    numbers = tuple(column.name for column in asked.columns if column.levels is None)
    if numbers:
        wired.insert(0, onnx.Input(_NUMBERS, numbers, onnx.DOUBLE))
    places = one.places[1:] if one.signature.width == 1 else one.places
    stored = onnx.Head(tuple(wired), back.graph.output[-1].name, tuple(places))
    return {onnx.FILE: _joined(asked, back), onnx.HEAD: onnx.to_bytes(stored)}


def _joined(asked: through.Asked, back: Any) -> bytes:
    """Return one graph: the front's result is what the model's graph took."""
    front = _Front(asked)
    given = back.graph.input[0].name
    for node in front.nodes:
        if node.output[0] == _ROWS:
            node.output[0] = given
    nodes = [*front.nodes, *back.graph.node]
    del back.graph.node[:]
    back.graph.node.extend(nodes)
    back.graph.initializer.extend(front.constants)
    del back.graph.input[:]
    back.graph.input.extend(front.inputs)
    for one in back.opset_import:
        if one.domain == _ML and one.version < _LEAST_ML:
            one.version = _LEAST_ML
    if not any(one.domain == _ML for one in back.opset_import):
        back.opset_import.append(needed("onnx", "onnx").helper.make_opsetid(_ML, _LEAST_ML))
    return converted.cleaned(back)


class _Front:
    """The nodes, constants and inputs that make the rows a model takes."""

    def __init__(self, asked: through.Asked) -> None:
        self._make = needed("onnx", "onnx").helper
        self._types = needed("onnx", "onnx").TensorProto
        self._from_array = needed("onnx", "onnx").numpy_helper.from_array
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self.inputs: list[Any] = []
        self._asked = asked
        self._sum = self._constant("base", asked.constants[None])
        places = [i for i, column in enumerate(asked.columns) if column.levels is None]
        if places:
            self._add_numbers(places)
        for place, column in enumerate(asked.columns):
            if column.levels is not None:
                self._add_levels(place, column.levels)
        self._node("Cast", [self._sum], _ROWS, to=self._types.FLOAT)

    def _add_numbers(self, places: list[int]) -> None:
        """Add slope times distance from where the base was asked, and what is missing."""
        base = self._asked.constants
        count, at = len(places), np.array(places)
        rows = [
            self._asked.numbers(np.full(len(base), c), np.arange(len(base)), np.zeros(len(base)))
            for c in at
        ]
        slopes = base - np.array(rows)
        absent = np.array([self._asked.when_missing(place) - base for place in places])
        absent = np.where(self._asked.answers_missing(at)[:, None], absent, 0.0)
        self._input(_NUMBERS, self._types.DOUBLE, count)
        gone = self._node("IsNaN", [_NUMBERS])
        ones = self._constant("ones", np.ones((1, count)))
        known = self._node("Sub", [self._node("Where", [gone, ones, _NUMBERS]), ones])
        self._plus(self._node("MatMul", [known, self._constant("slopes", slopes)]))
        share = self._node("Cast", [gone], to=self._types.DOUBLE)
        lost = np.isnan(absent)
        filled = self._constant("absent", np.where(lost, 0.0, absent))
        self._plus(self._node("MatMul", [share, filled]))
        if lost.any():  # missing stays missing
            counted = self._node("MatMul", [share, self._constant("lost", lost.astype(float))])
            is_lost = self._node("Greater", [counted, self._constant("zero", np.zeros((1, 1)))])
            nothing = self._constant("nothing", np.full((1, 1), np.nan))
            self._sum = self._node("Where", [is_lost, nothing, self._sum])

    def _add_levels(self, place: int, levels: tuple[str, ...]) -> None:
        name, size = f"front_{place}", len(levels)
        self._input(name, self._types.STRING, 1)
        code = self._node(
            "LabelEncoder",
            [name],
            domain=_ML,
            keys_strings=[*levels, _MISSING],
            values_int64s=list(range(size + 1)),
            default_int64=size + 1,
        )
        table = self._asked.table(place) - self._asked.constants
        flat = self._node("Reshape", [code, self._constant(f"{name}_flat", np.array([-1]))])
        self._plus(self._node("Gather", [self._constant(f"{name}_levels", table), flat]))

    def _plus(self, more: str) -> None:
        self._sum = self._node("Add", [self._sum, more])

    def _constant(self, name: str, values: Floats | Any) -> str:
        self.constants.append(self._from_array(values, f"front_{name}"))
        return f"front_{name}"

    def _input(self, name: str, kind: int, width: int) -> None:
        self.inputs.append(self._make.make_tensor_value_info(name, kind, [None, width]))

    def _node(self, kind: str, given: list[str], name: str = "", **attributes: Any) -> str:
        output = name or f"front_step{len(self.nodes)}"
        self.nodes.append(self._make.make_node(kind, given, [output], **attributes))
        return output
