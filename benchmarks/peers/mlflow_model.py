# mypy: ignore-errors
# Its library lives in an environment of its own.
"""MLflow: save the model as `mlflow models serve` wants it."""

import os
import pickle
import sys
from pathlib import Path

import mlflow
import pandas as pd

ROW = pd.DataFrame([[0.0] * 20], columns=[f"f{place:02}" for place in range(20)])
SIGNATURE = mlflow.models.infer_signature(ROW)

if os.environ["MODEL_KIND"] == "lightgbm":
    import lightgbm

    booster = lightgbm.Booster(model_file=os.environ["MODEL_FILE"])
    mlflow.lightgbm.save_model(booster, sys.argv[1], signature=SIGNATURE)
else:
    mlflow.sklearn.save_model(
        pickle.loads(Path(os.environ["MODEL_FILE"]).read_bytes()),  # noqa: S301  # ours
        sys.argv[1],
        signature=SIGNATURE,
        serialization_format="cloudpickle",
        pyfunc_predict_fn="predict_proba",
    )
