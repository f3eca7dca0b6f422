# mypy: ignore-errors
# Its library lives in an environment of its own.
"""LitServe: one worker behind one API server."""

import sys

import litserve
import numpy as np
from loaded import predictor


class Peer(litserve.LitAPI):
    def setup(self, device: str) -> None:  # noqa: ARG002  # LitServe's signature
        self.model = predictor()

    def decode_request(self, request: dict) -> np.ndarray:
        return np.array(request["rows"])

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.model(x)

    def encode_response(self, output: np.ndarray) -> dict:
        return {"probability": output.tolist()}


if __name__ == "__main__":
    server = litserve.LitServer(Peer(), accelerator="cpu", workers_per_device=1, fast_queue=True)
    server.run(
        host="127.0.0.1",
        port=int(sys.argv[1]),
        num_api_servers=1,
        log_level="warning",
        access_log=False,
        generate_client_file=False,
    )
