"""Our messages are the protocol's: name by name, number by number, type by type."""

from typing import Any

import pytest
from tritonclient.grpc import service_pb2 as theirs

from tenure.serving.rpc import open_inference_pb2 as ours

OURS: dict[str, Any] = ours.DESCRIPTOR.message_types_by_name


def described(message: Any) -> dict[str, Any]:
    fields = {
        field.name: (
            field.number,
            field.type,
            field.is_repeated,
            field.message_type and field.message_type.full_name,
        )
        for field in message.fields
    }
    return {**fields, **{one.name: described(one) for one in message.nested_types}}


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_message_is_the_one_that_clients_were_generated_from(name: str) -> None:
    mine = described(OURS[name])
    known = described(theirs.DESCRIPTOR.message_types_by_name[name])
    assert {key: known[key] for key in mine} == mine


def test_the_service_has_the_calls_of_the_protocol() -> None:
    (mine,) = ours.DESCRIPTOR.services_by_name.values()
    known = theirs.DESCRIPTOR.services_by_name[mine.name].methods_by_name
    assert mine.full_name == "inference.GRPCInferenceService"
    assert {
        method.name: (method.input_type.full_name, method.output_type.full_name)
        for method in mine.methods
    } == {
        name: (known[name].input_type.full_name, known[name].output_type.full_name)
        for name in mine.methods_by_name
    }
