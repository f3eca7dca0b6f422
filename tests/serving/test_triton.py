"""`tritonclient` as it is, over HTTP and gRPC: tensors in every way it sends them."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import tritonclient.grpc
import tritonclient.http
from tritonclient.utils import InferenceServerException

from tests.serving.conftest import Served
from tests.serving.small import KEYS, expected

ROWS = np.array([[0.1, 0.2, 0.3, 0.4], [1.0, 2.0, 3.0, 4.0]])
ANSWERS = [expected(row, shift=1) for row in ROWS.tolist()]
MIXED = {
    "distance": np.array([1.5, 2.5]),
    "gust": np.array([0.5, np.nan], dtype=np.float16),
    "stops": np.array([1, 2], dtype=np.uint8),
    "delayed": np.array([True, False]),
    "origin": np.array(["JFK", "EWR"], dtype=np.object_),
    "booked": np.array(["2013-03-01T10:00:00Z", ""], dtype=np.object_),
}
DATATYPES = {"f8": "FP64", "f2": "FP16", "u1": "UINT8", "b1": "BOOL", "O": "BYTES"}


def key() -> dict[str, str]:
    """A new dictionary each time: the HTTP client writes into the one it is handed."""
    return {"authorization": f"Bearer {KEYS['DL']}"}


@pytest.fixture(params=["http", "grpc"])
def triton(request: pytest.FixtureRequest, shared: Served) -> Iterator[tuple[Any, Any]]:
    """The client's module and a client."""
    module = {"http": tritonclient.http, "grpc": tritonclient.grpc}[request.param]
    address = shared.url.removeprefix("http://") if request.param == "http" else shared.grpc
    client = module.InferenceServerClient(address)
    yield module, client
    client.close()


def given(module: Any, name: str, array: Any) -> Any:
    kind = DATATYPES[array.dtype.str[1:]] if array.dtype != object else "BYTES"
    tensor = module.InferInput(name, list(array.shape), kind)
    tensor.set_data_from_numpy(array)
    return tensor


def test_the_server_and_its_models_are_found(triton: tuple[Any, Any]) -> None:
    _, client = triton
    assert client.is_server_live(headers=key())
    assert client.is_server_ready(headers=key())
    assert client.is_model_ready("late", headers=key())
    assert client.is_model_ready("late", "7", headers=key())
    for found in (client.get_server_metadata(headers=key()),):
        assert (found["name"] if isinstance(found, dict) else found.name) == "tenure"
    described = client.get_model_metadata("mixed", headers=key())
    inputs = described["inputs"] if isinstance(described, dict) else described.inputs
    assert len(inputs) == 9


def test_a_matrix_is_answered(triton: tuple[Any, Any]) -> None:
    module, client = triton
    answer = client.infer("late", [given(module, "input-0", ROWS)], request_id="t1", headers=key())
    assert answer.as_numpy("probability").tolist() == ANSWERS
    found = answer.get_response()
    assert (found["id"] if isinstance(found, dict) else found.id) == "t1"


def test_a_requested_output_and_a_version_are_honoured(triton: tuple[Any, Any]) -> None:
    module, client = triton
    answer = client.infer(
        "late",
        [given(module, "input-0", ROWS)],
        model_version="7",
        outputs=[module.InferRequestedOutput("probability")],
        headers=key(),
    )
    assert answer.as_numpy("probability").tolist() == [
        expected(row, shift=7) for row in ROWS.tolist()
    ]


def test_columns_of_every_kind_are_answered(triton: tuple[Any, Any]) -> None:
    module, client = triton
    inputs = [given(module, name, array) for name, array in MIXED.items()]
    answer = client.infer("mixed", inputs, headers=key())
    at = 1362132000.0
    assert answer.as_numpy("probability").tolist() == [
        expected([1.5, 0.5, 1.0, 1.0, "JFK", at], shift=1),
        expected([2.5, None, 2.0, 0.0, "EWR", None], shift=1),
    ]


def test_json_tensors_and_json_answers_are_a_clients_choice(shared: Served) -> None:
    module = tritonclient.http
    client = module.InferenceServerClient(shared.url.removeprefix("http://"))
    tensor = module.InferInput("input-0", [2, 4], "FP64")
    tensor.set_data_from_numpy(ROWS, binary_data=False)
    for binary in (True, False):
        wanted = [module.InferRequestedOutput("probability", binary_data=binary)]
        answer = client.infer("late", [tensor], outputs=wanted, headers=key())
        assert answer.as_numpy("probability").tolist() == ANSWERS
    client.close()


def test_a_refusal_reaches_the_client_in_words(triton: tuple[Any, Any]) -> None:
    module, client = triton
    with pytest.raises(InferenceServerException, match="the model takes 4 features"):
        client.infer("late", [given(module, "input-0", ROWS[:, :3].copy())], headers=key())
    with pytest.raises(InferenceServerException, match="there is no model 'secret-name'"):
        client.infer("secret-name", [given(module, "input-0", ROWS)], headers=key())
    with pytest.raises(InferenceServerException, match="an API key is needed"):
        client.infer("late", [given(module, "input-0", ROWS)])
