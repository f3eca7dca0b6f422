"""What the OpenAPI describes, and bytes that nobody describes: never a 5xx, never a foreign name."""

import json
from collections.abc import Iterator
from typing import Any

import grpc
import httpx
import pytest
import schemathesis
from hypothesis import given
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from tenure.serving import openapi
from tenure.serving.rpc import open_inference_pb2 as messages
from tests.serving.asking import MATRIX
from tests.serving.conftest import Served
from tests.serving.fuzzing import cases
from tests.serving.small import KEYS

FOREIGN = "secret-name"
CHECKS = [
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.ignored_auth,
]


def narrowed() -> dict[str, Any]:
    """The document, with names that are there more often than random ones would be."""
    document = openapi.document()
    known = {"tenant": ["DL", "B6"], "model": ["late", "mixed", FOREIGN], "version": ["1", "7"]}
    for name, parameter in document["components"]["parameters"].items():
        parameter["schema"] = {"anyOf": [{"enum": known[name]}, parameter["schema"]]}
    return document


described = schemathesis.openapi.from_dict(narrowed())


@described.parametrize()
@cases(6)
def test_what_the_openapi_describes_is_what_is_answered(case: Any, shared: Served) -> None:
    headers = {"Authorization": f"Bearer {KEYS['DL']}"}
    response = case.call(base_url=shared.url, headers=headers)
    case.validate_response(response, checks=CHECKS, headers=headers)
    assert "B6" not in response.text


@pytest.fixture(scope="module")
def lasting(shared: Served) -> Iterator[httpx.Client]:
    with shared.client() as client:
        yield client


def settled(response: httpx.Response) -> None:
    assert response.status_code in {200, 400, 404, 413}, response.text
    assert FOREIGN not in response.text
    if response.status_code != 200:
        assert set(response.json()) == {"error", "code"}


sizes = st.one_of(
    st.integers(-1, 70),
    st.sampled_from([2**31, 2**63, 2**64, 10**30, "8", 8.0, None, True]),
)
shapes = st.lists(st.integers(-2, 5) | st.sampled_from([2**31, 2**62]), max_size=3)
tensors = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["distance", "origin", "booked", "flight", "at", "x"]),
        "shape": shapes,
        "datatype": st.sampled_from(["FP16", "FP64", "INT64", "BOOL", "BYTES", "UINT8", "BF16"]),
        "parameters": st.fixed_dictionaries({"binary_data_size": sizes}),
    },
    optional={"data": st.lists(st.integers(), max_size=3)},
)
binary_bodies = st.tuples(
    st.fixed_dictionaries(
        {"inputs": st.lists(tensors, max_size=4)},
        optional={
            "parameters": st.fixed_dictionaries({"binary_data_output": st.booleans() | st.text()})
        },
    ),
    st.binary(max_size=80),
    st.sampled_from([0, 0, 0, 0, -1, 1, 50, 10**9]),
)


@cases(100)
@given(body=binary_bodies)
def test_any_sizes_of_binary_tensors_are_answered_or_refused(lasting: Any, body: Any) -> None:
    message, tail, lie = body
    head = json.dumps(message).encode()
    length = {"Inference-Header-Content-Length": str(len(head) + lie)}
    path = "/v2/models/mixed/infer"
    settled(lasting.post(path, content=head + tail, headers=length))


@cases(60)
@given(
    flips=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=4), cut=st.floats(0, 1)
)
def test_a_damaged_binary_request_is_answered_or_refused(
    lasting: Any, flips: Any, cut: float
) -> None:
    given_tensor = {**MATRIX, "parameters": {"binary_data_size": 32}}
    del given_tensor["data"]
    head = json.dumps({"inputs": [given_tensor]}).encode()
    content = bytearray(head + bytes(range(32)))
    for place, value in flips:
        content[int(place * (len(content) - 1))] = value
    kept = bytes(content[: int(len(content) * (0.5 + cut / 2))])
    length = {"Inference-Header-Content-Length": str(len(head))}
    settled(lasting.post("/v2/models/late/infer", content=kept, headers=length))


@cases(60)
@given(
    body=st.binary(max_size=80) | st.text(max_size=80).map(str.encode),
    kind=st.sampled_from(["application/json", "text/csv", "text/csv; header=present", "x/y", ""]),
    accept=st.sampled_from(["", "text/csv", "*/*", "application/json"]),
)
def test_any_invocation_is_answered_or_refused(
    lasting: Any, body: bytes, kind: str, accept: str
) -> None:
    headers = {"Content-Type": kind, "Accept": accept}
    settled(lasting.post("/v2/models/mixed/invocations", content=body, headers=headers))


@pytest.fixture(scope="module")
def channel(shared: Served) -> Iterator[Any]:
    with grpc.insecure_channel(shared.grpc) as found:
        yield found


tensor_messages = st.builds(
    lambda name, shape, datatype, values: messages.ModelInferRequest.InferInputTensor(
        name=name,
        shape=shape,
        datatype=datatype,
        contents=messages.InferTensorContents(fp64_contents=values),
    ),
    st.sampled_from(["x0", "input-0", "flight", ""]),
    st.lists(st.integers(-2, 5), max_size=3),
    st.sampled_from(["FP64", "FP32", "BYTES", "FP16", ""]),
    st.lists(st.floats(), max_size=4),
)
calls = st.binary(max_size=60) | st.builds(
    lambda model, version, inputs, raw: messages.ModelInferRequest(
        model_name=model, model_version=version, inputs=inputs, raw_input_contents=raw
    ).SerializeToString(),
    st.sampled_from(["late", "mixed", FOREIGN, ""]),
    st.sampled_from(["", "1", "x"]),
    st.lists(tensor_messages, max_size=3),
    st.lists(st.binary(max_size=16), max_size=3),
)


@cases(100)
@given(content=calls)
def test_any_message_is_answered_or_refused(channel: Any, content: bytes) -> None:
    call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
    key = (("authorization", f"Bearer {KEYS['DL']}"),)
    try:
        call(content, metadata=key, timeout=20)
    except grpc.RpcError as error:
        refusal: Any = error
        assert refusal.code().name in {"INVALID_ARGUMENT", "NOT_FOUND", "RESOURCE_EXHAUSTED"}, (
            refusal
        )
        assert dict(refusal.trailing_metadata())["tenure-code"]
