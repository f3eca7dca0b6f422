"""Elements of a tensor as bytes: little-endian, row-major, texts with their length before them.

Bytes have no null. What is missing is NaN among floats; an empty text is missing where the column
has nulls and no such level (`ColumnReader.blank_is_null`).
"""

from collections.abc import Iterable, Sequence
from math import isnan, prod
from typing import Any

import numpy as np

from tenure.core.errors import TenureError, invalid
from tenure.serving.columns import DATATYPES, shown
from tenure.serving.tensors import MAX_ROWS, shown_shape, too_many_rows

_ITEMS: dict[str, np.dtype[Any]] = {
    "BOOL": np.dtype("u1"),
    **{f"INT{8 * size}": np.dtype(f"<i{size}") for size in (1, 2, 4, 8)},
    **{f"UINT{8 * size}": np.dtype(f"<u{size}") for size in (1, 2, 4, 8)},
    **{f"FP{8 * size}": np.dtype(f"<f{size}") for size in (2, 4, 8)},
}
_PREFIX = 4  # bytes of a text's length


def read(name: str, shape: list[int], datatype: str, raw: bytes) -> Any:
    """Return the values as a list; raise when the bytes are not what shape and datatype say.

    A matrix of finite floats stays an array of float64: `RowReader` may take it as it is.
    """
    if datatype not in DATATYPES:
        raise _refused(name, f"{shown(datatype)} is not a datatype that this server reads")
    if len(shape) > 2 or any(size < 0 for size in shape):  # noqa: PLR2004  # rows, or a matrix
        raise _refused(name, f"shape {shown_shape(shape)}: [rows] or [rows, columns] is read")
    count = prod(shape)
    if datatype == "BYTES":
        return _texts(name, count, raw)
    item = _ITEMS[datatype]
    if len(raw) != count * item.itemsize:
        takes = count * item.itemsize
        raise _refused(
            name,
            f"shape {shown_shape(shape)} of {datatype} takes "
            f"{takes if takes < 1 << 40 else 'far more'} bytes, and {len(raw)} came",
        )
    array = np.frombuffer(raw, item)
    if datatype == "BOOL":
        if array.size and array.max() > 1:
            raise _refused(name, "a truth is a byte of 0 or 1")
        array = array.view(np.bool_)
    if item.kind == "f":
        if len(shape) > 1 and np.isfinite(array).all():
            return array.astype("<f8", copy=False)
        return present(name, array)
    values: list[Any] = array.tolist()
    return values


def write(datatype: str, values: Sequence[Any]) -> bytes:
    """Return the bytes of an output's values."""
    if datatype == "BYTES":
        parts = [str(value).encode() for value in values]
        return b"".join(len(part).to_bytes(_PREFIX, "little") + part for part in parts)
    return np.asarray(values, _ITEMS[datatype]).tobytes()


def present(name: str, array: Any) -> list[Any]:
    """Return floats with None for NaN; raise for an infinite one, which JSON could not bring."""
    finite = np.isfinite(array)
    values: list[Any] = array.tolist()
    if finite.all():
        return values
    odd = np.flatnonzero(~finite).tolist()
    for place in odd:
        if not isnan(values[place]):
            raise _refused(name, f"element {place} is infinite", code="feature.bad_value")
        values[place] = None
    return values


def text(name: str, parts: Iterable[bytes]) -> list[Any]:
    """Return texts of UTF-8; raise for the first that is none."""
    found: list[Any] = []
    try:
        for part in parts:
            found.append(str(part, "utf-8"))  # noqa: PERF401  # its length tells the place
    except UnicodeDecodeError:
        raise _refused(
            name, f"element {len(found)} is not UTF-8", code="feature.bad_value"
        ) from None
    return found


def _texts(name: str, count: int, raw: bytes) -> list[Any]:
    """Take the texts apart; stops as soon as there are more than the shape says."""
    if count > MAX_ROWS:
        raise too_many_rows(count)
    parts: list[bytes] = []
    at, end = 0, len(raw)
    while at < end and len(parts) < count:
        begin = at + _PREFIX
        at = begin + int.from_bytes(raw[at:begin], "little")
        if begin > end or at > end:
            raise _refused(name, f"the bytes end inside element {len(parts)}")
        parts.append(raw[begin:at])
    if at != end or len(parts) != count:
        raise _refused(name, f"{count} texts were declared; the bytes hold {_more(parts, count)}")
    return text(name, parts)


def _more(parts: list[bytes], count: int) -> str:
    return f"only {len(parts)}" if len(parts) < count else "more"


def _refused(name: str, why: str, code: str = "request.bad_binary") -> TenureError:
    return invalid(code, f"input {shown(name)}: {why}")
