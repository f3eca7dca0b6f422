# mypy: ignore-errors
# Its library lives in an environment of its own.
"""KServe: a custom predictor."""

import kserve
import numpy as np
from kserve import InferOutput, InferRequest, InferResponse
from loaded import predictor


class Peer(kserve.Model):
    def __init__(self) -> None:
        super().__init__("m")
        self.model = predictor()
        self.ready = True

    async def predict(self, payload: InferRequest, *_: object, **__: object) -> InferResponse:
        values = self.model(payload.inputs[0].as_numpy())
        output = InferOutput("probability", [len(values)], "FP64", np.asarray(values).tolist())
        return InferResponse(payload.id, "m", [output])


if __name__ == "__main__":
    kserve.ModelServer(access_log_format=None).start([Peer()])
