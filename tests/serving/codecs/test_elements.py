"""Values of every datatype as bytes and back, and bytes that are not what they claim."""

import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from tenure.core.errors import TenureError
from tenure.serving.codecs import elements

DTYPES = {
    "BOOL": "?",
    **{f"INT{8 * size}": f"<i{size}" for size in (1, 2, 4, 8)},
    **{f"UINT{8 * size}": f"<u{size}" for size in (1, 2, 4, 8)},
    **{f"FP{8 * size}": f"<f{size}" for size in (2, 4, 8)},
}


def refused(*arguments: Any) -> str:
    with pytest.raises(TenureError) as found:
        elements.read(*arguments)
    return f"{found.value.code}: {found.value.message}"


@given(data=st.data(), datatype=st.sampled_from(sorted(DTYPES)))
def test_numbers_come_back_as_numpy_wrote_them(data: st.DataObject, datatype: str) -> None:
    array = data.draw(arrays.arrays(DTYPES[datatype], st.integers(0, 9)))
    if datatype.startswith("FP"):
        array = array[~np.isinf(array)]
    values = elements.read("x", [array.size], datatype, array.tobytes())
    assert values == [None if np.isnan(value) else value for value in array.tolist()]
    assert {type(value) for value in values} <= {bool, int, float, type(None)}


@given(st.lists(st.text(max_size=20), max_size=9))
def test_texts_come_back_as_they_were_written(texts: list[str]) -> None:
    raw = elements.write("BYTES", texts)
    assert elements.read("x", [len(texts)], "BYTES", raw) == texts


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), max_size=9))
def test_doubles_come_back_bit_by_bit(values: list[float]) -> None:
    raw = elements.write("FP64", values)
    assert raw == struct.pack(f"<{len(values)}d", *values)
    assert elements.read("x", [len(values)], "FP64", raw) == values


@given(st.binary(max_size=40), st.lists(st.integers(-2, 5), max_size=3), st.sampled_from(
    [*sorted(DTYPES), "BYTES", "BF16", ""]))  # fmt: skip
def test_any_bytes_are_values_of_the_shape_or_refused(
    raw: bytes, shape: list[int], datatype: str
) -> None:
    try:
        values = elements.read("x", shape, datatype, raw)
    except TenureError:
        return
    assert len(values) == np.prod(shape, dtype=int)


@pytest.mark.parametrize(
    ("shape", "datatype", "raw", "why"),
    [
        ([2], "FP64", bytes(15), "takes 16 bytes, and 15 came"),
        ([2**62, 2**62], "FP64", b"", "takes far more bytes"),
        ([1, 1, 1], "FP64", bytes(8), "[rows] or [rows, columns] is read"),
        ([-1, -1], "FP64", bytes(8), "[rows] or [rows, columns] is read"),
        ([1], "BF16", bytes(2), "'BF16' is not a datatype"),
        ([1], "BOOL", b"\x02", "a truth is a byte of 0 or 1"),
        ([1], "FP32", struct.pack("<f", float("inf")), "element 0 is infinite"),
        ([2], "BYTES", b"\x01\0\0\0a", "2 texts were declared; the bytes hold only 1"),
        ([1], "BYTES", b"\x01\0\0\0a\0\0\0\0", "1 texts were declared; the bytes hold more"),
        ([1], "BYTES", b"\x02\0\0\0a", "the bytes end inside element 0"),
        ([1], "BYTES", b"\x02\0", "the bytes end inside element 0"),
        ([2], "BYTES", b"\x01\0\0\0a\x01\0\0\0\xff", "element 1 is not UTF-8"),
        ([1 << 40], "BYTES", b"", "at most 65536 are answered"),
    ],
)
def test_bytes_that_do_not_fit_are_refused_with_the_reason(
    shape: list[int], datatype: str, raw: bytes, why: str
) -> None:
    assert why in refused("x", shape, datatype, raw)
