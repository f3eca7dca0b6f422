"""Who is asked by `serving`: how each is started, and what it takes for the same rows.

Every one gets one worker, its simplest production setting, no access log, and its own form of
request. Peers have no key, no prediction log, no drift profile, no second version; we have all.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.endpoints import FEATURES
from benchmarks.peers import environment

Rows = Sequence[Sequence[float]]
HERE = Path(__file__).parent
FASTAPI, MLSERVER = "fastapi", "mlserver"
_UVICORN = ("--loop", "uvloop", "--http", "httptools", "--ws", "none", "--no-access-log")
_LIKE_OURS = ("--log-level", "warning", "--timeout-keep-alive", "75")


@dataclass(frozen=True, slots=True)
class Contender:
    """A server of one model. `one` and `many` are the paths for a row and for many rows."""

    name: str
    command: Sequence[str]
    one: str
    many: str
    ask: Callable[[Rows], Any]
    read: Callable[[Any], list[float]]
    environment: Mapping[str, str] = field(default_factory=dict)
    distribution: str = ""  # whose version is told

    def body(self, rows: Rows) -> bytes:
        """Return the body for these rows."""
        return json.dumps(self.ask(rows)).encode()


@dataclass(frozen=True, slots=True)
class Model:
    """A model for the peers: what kind it is, and its file."""

    kind: str  # lightgbm | hgb
    file: Path


Make = Callable[[Model, Path, int], Contender]


def fastapi(model: Model, _: Path, port: int) -> Contender:
    """In our own environment, on the same uvicorn."""
    app = ("uvicorn", "benchmarks.peers.plain_fastapi:app")
    return Contender(
        FASTAPI,
        [sys.executable, "-m", *app, *_UVICORN, *_LIKE_OURS, "--port", str(port)],
        "/predict",
        "/predict-many",
        _flat,
        lambda said: _listed(said["probability"]),
        _model_of(model),
    )


def mlserver(model: Model, folder: Path, port: int) -> Contender:
    """V2, as ours; in this process, without its pool of workers."""
    lightgbm = model.kind == "lightgbm"
    runtime = "mlserver_lightgbm.LightGBMModel" if lightgbm else "mlserver_sklearn.SKLearnModel"
    settings = {
        "debug": False,
        "parallel_workers": 0,
        "host": "127.0.0.1",
        "http_port": port,
        "grpc_port": port + 1,
        "metrics_port": port + 2,
        "logging_settings": None,
    }
    described = {"name": "m", "implementation": runtime, "parameters": {"uri": str(model.file)}}
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps(described))
    path = "/v2/models/m/infer"
    wanted = {} if lightgbm else {"outputs": [{"name": "predict_proba"}]}
    return Contender(
        MLSERVER,
        [str(environment.ready("mlserver") / "mlserver"), "start", str(folder)],
        path,
        path,
        lambda rows: {**v2(rows), **wanted},
        lambda said: said["outputs"][0]["data"][slice(None) if lightgbm else slice(1, None, 2)],
        distribution="mlserver",
    )


def bentoml(model: Model, folder: Path, port: int) -> Contender:
    """Its own JSON: an array by name."""
    program = str(environment.ready("bentoml") / "bentoml")
    where = ("--working-dir", str(HERE / "peers"), "--port", str(port), "--host", "127.0.0.1")
    return Contender(
        "bentoml",
        [program, "serve", "bentoml_service:Peer", *where],
        "/predict",
        "/predict",
        lambda rows: {"rows": rows},
        list,
        {**_model_of(model), "BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": str(folder)},
        "bentoml",
    )


def mlflow(model: Model, folder: Path, port: int) -> Contender:
    """Its scoring protocol, `dataframe_split`."""
    programs = environment.ready("mlflow_serve")
    saved = folder / "saved"
    path = {"PATH": f"{programs}{os.pathsep}{os.environ['PATH']}"}
    environment.run(
        [str(programs / "python"), str(HERE / "peers" / "mlflow_model.py"), str(saved)],
        {**_model_of(model), **path},
    )
    serve = ("models", "serve", "-m", str(saved), "-w", "1", "--env-manager", "local")
    return Contender(
        "mlflow",
        [str(programs / "mlflow"), *serve, "-h", "127.0.0.1", "-p", str(port)],
        "/invocations",
        "/invocations",
        lambda rows: {"dataframe_split": {"columns": FEATURES, "data": rows}},
        lambda said: [_last(one) for one in said["predictions"]],
        path,
        "mlflow",
    )


def litserve(model: Model, _: Path, port: int) -> Contender:
    """One worker, one API server, its fast queue."""
    python = str(environment.ready("litserve") / "python")
    return Contender(
        "litserve",
        [python, str(HERE / "peers" / "litserve_app.py"), str(port)],
        "/predict",
        "/predict",
        lambda rows: {"rows": rows},
        lambda said: said["probability"],
        _model_of(model),
        "litserve",
    )


def kserve(model: Model, _: Path, port: int) -> Contender:
    """A custom predictor, V2, gRPC off."""
    python = str(environment.ready("kserve") / "python")
    options = ("--http_port", str(port), "--enable_grpc", "False", "--workers", "1")
    return Contender(
        "kserve",
        [python, str(HERE / "peers" / "kserve_model.py"), *options],
        "/v2/models/m/infer",
        "/v2/models/m/infer",
        lambda rows: {"id": "1", **v2(rows)},
        lambda said: said["outputs"][0]["data"],
        _model_of(model),
        "kserve",
    )


def ray_serve(model: Model, folder: Path, port: int) -> Contender:
    """One replica, access logs off."""
    python = str(environment.ready("rayserve") / "python")
    return Contender(
        "ray_serve",
        [python, str(HERE / "peers" / "ray_app.py"), str(port)],
        "/",
        "/",
        lambda rows: {"rows": rows},
        lambda said: said["probability"],
        {
            **_model_of(model),
            "RAY_TMPDIR": str(folder.parents[1]),  # its sockets lie deep, and a path has 107 bytes
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_AUTH_MODE": "disabled",
            "RAY_raylet_start_wait_time_s": "300",
        },
        "ray",
    )


def v2(rows: Rows) -> dict[str, Any]:
    """Return the rows as one tensor, as the clients of MLServer and KServe send them."""
    values = [value for row in rows for value in row]
    shape = [len(rows), len(FEATURES)]
    return {"inputs": [{"name": "rows", "shape": shape, "datatype": "FP64", "data": values}]}


PEERS: tuple[Make, ...] = (fastapi, mlserver, litserve, mlflow, bentoml, kserve, ray_serve)


def _flat(rows: Rows) -> Any:
    named = [dict(zip(FEATURES, row, strict=True)) for row in rows]
    return named[0] if len(named) == 1 else named


def _listed(value: Any) -> list[float]:
    return value if isinstance(value, list) else [value]


def _last(value: Any) -> float:
    return float(value[-1] if isinstance(value, list) else value)


def _model_of(model: Model) -> dict[str, str]:
    return {"MODEL_KIND": model.kind, "MODEL_FILE": str(model.file)}
