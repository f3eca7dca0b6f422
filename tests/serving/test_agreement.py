"""JSON, binary tensors and gRPC, typed and raw, are the same question: identical numbers."""

import json
from collections.abc import Iterator
from typing import Any

import grpc
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.serving.codecs import elements
from tenure.serving.rpc import open_inference_pb2 as messages
from tenure.serving.rpc.contents import FIELDS
from tests.serving.conftest import Served
from tests.serving.fuzzing import cases
from tests.serving.small import KEYS

CALL = "/inference.GRPCInferenceService/ModelInfer"
KEY = (("authorization", f"Bearer {KEYS['DL']}"),)
ROWS = 3
Columns = dict[str, tuple[str, list[Any]]]

finite = st.floats(allow_nan=False, allow_infinity=False, width=64)
columns = st.fixed_dictionaries(
    {
        "distance": st.tuples(st.just("FP64"), st.lists(finite.map(abs), min_size=3, max_size=3)),
        "gust": st.one_of(
            st.tuples(st.just("FP64"), st.lists(st.none() | finite, min_size=3, max_size=3)),
            st.tuples(
                st.just("FP32"),
                st.lists(st.floats(-1e9, 1e9, width=32), min_size=3, max_size=3),
            ),
        ),
        "stops": st.sampled_from(["INT8", "INT16", "INT32", "INT64", "UINT8", "UINT64"]).flatmap(
            lambda kind: st.tuples(
                st.just(kind), st.lists(st.integers(0, 127), min_size=3, max_size=3)
            )
        ),
        "delayed": st.tuples(st.just("BOOL"), st.lists(st.booleans(), min_size=3, max_size=3)),
        "origin": st.tuples(
            st.just("BYTES"),
            st.lists(st.sampled_from(["EWR", "JFK", "é", ""]), min_size=3, max_size=3),
        ),
        "booked": st.one_of(
            st.tuples(st.just("INT64"), st.lists(st.integers(0, 10**15), min_size=3, max_size=3)),
            st.tuples(
                st.just("BYTES"),
                st.lists(st.none() | st.just("2013-03-01T10:00:00Z"), min_size=3, max_size=3),
            ),
        ),
    }
)


def without_null(kind: str, values: list[Any]) -> list[Any]:
    """As bytes have to say it: NaN and an empty text."""
    nothing = "" if kind == "BYTES" else float("nan")
    return [nothing if value is None else value for value in values]


class Asker:
    def __init__(self, served: Served) -> None:
        self._client = served.client()
        self._channel = grpc.insecure_channel(served.grpc)

    def in_json(self, given: Columns) -> list[float]:
        inputs = [
            {"name": name, "shape": [ROWS], "datatype": kind, "data": values}
            for name, (kind, values) in given.items()
        ]
        answer: list[float] = self._post({"inputs": inputs})["outputs"][0]["data"]
        return answer

    def in_binary(self, given: Columns) -> list[float]:
        parts = [elements.write(k, without_null(k, values)) for k, values in given.values()]
        inputs = [
            {
                "name": name,
                "shape": [ROWS],
                "datatype": kind,
                "parameters": {"binary_data_size": len(part)},
            }
            for (name, (kind, _)), part in zip(given.items(), parts, strict=True)
        ]
        head = json.dumps({"inputs": inputs, "parameters": {"binary_data_output": True}}).encode()
        headers = {"Inference-Header-Content-Length": str(len(head))}
        response = self._client.post(
            "/v2/models/mixed/infer", content=head + b"".join(parts), headers=headers
        )
        assert response.status_code == 200, response.text
        length = int(response.headers["inference-header-content-length"])
        return list(elements.read("probability", [ROWS], "FP64", response.content[length:]))

    def over_grpc(self, given: Columns, *, raw: bool) -> list[float]:
        message = messages.ModelInferRequest(model_name="mixed")
        for name, (kind, values) in given.items():
            said = without_null(kind, values)
            tensor = message.inputs.add(name=name, shape=[ROWS], datatype=kind)
            if raw:
                message.raw_input_contents.append(elements.write(kind, said))
            else:
                typed = [v.encode() for v in said] if kind == "BYTES" else said
                getattr(tensor.contents, FIELDS[kind]).extend(typed)
        call = self._channel.unary_unary(CALL)
        answer = messages.ModelInferResponse.FromString(
            call(message.SerializeToString(), metadata=KEY, timeout=20)
        )
        if raw:
            return list(elements.read("probability", [ROWS], "FP64", answer.raw_output_contents[0]))
        return list(answer.outputs[0].contents.fp64_contents)

    def close(self) -> None:
        self._client.close()
        self._channel.close()

    def _post(self, body: object) -> Any:
        response = self._client.post("/v2/models/mixed/infer", json=body)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture(scope="module")
def asker(shared: Served) -> Iterator[Asker]:
    found = Asker(shared)
    yield found
    found.close()


@cases(60)
@given(given_columns=columns)
def test_every_way_to_ask_gives_identical_numbers(asker: Asker, given_columns: Columns) -> None:
    by_json = asker.in_json(given_columns)
    assert asker.in_binary(given_columns) == by_json
    assert asker.over_grpc(given_columns, raw=True) == by_json
    assert asker.over_grpc(given_columns, raw=False) == by_json


matrices = st.lists(
    st.lists(finite | st.just(float("nan")), min_size=4, max_size=4), min_size=1, max_size=5
)


@cases(40)
@given(rows=matrices, kind=st.sampled_from(["FP64", "FP32", "FP16"]))
def test_a_matrix_of_bytes_is_the_matrix_of_json(
    shared: Served, rows: list[list[float]], kind: str
) -> None:
    """Whole arrays are taken as they are: the same numbers, and the same refusals."""
    with np.errstate(over="ignore"):
        array = np.array(rows).astype({"FP64": "<f8", "FP32": "<f4", "FP16": "<f2"}[kind])
    tensor = {"name": "m", "shape": list(array.shape), "datatype": kind}
    bare = {**tensor, "parameters": {"binary_data_size": array.nbytes}}
    head = json.dumps({"inputs": [bare]}).encode()
    length = {"Inference-Header-Content-Length": str(len(head))}
    said = [None if np.isnan(value) else value for value in array.ravel().tolist()]
    with shared.client() as client:
        path = "/v2/models/late/infer"
        binary = client.post(path, content=head + array.tobytes(), headers=length)
        if np.isinf(array).any():
            assert binary.json()["code"] == "feature.bad_value"
            return
        by_json = client.post(path, json={"inputs": [{**tensor, "data": said}]})
    assert binary.status_code == by_json.status_code
    assert binary.json().get("outputs") == by_json.json().get("outputs")
    assert binary.json().get("code") == by_json.json().get("code")
