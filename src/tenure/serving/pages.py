"""Everything but inference: server and model metadata, readiness, what /metrics adds."""

from typing import Any

import tenure
from tenure.core.errors import TenureError
from tenure.serving.codecs.binary import EXTENSION
from tenure.serving.columns import PREFERRED
from tenure.serving.endpoints import Endpoint
from tenure.serving.routes import Target, unknown_version


def server() -> dict[str, Any]:
    return {"name": "tenure", "version": tenure.__version__, "extensions": [EXTENSION]}


def model(endpoint: Endpoint, target: Target) -> dict[str, Any]:
    """Describe the tensors; raise `version.not_found`."""
    if target.version is not None and endpoint.arm(target.version) is None:
        raise unknown_version(endpoint, target.version)
    release = endpoint.release
    by = {name: lookup.name for lookup in release.lookups for name in lookup.features}
    features = [_feature(c.name, PREFERRED[c.type], by) for c in release.signature.features]
    named = {column.name for column in release.signature.features}
    others = dict.fromkeys(release.key_columns, "key")
    if release.time_column is not None:
        others.setdefault(release.time_column, "time")  # it may be a part of the key
    for name in (name for lookup in release.lookups for name in lookup.columns):
        others.setdefault(name, "lookup_key")
    optional = [
        {**_tensor(name, "BYTES"), "parameters": {"optional": True, "role": role}}
        for name, role in others.items()
        if name not in named
    ]
    return {
        "name": release.model_id,
        "versions": endpoint.versions,
        "platform": "tenure_model",
        "inputs": features + optional,
        "outputs": endpoint.outputs.described,
    }


async def ready(endpoint: Endpoint, target: Target) -> tuple[int, dict[str, Any]]:
    """Say whether the model answers, with the HTTP status; raise `version.not_found`.

    One that was never loaded is loaded to find out. One that was, and was evicted since, is not:
    asking about ten thousand models pushes none of them out.
    """
    arm = endpoint.arm(target.version)
    if arm is None:
        raise unknown_version(endpoint, str(target.version))
    name = endpoint.release.model_id
    try:
        arm.version.look()
        if arm.version.needs_proof:
            await arm.version.bring()
    except TenureError as error:
        return 503, {"name": name, "ready": False, "error": error.message, "code": error.code}
    return 200, {"name": name, "ready": True}


def _feature(name: str, datatype: str, by: dict[str, str]) -> dict[str, Any]:
    """Describe a feature; one that is looked up need not be sent."""
    found = _tensor(name, datatype)
    if name in by:
        found["parameters"] = {"optional": True, "role": "feature", "lookup": by[name]}
    return found


def _tensor(name: str, datatype: str) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [-1]}
