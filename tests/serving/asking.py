"""A question to a NUMERIC model, and what an answer and a refusal have to look like."""

from typing import Any

import httpx

MATRIX: dict[str, Any] = {
    "name": "input-0",
    "shape": [1, 4],
    "datatype": "FP64",
    "data": [0.1, 0.2, 0.3, 0.4],
}


def infer(client: httpx.Client, body: Any, path: str = "/v2/models/late/infer") -> httpx.Response:
    return client.post(path, json=body)


def good(response: httpx.Response) -> dict[str, Any]:
    assert response.status_code == 200, response.text
    body: dict[str, Any] = response.json()
    for output in body["outputs"]:
        assert set(output) >= {"name", "shape", "datatype", "data"}
    return body


def refused(response: httpx.Response, status: int = 400) -> str:
    """Check the protocol's error shape; return our code."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    body = response.json()
    assert isinstance(body["error"], str)
    assert body["error"]
    return str(body["code"])
