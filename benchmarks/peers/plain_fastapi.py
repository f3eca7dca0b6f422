"""The peer of serving: what one writes with FastAPI in ten minutes, the fast way.

The row is a pydantic model, the handler a coroutine (no thread per request), LightGBM on one
thread. No key, no log, no shadows, no versions.
"""

import os

import lightgbm
import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()
booster = lightgbm.Booster(model_file=os.environ["MODEL_FILE"])


class Row(BaseModel):
    """One row: key, time and the features, in the order of the model."""

    id: str
    at: str
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


FEATURES = [name for name in Row.model_fields if name.startswith("f")]


@app.post("/predict")
async def predict(row: Row) -> dict[str, float]:
    """Answer one row."""
    values = np.array([[getattr(row, name) for name in FEATURES]])
    return {"probability": float(booster.predict(values, num_threads=1)[0])}


@app.get("/ready")
async def ready() -> dict[str, bool]:
    """Say that requests are taken."""
    return {"ready": True}
