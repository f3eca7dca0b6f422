"""ONNX files from elsewhere: which columns go in, which numbers come out."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks import onnx
from tenure.adapters.frameworks.encode import Floats
from tenure.adapters.frameworks.foreign import coding, vetting
from tenure.adapters.frameworks.foreign.converted import cleaned
from tenure.adapters.frameworks.foreign.forests import needed
from tenure.adapters.frameworks.foreign.original import (
    Candidate,
    Original,
    class_places,
    inputs,
    unreadable,
    wrong_inputs,
    wrong_outputs,
)
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.signatures import Signature

_KINDS = {1: onnx.FLOAT, 11: onnx.DOUBLE, 6: onnx.SHORT, 7: onnx.WHOLE, 9: onnx.TRUTH, 8: onnx.TEXT}
_NUMBERS = (1, 11)
_PROBABLE = ("prob", "score")
_NAMED = "name each input like its column, or say them in the graph's metadata feature_names"


def opened(data: bytes, signature: Signature) -> Original:
    """Open an ONNX graph.

    Raises `version.unreadable`, `version.unsafe_file`, `version.wrong_inputs`, `….wrong_outputs`.
    """
    library = needed("onnx", "onnx")
    try:
        model = library.load_model_from_string(data)
    except Exception as error:  # protobuf's errors share no class
        raise unreadable("ONNX model", error) from error
    vetting.check(model)
    try:
        library.checker.check_model(model)
    except library.checker.ValidationError as error:
        raise unreadable("ONNX model", str(error).splitlines()[0]) from error
    return original(model, signature)


def original(model: Any, signature: Signature, library: str = "") -> Original:
    """Return a graph as an original; `library` is whose it is, ONNX Runtime's own otherwise."""
    _without_maps(model)
    output, places = chosen(model, signature)
    head = onnx.Head(tuple(_wired(model, signature)), output, places)
    alone = _fixed_rows(model)
    asked = _predictor({onnx.FILE: cleaned(model), onnx.HEAD: onnx.to_bytes(head)}, signature)
    if alone:
        _free_rows(model)
    files = {onnx.FILE: cleaned(model), onnx.HEAD: onnx.to_bytes(head)}

    def answer(table: pa.Table) -> Floats:
        if not alone:
            return asked.predict_table(table)
        rows = [asked.predict_table(table.slice(at, 1)) for at in range(table.num_rows)]
        return np.concatenate(rows) if rows else np.zeros((0, signature.width))

    runtime = needed("onnxruntime", "onnx")
    named = library or f"onnxruntime {runtime.__version__}"
    return Original(named, answer, (Candidate(onnx.NAME, lambda: files),))


def _predictor(files: dict[str, bytes], signature: Signature) -> onnx.OnnxPredictor:
    try:
        return onnx.load(files, signature)
    except TenureError as error:
        raise unreadable("graph that ONNX Runtime runs", error.message) from error


def _without_maps(model: Any) -> None:
    """Take away a last step that makes dictionaries of the probabilities."""
    for node in [one for one in model.graph.node if one.op_type == "ZipMap"]:
        model.graph.node.remove(node)
        for one in model.graph.output:
            if one.name == node.output[0]:
                one.Clear()
                one.name = node.input[0]
                one.type.tensor_type.elem_type = 1
                one.type.tensor_type.shape.dim.add()
                one.type.tensor_type.shape.dim.add()


@dataclass(frozen=True, slots=True)
class Taken:
    """An input of a graph: its columns side by side, levels as their places among `said`."""

    name: str
    columns: tuple[Column, ...]
    said: coding.Levels
    kind: str
    rank: int
    alone: bool  # takes one row at a time

    def fed(self, table: pa.Table) -> Any:
        """Return the array for these rows."""
        values = [self._column(table.column(column.name), column.name) for column in self.columns]
        array = np.column_stack(values).astype(onnx.TYPES[self.kind])
        return array if self.rank != 1 else array.reshape(-1)

    def _column(self, values: Any, name: str) -> Any:
        if name not in self.said:
            return values.cast(pa.float64()).to_numpy()
        codes = {level: place for place, level in enumerate(self.said[name])}
        texts = values.cast(pa.string()).to_pylist()
        return np.array([codes.get(text, len(codes)) for text in texts], np.float64)


def taken(model: Any, signature: Signature) -> list[Taken]:
    """Return the inputs: each one column by name, or one of them all features side by side."""
    weights = {one.name for one in model.graph.initializer}
    given = [one for one in model.graph.input if one.name not in weights]
    known = {column.name for column in signature.features}
    said, named = coding.levels(model), coding.names(model, [one.name for one in given])
    if len(given) == 1 and not named and given[0].name not in known:
        columns = inputs(None, _width(given[0]), signature, _NAMED)
        return [_taken(given[0], columns, said)]
    found = []
    for one in given:
        names = named.get(one.name, [one.name])
        found.append(_taken(one, inputs(names, len(names), signature, _NAMED), said))
    return found


def _taken(one: Any, columns: tuple[Column, ...], said: coding.Levels) -> Taken:
    tensor = one.type.tensor_type
    kind = _KINDS.get(tensor.elem_type)
    if kind is None:
        raise wrong_inputs(f"input {one.name!r} has a type that no column of ours has")
    here = {c.name: said[c.name] for c in columns if c.name in said and kind != onnx.TEXT}
    dims = tensor.shape.dim
    alone = len(dims) > 0 and dims[0].dim_value == 1
    return Taken(one.name, columns, here, kind, len(dims), alone)


def _wired(model: Any, signature: Signature) -> Iterator[onnx.Input]:
    for one in taken(model, signature):
        yield from _inputs(model, one)


def _inputs(model: Any, one: Taken) -> list[onnx.Input]:
    names = tuple(column.name for column in one.columns)
    if one.said:
        given = next(each for each in model.graph.input if each.name == one.name)
        return coding.coded(model, given, names, one.said, one.kind)
    for column in one.columns:
        if (column.type is ColumnType.CATEGORY) is not (one.kind == onnx.TEXT):
            raise wrong_inputs(
                f"input {one.name!r} takes {one.kind}, {column.name!r} is a {column.type}",
                "let the graph take the columns as the data has them, or say the levels that its "
                "codes stand for in its metadata category_levels",
            )
    return [onnx.Input(one.name, names, one.kind, one.rank)]


def _width(one: Any) -> int:
    dims = one.type.tensor_type.shape.dim
    if len(dims) != 2:  # noqa: PLR2004  # rows, features
        raise wrong_inputs(f"input {one.name!r} is no table of [rows, features]")
    return int(dims[1].dim_value)


def _fixed_rows(model: Any) -> bool:
    """Return whether the graph was saved for one row at a time; raise for any other number."""
    weights = {one.name for one in model.graph.initializer}
    sizes = {
        one.type.tensor_type.shape.dim[0].dim_value
        for one in model.graph.input
        if one.name not in weights and len(one.type.tensor_type.shape.dim)
    }
    if sizes - {0, 1}:
        raise wrong_inputs(
            f"the graph takes {max(sizes)} rows at a time",
            "export it with a first dimension of any size (dynamic batch)",
        )
    return 1 in sizes


def _free_rows(model: Any) -> None:
    """Let the graph take any number of rows; the proof says whether it then does the same."""
    for one in (*model.graph.input, *model.graph.output):
        if len(one.type.tensor_type.shape.dim):
            one.type.tensor_type.shape.dim[0].Clear()
    del model.graph.value_info[:]


def chosen(model: Any, signature: Signature) -> tuple[str, tuple[int, ...]]:
    """Return the output that holds the numbers, and which of its columns they are."""
    tensors = [one for one in model.graph.output if one.type.tensor_type.elem_type in _NUMBERS]
    if signature.task is not Task.REGRESSION:
        likely = [one for one in tensors if any(word in one.name.lower() for word in _PROBABLE)]
        tensors = likely or tensors
    if not tensors:
        raise wrong_outputs(
            "the graph gives no array of numbers", "convert it with options = {'zipmap': False}"
        )
    dims = tensors[0].type.tensor_type.shape.dim
    width = int(dims[1].dim_value) if len(dims) > 1 else 1
    places = _places(model, signature)
    if signature.task is Task.BINARY and (width == 2 or (width == 0 and places)):  # noqa: PLR2004
        return tensors[0].name, (places[1],) if places else (1,)  # both classes' shares
    if width not in {signature.width, 0}:
        raise wrong_outputs(
            f"the graph gives {width} numbers a row, this target has {signature.width}"
        )
    return tensors[0].name, places if signature.task is Task.MULTICLASS else ()


def _places(model: Any, signature: Signature) -> tuple[int, ...]:
    """Return where our classes stand among those that a classifier's node names."""
    for node in reversed(model.graph.node):
        for one in node.attribute:
            found = [*one.ints, *(text.decode(errors="replace") for text in one.strings)]
            if one.name.startswith("classlabels") and len(found) == len(signature.classes) > 1:
                return tuple(class_places(found, signature))
    return ()
