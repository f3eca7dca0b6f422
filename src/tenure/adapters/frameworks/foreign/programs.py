"""PyTorch's exported programs (`.pt2`): vetted, loaded by PyTorch, and turned into ONNX.

PyTorch itself unpickles parts of such a file and evaluates texts in it. So the archive is packed
anew before PyTorch sees it, from the program's JSON, in which every operator and expression is
checked, and from weights that are plain numbers. Serving never imports PyTorch.
"""

import io
import json
import re
import zipfile
from typing import Any

import numpy as np
import pyarrow as pa

from tenure.adapters.frameworks.encode import Floats
from tenure.adapters.frameworks.foreign import coding, graphs, vetting
from tenure.adapters.frameworks.foreign.forests import needed
from tenure.adapters.frameworks.foreign.original import Original, unreadable, unsafe, wrong_outputs
from tenure.core.errors import invalid
from tenure.core.signatures import Signature

_PROGRAM, _EXTRA = "models/model.json", "extra/"
_KEPT = re.compile(
    r"data/(weights/weight|constants/tensor)_\d{1,6}|\.data/version|version|byteorder|archive_(format|version)"
)
_CONFIGS = ("data/weights/model_weights_config.json", "data/constants/model_constants_config.json")
_INPUTS = "data/sample_inputs/model.pt"
_OPERATORS = re.compile(
    r"torch\.ops\.aten\.\w+(\.\w+)?"
    r"|_operator\.(add|sub|mul|truediv|floordiv|mod|neg|eq|ne|lt|le|gt|ge|getitem|and_|or_|not_)"
    r"|torch\.sym_(int|float|max|min|not|sqrt)"
)
_EXPRESSION = re.compile(
    r"(Symbol\('(s|u|zuf)\d+'(, [a-z]+=(True|False))*\)"
    r"|Integer|Rational|Add|Mul|Pow|Equality|Eq|Ne|Mod|PythonMod|Max|Min|FloorDiv|CeilDiv"
    r"|int_oo|oo|True|False|(s|u|zuf)\d+|\d+|[-+*/()<>=&|, ])*"
)
_MOST_BYTES = 2 << 30
_HOW = (
    "save an exported program: torch.export.save(torch.export.export(model, rows, "
    "dynamic_shapes=…), 'model.pt2'), or ONNX: torch.onnx.export(…)"
)


def opened(data: bytes, signature: Signature) -> Original:
    """Open an exported program.

    Raises `version.unreadable`, `version.unsafe_file`, `version.wrong_inputs`, `….wrong_outputs`.
    """
    archive, said = vetted(data)
    torch = needed("torch", "torch")
    needed("onnxscript", "torch")
    torch.set_num_threads(1)
    try:
        program = torch.export.load(io.BytesIO(archive))
        model = torch.onnx.export(program, dynamo=True, verbose=False).model_proto
    except Exception as error:  # what PyTorch makes of a file or an operator that it cannot take
        raise wrong_outputs(
            f"PyTorch does not turn it into ONNX: {_first_line(error)}", _HOW
        ) from error
    vetting.check(model)
    for key, value in said.items():
        model.metadata_props.add(key=key, value=value)
    given = graphs.taken(model, signature)
    found = graphs.original(model, signature)
    places = list(graphs.chosen(model, signature)[1])
    module = program.module()

    def one(table: pa.Table) -> Floats:
        rows = [torch.from_numpy(each.fed(table)) for each in given]
        with torch.no_grad():
            gave = module(*rows)
        gave = gave if isinstance(gave, torch.Tensor) else gave[0]
        numbers = np.asarray(gave.numpy(), np.float64).reshape(table.num_rows, -1)
        return numbers[:, places] if places else numbers

    def answer(table: pa.Table) -> Floats:
        if not any(each.alone for each in given):
            return one(table)
        return np.concatenate([one(table.slice(at, 1)) for at in range(table.num_rows)])

    return Original(f"torch {torch.__version__}", answer, found.candidates)


def vetted(data: bytes) -> tuple[bytes, dict[str, str]]:
    """Return the archive packed anew without what could act, and the texts beside the program.

    Raises `version.unreadable`, `version.unsafe_file`.
    """
    parts = _parts(data)
    if _PROGRAM not in parts:
        raise invalid("version.unreadable", "this is no exported program of PyTorch", hint=_HOW)
    program = _json(parts, _PROGRAM)
    _check(program)
    kept = {name: one for name, one in parts.items() if _KEPT.fullmatch(name)}
    kept[_PROGRAM] = json.dumps(program).encode()
    for name in _CONFIGS:
        config = _json(parts, name)
        for each in config.get("config", {}).values():
            if each.get("use_pickle") or not re.fullmatch(
                r"(weight|tensor)_\d{1,6}", str(each.get("path_name"))
            ):
                raise unsafe("a tensor that is a pickle", _HOW)
        kept[name] = parts[name]
    kept[_INPUTS] = b""  # a pickle, and not needed
    said = {
        name.removeprefix(_EXTRA): one.decode(errors="replace")
        for name, one in parts.items()
        if name.startswith(_EXTRA)
    }
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, one in kept.items():
            archive.writestr(f"archive/{name}", one)
    return out.getvalue(), {key: said[key] for key in (coding.NAMES, coding.LEVELS) if key in said}


def _parts(data: bytes) -> dict[str, bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(one.file_size for one in archive.infolist())
            names = archive.namelist() if size <= _MOST_BYTES else []
            found = {name.partition("/")[2]: archive.read(name) for name in names}
    except Exception as error:  # zipfile raises a dozen classes of errors on broken archives
        raise unreadable("exported program", error) from error
    if size > _MOST_BYTES:
        raise unreadable("exported program", "it unpacks to more than 2 GiB")
    return found


def _json(parts: dict[str, bytes], name: str) -> dict[str, Any]:
    try:
        found = json.loads(parts.get(name, b""))
    except ValueError as error:
        raise unreadable("exported program", f"{name} is no JSON") from error
    if not isinstance(found, dict):
        raise unreadable("exported program", f"{name} is no object")
    return found


def _check(program: dict[str, Any]) -> None:
    """Check every operator and expression, and take away what is only for people."""
    waiting: list[Any] = [program]
    while waiting:
        one = waiting.pop()
        if isinstance(one, list):
            waiting.extend(one)
        if not isinstance(one, dict):
            continue
        if "target" in one and "inputs" in one:
            if not _OPERATORS.fullmatch(str(one["target"])):
                raise unsafe(f"the operator {str(one['target'])[:100]}", _HOW)
            one["metadata"] = {}
        if "expr_str" in one and not _EXPRESSION.fullmatch(str(one["expr_str"])):
            raise unsafe(f"the expression {str(one['expr_str'])[:100]}", _HOW)
        waiting.extend(one.values())


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0][:200]
