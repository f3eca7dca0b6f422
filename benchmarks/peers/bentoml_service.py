# mypy: ignore-errors
# Its library lives in an environment of its own.
"""BentoML: a service with one array in and one out."""

import bentoml
import numpy as np
from loaded import predictor


@bentoml.service(workers=1, traffic={"timeout": 60}, logging={"access": {"enabled": False}})
class Peer:
    def __init__(self) -> None:
        self.model = predictor()

    @bentoml.api
    def predict(self, rows: np.ndarray) -> np.ndarray:
        return self.model(rows)
