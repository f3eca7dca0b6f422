"""Writes `tenure.lock`: what was inferred and resolved, beside the spec."""

from pathlib import Path
from typing import Any

from tenure.cli.session import Session
from tenure.core import digests
from tenure.core.columns import Column, ColumnType
from tenure.core.spec.explain import explain
from tenure.core.spec.lockfile import Locked, chosen_defaults, write_lock
from tenure.core.spec.parse import SpecFile, to_dict
from tenure.core.spec.values import Spec
from tenure.sdk.nouns import address


def write_lock_of(session: Session, spec_file: SpecFile, path: Path) -> Path:
    """Write the lock of every model of the file; leave it alone when it says the same."""
    text = write_lock(_locked(session, spec_file, one.spec) for one in spec_file.declared)
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
    return path


def _locked(session: Session, spec_file: SpecFile, spec: Spec) -> Locked:
    tenant, model = spec.model.tenant, spec.model.name
    place = address("tenants", tenant, "models", model, "datasets")
    dataset = list(session.client.pages(place))[-1]
    signature = dataset["signature"]
    return Locked(
        tenant=tenant,
        model=model,
        spec=digests.of_value(to_dict(spec)),
        dataset=dataset["digest"],
        source=dataset["source_digest"],
        rows=dataset["rows"],
        features=tuple(_column(column) for column in signature["features"]),
        code={lane.name: lane.train.code.package for lane in spec.lanes() if lane.train.code},
        classes=tuple(signature["classes"]),
        defaults=chosen_defaults(explain(spec_file, tenant)),
    )


def _column(body: dict[str, Any]) -> Column:
    return Column(**{**body, "type": ColumnType(body["type"]), "levels": tuple(body["levels"])})
