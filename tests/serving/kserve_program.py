"""Asks a server as KServe's users do; run by `kserve_clients.py` in the client's own environment.

Takes the REST address, the gRPC address and a key; prints what came back as JSON.
"""

import asyncio
import json
import sys
from typing import Any

import numpy as np
from kserve import (  # type: ignore[import-not-found]  # not in our own environment
    InferenceGRPCClient,
    InferenceRESTClient,
    InferInput,
    InferRequest,
    RESTConfig,
)

ROWS = [[0.1, 0.2, 0.3, 0.4], [1.0, 2.0, 3.0, 4.0]]


def question(*, binary: bool) -> Any:
    tensor = InferInput("input-0", [2, 4], "FP64")
    if binary:
        tensor.set_data_from_numpy(np.array(ROWS), binary_data=True)
    else:
        tensor.data = [value for row in ROWS for value in row]
    return InferRequest(model_name="late", infer_inputs=[tensor], request_id="k1")


async def over_rest(url: str, key: str) -> dict[str, Any]:
    client = InferenceRESTClient(RESTConfig(protocol="v2"))
    found = {"live": await client.is_server_live(url), "ready": await client.is_server_ready(url)}
    for binary in (False, True):
        headers = {"Authorization": f"Bearer {key}"}
        asked = question(binary=binary)
        answer = await client.infer(url, asked, model_name="late", headers=headers)
        found["binary" if binary else "json"] = answer.outputs[0].as_numpy().tolist()
        found["id"] = answer.id
    model_headers = {"Authorization": f"Bearer {key}"}
    found["model"] = await client.is_model_ready(url, "late", headers=model_headers)
    await client.close()
    return found


async def over_grpc(address: str, key: str) -> dict[str, Any]:
    client = InferenceGRPCClient(address)
    headers = (("authorization", f"Bearer {key}"),)
    found = {"live": await client.is_server_live(headers=headers)}
    found["ready"] = await client.is_server_ready(headers=headers)
    found["model"] = await client.is_model_ready("late", headers=headers)
    for binary in (False, True):
        answer = await client.infer(question(binary=binary), headers=headers)
        found["binary" if binary else "json"] = answer.outputs[0].as_numpy().tolist()
        found["id"] = answer.id
    await client.close()
    return found


async def main() -> None:
    url, address, key = sys.argv[1:]
    found = {"rest": await over_rest(url, key), "grpc": await over_grpc(address, key)}
    sys.stdout.write(json.dumps(found))


asyncio.run(main())
