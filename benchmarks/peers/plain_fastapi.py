"""The peer of serving: what one writes with FastAPI in ten minutes, the fast way.

A row is a pydantic model, the handler a coroutine (no thread per request), the model on one
thread. No key, no log, no shadows, no versions.
"""

from typing import Any

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

from benchmarks.peers.loaded import predictor

app = FastAPI()


class Row(BaseModel):
    """One row: the features in the order of the model."""

    f00: float
    f01: float
    f02: float
    f03: float
    f04: float
    f05: float
    f06: float
    f07: float
    f08: float
    f09: float
    f10: float
    f11: float
    f12: float
    f13: float
    f14: float
    f15: float
    f16: float
    f17: float
    f18: float
    f19: float


FEATURES = list(Row.model_fields)


predict_rows = predictor()


def _values(rows: list[Row]) -> np.ndarray[Any, Any]:
    return np.array([[getattr(row, name) for name in FEATURES] for row in rows])


@app.post("/predict")
async def predict(row: Row) -> dict[str, float]:
    """Answer one row."""
    return {"probability": float(predict_rows(_values([row]))[0])}


@app.post("/predict-many")
async def predict_many(rows: list[Row]) -> dict[str, list[float]]:
    """Answer many rows."""
    return {"probability": predict_rows(_values(rows)).tolist()}
