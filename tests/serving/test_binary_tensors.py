"""The binary tensor extension over real HTTP: bytes in, bytes out, and sizes that lie."""

import json
import struct
from typing import Any

import httpx

from tests.serving.asking import MATRIX, good, infer, refused
from tests.serving.small import expected


def in_binary(client: httpx.Client, **more: Any) -> httpx.Response:
    """Ask with the matrix as bytes behind the JSON."""
    given = {k: v for k, v in MATRIX.items() if k != "data"}
    inputs = [{**given, "parameters": {"binary_data_size": 32}}]
    head = json.dumps({"inputs": inputs, **more}).encode()
    return client.post(
        "/v2/models/late/infer",
        content=head + struct.pack("<4d", *MATRIX["data"]),
        headers={
            "Content-Type": "application/octet-stream",
            "Inference-Header-Content-Length": str(len(head)),
        },
    )


def test_a_tensor_of_bytes_is_the_same_question(client: httpx.Client) -> None:
    answer = in_binary(client, id="b1")
    assert good(answer)["outputs"] == good(infer(client, {"inputs": [MATRIX]}))["outputs"]
    assert answer.headers["x-request-id"] == "b1"


def test_an_answer_of_bytes_says_where_its_json_ends(client: httpx.Client) -> None:
    wish = {"binary_data_output": True}
    body = {"inputs": [MATRIX], "parameters": wish}
    for answer in (in_binary(client, parameters=wish), infer(client, body)):
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/octet-stream"
        length = int(answer.headers["inference-header-content-length"])
        (output,) = json.loads(answer.content[:length])["outputs"]
        assert output == {
            "name": "probability",
            "shape": [1],
            "datatype": "FP64",
            "parameters": {"binary_data_size": 8},
        }
        expected_bytes = struct.pack("<d", expected(MATRIX["data"], shift=1))
        assert answer.content[length:] == expected_bytes


def test_bytes_that_do_not_add_up_are_refused(client: httpx.Client) -> None:
    content = json.dumps({"inputs": [MATRIX]}).encode()
    length = {"Inference-Header-Content-Length": str(len(content))}
    response = client.post("/v2/models/late/infer", content=content + b"12345", headers=length)
    assert refused(response) == "request.bad_binary"
    assert "5 bytes are left over" in response.json()["error"]


def test_a_binary_size_without_the_header_is_refused_in_words(client: httpx.Client) -> None:
    given = {**MATRIX, "data": [], "parameters": {"binary_data_size": 32}}
    response = infer(client, {"inputs": [given]})
    assert refused(response) == "request.bad_shape"
    assert "Inference-Header-Content-Length is missing" in response.json()["error"]
