"""The binary extension's bodies: sizes, order, what is left over, and what is asked back."""

import json
import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import TenureError
from tenure.serving.codecs import binary
from tenure.serving.rows import RowReader
from tenure.serving.wire import InferRequest, InferResponse, OutputTensor, Wanted
from tests.serving.small import MIXED

FEATURES = RowReader(MIXED, (), None).features
PACKED = {"FP64": "d", "FP32": "f", "INT64": "q", "UINT8": "B", "BOOL": "?"}


def body(*tensors: tuple[str, str, list[Any]], **more: Any) -> tuple[bytes, bytes]:
    """A body and its header: tensors by name, datatype and values."""
    inputs, tail = [], b""
    for name, datatype, values in tensors:
        if datatype == "BYTES":
            raw = b"".join(struct.pack("<I", len(v.encode())) + v.encode() for v in values)
        else:
            raw = struct.pack(f"<{len(values)}{PACKED[datatype]}", *values)
        size = {"binary_data_size": len(raw)}
        inputs.append(
            {"name": name, "shape": [len(values)], "datatype": datatype, "parameters": size}
        )
        tail += raw
    head = json.dumps({"inputs": inputs, **more}).encode()
    return head + tail, str(len(head)).encode()


def values(content: bytes, length: bytes) -> dict[str, list[Any]]:
    return {t.name: t.data for t in binary.decode(content, length, FEATURES).inputs}


def refused(content: bytes, length: bytes) -> str:
    with pytest.raises(TenureError) as found:
        binary.decode(content, length, FEATURES)
    assert found.value.code == "request.bad_binary"
    return found.value.message


columns = st.one_of(
    st.tuples(st.just("FP64"), st.lists(st.floats(allow_nan=False, allow_infinity=False))),
    st.tuples(st.just("INT64"), st.lists(st.integers(-(2**63), 2**63 - 1))),
    st.tuples(st.just("UINT8"), st.lists(st.integers(0, 255))),
    st.tuples(st.just("BOOL"), st.lists(st.booleans())),
    st.tuples(st.just("BYTES"), st.lists(st.text(max_size=9))),
)


@given(st.lists(columns, max_size=6))
def test_tensors_are_taken_from_the_bytes_in_their_order(found: list[Any]) -> None:
    tensors = [(f"t{place}", *column) for place, column in enumerate(found)]
    assert values(*body(*tensors)) == {name: data for name, _, data in tensors}


@given(st.lists(columns, min_size=1, max_size=4), st.integers(1, 12))
def test_a_body_that_is_cut_or_too_long_is_refused(found: list[Any], change: int) -> None:
    content, length = body(*[(f"t{place}", *column) for place, column in enumerate(found)])
    assert "left over" in refused(content + bytes(change), length)
    if len(content) - change >= int(length):
        assert "bytes are left" in refused(content[:-change], length)
    else:
        assert "the body has" in refused(content[: int(length) - 1], length)


def test_json_and_binary_tensors_may_be_mixed() -> None:
    content, _ = body(("a", "FP64", [1.5]), ("c", "BYTES", ["x"]))
    head, tail = content[: content.index(b"}]}") + 3], content[content.index(b"}]}") + 3 :]
    message = json.loads(head)
    message["inputs"].insert(1, {"name": "b", "shape": [1], "datatype": "INT8", "data": [3]})
    head = json.dumps(message).encode()
    assert values(head + tail, str(len(head)).encode()) == {"a": [1.5], "b": [3], "c": ["x"]}


@pytest.mark.parametrize("length", [b"", b"-1", b"x", b"1.0", b"9" * 30, b"\xb2"])
def test_a_header_that_is_no_length_is_refused(length: bytes) -> None:
    assert "number of bytes" in refused(b"{}", length)


def test_a_header_beyond_the_body_is_refused() -> None:
    assert refused(b"{}", b"3") == "Inference-Header-Content-Length is 3, and the body has 2 bytes"


@pytest.mark.parametrize("size", [-8, "8", 8.0, True])
def test_a_size_that_is_none_is_refused(size: object) -> None:
    content, _ = body(("a", "FP64", [1.0]))
    head = content[:-8].replace(b'"binary_data_size": 8', b'"binary_data_size": %s' % (
        json.dumps(size).encode()))  # fmt: skip
    assert "a number of bytes" in refused(head + content[-8:], str(len(head)).encode())


def test_a_tensor_with_data_and_bytes_is_refused() -> None:
    content, _ = body(("a", "FP64", [1.0]))
    head = content[:-8].replace(b'"parameters"', b'"data": [2], "parameters"')
    assert "has both" in refused(head + content[-8:], str(len(head)).encode())


def test_an_empty_text_is_missing_only_where_it_can_be_nothing_else() -> None:
    content, length = body(("booked", "BYTES", ["", "x"]), ("origin", "BYTES", ["", "x"]))
    assert values(content, length) == {"booked": [None, "x"], "origin": ["", "x"]}


@pytest.mark.parametrize(
    ("parameters", "outputs", "expected"),
    [
        (None, None, set()),
        ({"binary_data_output": True}, None, {"p", "label"}),
        ({"binary_data_output": False}, None, set()),
        ({"binary_data_output": True}, [Wanted("p", {"binary_data": False})], {"label"}),
        (None, [Wanted("p", {"binary_data": True})], {"p"}),
        ({"binary_data_output": True}, [Wanted("p")], {"p", "label"}),
    ],
)
def test_an_outputs_own_word_counts_before_the_requests(
    parameters: Any, outputs: Any, expected: set[str]
) -> None:
    message = InferRequest(inputs=[], parameters=parameters, outputs=outputs)
    assert binary.wanted(message, ["p", "label"]) == expected


@pytest.mark.parametrize("where", ["binary_data_output", "binary_data"])
def test_a_wish_that_is_neither_true_nor_false_is_refused(where: str) -> None:
    message = InferRequest(
        inputs=[], parameters={where: "yes"}, outputs=[Wanted("p", {where: "yes"})]
    )
    with pytest.raises(TenureError, match="true or false"):
        binary.wanted(message, ["p"])


def test_an_answer_carries_binary_outputs_after_its_json() -> None:
    outputs = [
        OutputTensor("p", [2], "FP64", [0.25, 0.5]),
        OutputTensor("q", [1], "FP64", [1.0]),
        OutputTensor("label", [2], "BYTES", ["yes", "é"]),
    ]
    response = InferResponse("late", "1", "r", outputs)
    content, length = binary.encode(response, frozenset({"p", "label"}))
    head, tail = json.loads(content[:length]), content[length:]
    assert [output["name"] for output in head["outputs"]] == ["p", "q", "label"]
    assert head["outputs"][0]["parameters"] == {"binary_data_size": 16}
    assert head["outputs"][1]["data"] == [1.0]
    assert "data" not in head["outputs"][0]
    assert tail == struct.pack("<2d", 0.25, 0.5) + b"\x03\0\0\0yes\x02\0\0\0\xc3\xa9"
