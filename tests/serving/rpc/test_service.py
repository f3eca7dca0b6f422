"""gRPC over a real channel: pages, answers, refusals with their codes, the log."""

from collections.abc import Callable, Iterator
from typing import Any

import grpc
import pytest

from tenure.serving.rpc import open_inference_pb2 as messages
from tests.serving.conftest import Served
from tests.serving.small import KEYS, Home, expected, logged

Tensor = messages.ModelInferRequest.InferInputTensor
ROW = [0.1, 0.2, 0.3, 0.4]
PREFIX = "/inference.GRPCInferenceService/"


class Caller:
    """A channel and a key; calls by their name."""

    def __init__(self, address: str) -> None:
        self._channel = grpc.insecure_channel(address)

    def call(self, name: str, message: Any, *metadata: tuple[str, str], tenant: str = "DL") -> Any:
        """Return the answer and its trailing metadata; raise grpc.RpcError."""
        known = (("authorization", f"Bearer {KEYS[tenant]}"), *metadata) if tenant else metadata
        content = message if isinstance(message, bytes) else message.SerializeToString()
        answer, call = self._channel.unary_unary(PREFIX + name).with_call(
            content, metadata=known, timeout=20
        )
        told = dict(call.trailing_metadata())
        return getattr(messages, f"{name}Response").FromString(answer), told

    def refused(self, name: str, message: Any, *metadata: Any, **more: Any) -> tuple[str, str]:
        """Return the status and our code."""
        with pytest.raises(grpc.RpcError) as found:
            self.call(name, message, *metadata, **more)
        call: Any = found.value
        assert call.details()
        return call.code().name, dict(call.trailing_metadata())["tenure-code"]

    def close(self) -> None:
        self._channel.close()


def question(model: str = "late", **more: Any) -> Any:
    contents = messages.InferTensorContents(fp64_contents=ROW)
    matrix = Tensor(name="input-0", shape=[1, 4], datatype="FP64", contents=contents)
    return messages.ModelInferRequest(**{"model_name": model, "inputs": [matrix], **more})


@pytest.fixture
def caller(shared: Served) -> Iterator[Caller]:
    found = Caller(shared.grpc)
    yield found
    found.close()


def test_the_server_tells_of_itself(caller: Caller) -> None:
    assert caller.call("ServerLive", b"", tenant="")[0].live
    assert caller.call("ServerReady", b"", tenant="")[0].ready
    found, _ = caller.call("ServerMetadata", b"")
    assert (found.name, list(found.extensions)) == ("tenure", ["binary_tensor_data"])


def test_a_model_tells_of_itself(caller: Caller) -> None:
    assert caller.call("ModelReady", messages.ModelReadyRequest(name="late"))[0].ready
    found, _ = caller.call("ModelMetadata", messages.ModelMetadataRequest(name="mixed"))
    assert (found.name, list(found.versions), found.platform) == ("mixed", ["1"], "tenure_model")
    assert {t.name: t.datatype for t in found.inputs}["stops"] == "INT64"
    assert [(t.name, list(t.shape)) for t in found.outputs] == [("probability", [-1])]


def test_an_answer_names_model_version_and_request(caller: Caller) -> None:
    found, told = caller.call("ModelInfer", question(id="42"))
    assert (found.model_name, found.model_version, found.id) == ("late", "1", "42")
    assert (told["x-request-id"], told["x-tenure-version"]) == ("42", "1")
    (output,) = found.outputs
    assert (output.name, output.datatype, list(output.shape)) == ("probability", "FP64", [1])
    assert list(output.contents.fp64_contents) == [expected(ROW, shift=1)]


def test_a_version_may_be_asked_for(caller: Caller) -> None:
    assert caller.call("ModelInfer", question(model_version="7"))[0].model_version == "7"
    assert caller.refused("ModelInfer", question(model_version="8")) == (
        "NOT_FOUND",
        "version.not_found",
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("ModelReady", messages.ModelReadyRequest(name="secret-name")),
        ("ModelMetadata", messages.ModelMetadataRequest(name="secret-name")),
        ("ModelInfer", question("secret-name")),
    ],
)
def test_another_tenants_model_does_not_exist(caller: Caller, name: str, message: Any) -> None:
    missing = ("NOT_FOUND", "model.not_found")
    assert caller.refused(name, message) == missing
    assert caller.refused(name, message, ("x-tenure-tenant", "B6")) == missing
    assert caller.refused(name, message, tenant="")[1] == "key.missing"


def test_a_key_of_the_house_names_the_tenant_in_the_metadata(caller: Caller) -> None:
    found, _ = caller.call("ModelInfer", question(), ("x-tenure-tenant", "B6"), tenant="_")
    assert found.model_version == "5"
    assert caller.refused("ModelInfer", question(), tenant="_")[1] == "tenant.not_named"


@pytest.mark.parametrize(
    ("message", "code"),
    [
        (b"\xff\xff", "request.malformed"),
        (question(id="\x00"), "request.bad_id"),
        (question(inputs=[]), "request.no_inputs"),
        (question(raw_input_contents=[b""]), "request.bad_contents"),
        (question(raw_input_contents=[b"", b""]), "request.bad_contents"),
        (question(inputs=[Tensor(name="x0", datatype="FP16", shape=[1])]), "request.bad_contents"),
        (question(inputs=[Tensor(name="x0", datatype="X", shape=[1])]), "request.bad_contents"),
        (question(inputs=[Tensor(name="x0", datatype="FP64", shape=[1])]), "request.bad_shape"),
        (question(inputs=[Tensor(name="x0", datatype="FP64", shape=[-1])]), "request.bad_shape"),
        (question(outputs=[{"name": "nope"}]), "request.unknown_output"),
        (
            question(
                inputs=[Tensor(name="x0", shape=[1], datatype="FP64")], raw_input_contents=[b"123"]
            ),
            "request.bad_binary",
        ),
    ],
)
def test_a_mistake_is_refused_with_its_code(caller: Caller, message: Any, code: str) -> None:
    assert caller.refused("ModelInfer", message) == ("INVALID_ARGUMENT", code)


def test_a_message_that_is_too_large_is_refused(caller: Caller) -> None:
    with pytest.raises(grpc.RpcError) as found:
        caller.call("ModelInfer", b" " * ((16 << 20) + 1))
    assert found.value.code().name == "RESOURCE_EXHAUSTED"


def test_a_call_that_is_not_the_protocols_is_unknown(caller: Caller) -> None:
    with pytest.raises(grpc.RpcError) as found:
        caller.call("ModelStreamInfer", b"")
    assert found.value.code().name == "UNIMPLEMENTED"


def test_answers_and_refusals_are_logged_and_counted_as_over_http(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(arms=(home.arm(1), home.arm(2, "static"))))
    served = serve(home)
    caller = Caller(served.grpc)
    caller.call("ModelInfer", question(id="a"))
    refusal = caller.refused("ModelInfer", question(id="b", outputs=[{"name": "nope"}]))
    assert refusal == ("INVALID_ARGUMENT", "request.unknown_output")
    caller.close()
    with served.client() as client:
        figures = client.get("/metrics").text
    served.stop()
    of = '{tenant="DL",model="late",version="1"'
    assert f"tenure_prediction_requests_total{of}}} 1" in figures
    assert f'tenure_prediction_errors_total{of},code="request.unknown_output"}} 1' in figures
    rows = {(row["request_id"], row["lane"]): row for row in logged(home.root)}
    assert set(rows) == {("a", "champion"), ("a", "static"), ("b", "champion")}
    assert rows["a", "champion"]["output"] == [expected(ROW, shift=1)]
    assert rows["a", "champion"]["f:x1"] == 0.2
