"""A tensor's values as columns: its shape, and the matrix taken apart. What does not fit is refused."""

from itertools import chain
from typing import Any

from tenure.core.errors import Kind, TenureError, invalid
from tenure.serving.columns import DATATYPES, INTEGERS, shown, wrong_datatype
from tenure.serving.wire import Tensor

MAX_ROWS = 65_536


def key_texts(tensor: Tensor, values: list[Any]) -> list[str | None]:
    """Return one key column as canonical text, as datasets and labels write it."""
    name, datatype = tensor.name, tensor.datatype
    if datatype == "BYTES":
        for row, value in enumerate(values):
            if value is not None and (type(value) is not str or not _printable(value)):
                raise invalid("key.bad_value", f"input {name!r}, row {row}: {shown(value)}: text")
        return values
    if datatype in INTEGERS:
        for row, value in enumerate(values):
            if value is not None and type(value) is not int:
                raise invalid(
                    "key.bad_value", f"input {name!r}, row {row}: {shown(value)}: a whole number"
                )
        return [None if value is None else str(value) for value in values]
    raise wrong_datatype(name, datatype, ["BYTES", *INTEGERS])


def flat(tensor: Tensor) -> list[Any]:
    """Return the values of a tensor of shape [n] or [n, 1]."""
    data, shape = tensor.data, tensor.shape
    if len(shape) not in {1, 2} or shape[1:] not in ([], [1]):
        raise invalid(
            "request.bad_shape",
            f"input {shown(tensor.name)} has shape {shown_shape(shape)}; "
            "[rows] or [rows, 1] is read",
        )
    if shape[0] != len(data):
        raise _disagree(tensor)
    if len(shape) == 2 and data and type(data[0]) is list:  # noqa: PLR2004  # [rows, 1], nested
        return unnested(tensor, data, 1)
    return data


def split(tensor: Tensor, names: list[str]) -> list[Tensor]:
    """Return one tensor per column of a matrix in signature order."""
    data = tensor.data
    rows, width = tensor.shape
    if width != len(names):
        raise invalid(
            "request.bad_shape",
            f"input {shown(tensor.name)} has shape {shown_shape(tensor.shape)}; "
            f"the model takes {len(names)} features: [rows, {len(names)}]",
        )
    if tensor.datatype not in DATATYPES - {"BYTES"}:
        raise wrong_datatype(tensor.name, tensor.datatype, sorted(DATATYPES - {"BYTES"}))
    if data and type(data[0]) is list:
        if len(data) != rows:
            raise _disagree(tensor)
        data = unnested(tensor, data, width)
    if len(data) != rows * width:
        raise _disagree(tensor)
    return [
        Tensor(name, [rows], tensor.datatype, data[place::width])
        for place, name in enumerate(names)
    ]


def unnested(tensor: Tensor, data: list[Any], width: int) -> list[Any]:
    for row, value in enumerate(data):
        if type(value) is not list or len(value) != width:
            raise invalid(
                "request.bad_shape",
                f"input {shown(tensor.name)}, row {row}: a list of {width} was expected",
            )
    return list(chain.from_iterable(data))


def too_many_rows(count: int) -> TenureError:
    return TenureError(
        Kind.TOO_LARGE,
        "request.too_many_rows",
        f"{shown(count)} rows at once; at most {MAX_ROWS} are answered",
        hint="send them in several requests",
    )


def shown_shape(shape: list[int]) -> str:
    return shown_list if len(shown_list := str(shape[:4])) < 60 else "[…]"  # noqa: PLR2004


def _disagree(tensor: Tensor) -> TenureError:
    binary = "binary_data_size" in (tensor.parameters or {})
    return invalid(
        "request.bad_shape",
        f"input {shown(tensor.name)} says shape {shown_shape(tensor.shape)} "
        f"and brings {len(tensor.data)}",
        hint="Inference-Header-Content-Length is missing" if binary else "",
    )


def _printable(text: str) -> bool:
    return text.isprintable() and len(text) <= 500  # noqa: PLR2004  # keys are names, not texts
