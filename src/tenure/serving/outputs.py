"""A predictor's numbers as V2 output tensors, by the model's task."""

from collections.abc import Callable
from itertools import chain
from math import isfinite
from typing import Any

from tenure.core.errors import invalid
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.serving.wire import InferRequest, OutputTensor

Numbers = list[list[float]]
_Maker = Callable[[Numbers], OutputTensor]


class OutputWriter:
    """Makes the tensors of one signature; `described` is what the metadata says of them."""

    def __init__(self, signature: Signature) -> None:
        self._width = signature.width
        self._classes = signature.classes
        self._makers: dict[str, _Maker]
        if signature.task is Task.REGRESSION:
            self._makers = {"value": lambda rows: _single("value", rows)}
        elif signature.task is Task.BINARY:
            self._makers = {"probability": lambda rows: _single("probability", rows)}
        else:
            self._makers = {"probability": self._probabilities, "label": self._labels}
        self._all = list(self._makers)
        self.described = [self._describe(name) for name in self._makers]

    def wanted(self, request: InferRequest) -> list[str]:
        """Return the names of the outputs asked for; raise `request.unknown_output`."""
        if not request.outputs:
            return self._all
        names = list(dict.fromkeys(output.name for output in request.outputs))
        for name in names:
            if name not in self._makers:
                known = ", ".join(self._makers)
                raise invalid(
                    "request.unknown_output",
                    f"no output is called {name[:100]!r}",
                    hint=f"the model gives: {known}",
                )
        return names

    def write(self, names: list[str], rows: Numbers) -> list[OutputTensor]:
        return [self._makers[name](rows) for name in names]

    def sound(self, rows: Numbers, count: int) -> bool:
        """Return whether the numbers can be an answer: complete and finite."""
        if count == 1 and len(rows) == 1 and type(rows[0]) is list and len(rows[0]) == 1:
            (value,) = rows[0]
            return self._width == 1 and type(value) is float and isfinite(value)
        try:
            return (
                len(rows) == count
                and set(map(len, rows)) == {self._width}
                and all(map(isfinite, chain.from_iterable(rows)))
            )
        except TypeError:  # not numbers at all
            return False

    def _probabilities(self, rows: Numbers) -> OutputTensor:
        shape = [len(rows), self._width]
        return OutputTensor("probability", shape, "FP64", list(chain.from_iterable(rows)))

    def _labels(self, rows: Numbers) -> OutputTensor:
        best = [self._classes[row.index(max(row))] for row in rows]
        return OutputTensor("label", [len(rows)], "BYTES", best)

    def _describe(self, name: str) -> dict[str, Any]:
        shape = [-1, self._width] if name == "probability" and self._width > 1 else [-1]
        return {"name": name, "datatype": "BYTES" if name == "label" else "FP64", "shape": shape}


def _single(name: str, rows: Numbers) -> OutputTensor:
    return OutputTensor(name, [len(rows)], "FP64", [row[0] for row in rows])
