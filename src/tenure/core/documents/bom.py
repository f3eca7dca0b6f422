"""The ML-BOM of a version in CycloneDX 1.6: the model and its card, its files, its data.

https://cyclonedx.org/docs/1.6/json/ · the same figures as on the card.
"""

import uuid
from typing import Any

from tenure.core.datasets import DatasetVersion
from tenure.core.documents.dossier import Dossier
from tenure.core.errors import conflict
from tenure.core.versions import Version

Json = dict[str, Any]
_HOUSE = uuid.UUID("6f0cbb4f-0c2f-5d0b-9c1e-3f1f2a6c7d10")
"""The namespace of serial numbers: the same version as of the same time has one."""


def bom(one: Dossier, made_by: str) -> Json:
    """Return the bill of materials; `made_by` is Tenure's version. Raises `version.none_yet`."""
    version = one.version
    if version is None:
        raise conflict("version.none_yet", f"{one.model.path} has no version yet")
    name, at = one.name, one.at.isoformat().replace("+00:00", "Z")
    files = [_file(file, digest) for file, digest in sorted(version.files.items())]
    data = [_data(one.dataset)] if one.dataset is not None else []
    model = _model(one, version)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(_HOUSE, f'{name} {version.digest} {at}')}",
        "version": 1,
        "metadata": {
            "timestamp": at,
            "tools": {
                "components": [{"type": "application", "name": "tenure", "version": made_by}]
            },
            "component": model,
        },
        "components": [*files, *data],
        "dependencies": [
            {"ref": model["bom-ref"], "dependsOn": [part["bom-ref"] for part in [*files, *data]]},
            *({"ref": part["bom-ref"]} for part in [*files, *data]),
        ],
    }


def _model(one: Dossier, version: Version) -> Json:
    part = one.spec.model
    component: Json = {
        "type": "machine-learning-model",
        "bom-ref": f"model:{one.name}",
        "group": part.tenant,
        "name": part.name,
        "version": str(version.number),
        "hashes": [_hash(version.digest)],
        "modelCard": _card(one, version),
        "properties": _properties(one, version),
    }
    if part.purpose:
        component["description"] = part.purpose
    return component


def _card(one: Dossier, version: Version) -> Json:
    part = one.spec.model
    parameters: Json = {
        "approach": {"type": "supervised"},
        "task": part.task.value,
        "architectureFamily": version.runtime,
        "inputs": [{"format": f"{c.name}: {c.type.value}"} for c in version.signature.features],
        "outputs": [{"format": f"{version.signature.target}: {version.signature.task.value}"}],
    }
    if one.dataset is not None:
        parameters["datasets"] = [{"ref": f"data:{one.dataset.id}"}]
    metrics: list[Json] = [
        {"type": each.name, "value": str(each.value), "slice": "holdout"} for each in one.figures
    ]
    answers, labels, loss = one.realised
    if loss is not None:
        where = f"production: {labels} labels of {answers} answers"
        metrics.append({"type": one.spec.metric, "value": str(loss), "slice": where})
    card: Json = {"modelParameters": parameters}
    if metrics:
        card["quantitativeAnalysis"] = {"performanceMetrics": metrics}
    considerations: Json = {}
    if part.purpose:
        considerations["useCases"] = [part.purpose]
    if one.open_findings:
        considerations["technicalLimitations"] = [each.text for each in one.open_findings]
    if considerations:
        card["considerations"] = considerations
    return card


def _properties(one: Dossier, version: Version) -> list[Json]:
    run = one.run
    known: dict[str, object] = {
        "tree": version.digest,
        "assurance": version.state.value,
        "owner": one.spec.model.owner,
        "tier": one.spec.model.tier,
        "study": version.study_id,
        "run": version.run_id,
        "ledger": one.ledger[1],
    }
    if run is not None:
        known |= {"trainedBy": run.entry or run.recipe, "seed": run.seed, "code": run.code_digest}
    if one.decision is not None:
        known |= {"decision": one.decision.id, "policy": one.decision.policy_digest}
    return [
        {"name": f"tenure:{name}", "value": str(value)} for name, value in known.items() if value
    ]


def _file(name: str, digest: str) -> Json:
    return {"type": "file", "bom-ref": f"file:{name}", "name": name, "hashes": [_hash(digest)]}


def _data(dataset: DatasetVersion) -> Json:
    columns = ", ".join(column.name for column in dataset.signature.features)
    return {
        "type": "data",
        "bom-ref": f"data:{dataset.id}",
        "name": f"{dataset.tenant_id}/{dataset.model_id} rows",
        "version": str(dataset.number),
        "hashes": [_hash(dataset.digest)],
        "data": [
            {
                "type": "dataset",
                "name": dataset.id,
                "description": f"{dataset.rows} rows; columns {columns}",
            }
        ],
    }


def _hash(digest: str) -> Json:
    return {"alg": "SHA-256", "content": digest.removeprefix("sha256:")}
