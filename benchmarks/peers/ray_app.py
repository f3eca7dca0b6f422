# mypy: ignore-errors
# Its library lives in an environment of its own.
"""Ray Serve: one replica behind one proxy."""

import sys
import time

import numpy as np
import ray
from loaded import predictor
from ray import serve
from starlette.requests import Request

QUIET = {"enable_access_log": False}


@serve.deployment(max_ongoing_requests=256, logging_config=QUIET)
class Peer:
    def __init__(self) -> None:
        self.model = predictor()

    async def __call__(self, request: Request) -> dict:
        rows = (await request.json())["rows"]
        return {"probability": self.model(np.array(rows)).tolist()}


if __name__ == "__main__":
    ray.init(num_cpus=4, object_store_memory=200 << 20, include_dashboard=False)
    serve.start(http_options={"host": "127.0.0.1", "port": int(sys.argv[1])}, logging_config=QUIET)
    serve.run(Peer.bind())
    while True:
        time.sleep(3600)
