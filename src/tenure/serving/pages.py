"""Everything of the protocol but inference: server and model metadata, readiness."""

from typing import Any

import tenure
from tenure.serving.columns import PREFERRED
from tenure.serving.endpoints import Endpoint
from tenure.serving.routes import Target, unknown_version


def server() -> dict[str, Any]:
    return {"name": "tenure", "version": tenure.__version__, "extensions": []}


def model(endpoint: Endpoint, target: Target) -> dict[str, Any]:
    """Describe the tensors; raise `version.not_found`."""
    if target.version is not None and endpoint.arm(target.version) is None:
        raise unknown_version(endpoint, target.version)
    release = endpoint.release
    features = [_tensor(c.name, PREFERRED[c.type]) for c in release.signature.features]
    named = {column.name for column in release.signature.features}
    others = [(name, "key") for name in release.key_columns]
    if release.time_column is not None:
        others.append((release.time_column, "time"))
    optional = [
        {**_tensor(name, "BYTES"), "parameters": {"optional": True, "role": role}}
        for name, role in others
        if name not in named
    ]
    return {
        "name": release.model_id,
        "versions": endpoint.versions,
        "platform": "tenure_model",
        "inputs": features + optional,
        "outputs": endpoint.outputs.described,
    }


def ready(endpoint: Endpoint, target: Target) -> dict[str, Any]:
    """Say that the model answers; raise `version.not_found`."""
    if target.version is not None and endpoint.arm(target.version) is None:
        raise unknown_version(endpoint, target.version)
    return {"name": endpoint.release.model_id, "ready": True}


def _tensor(name: str, datatype: str) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [-1]}
