"""What `plan` and `apply` share: the declared models with their rows, and stored plans."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tenure.cli.session import Session
from tenure.core.errors import TenureError, conflict, invalid, not_found
from tenure.core.media import rows_media
from tenure.core.packages import name_of
from tenure.core.spec.difference import differences
from tenure.core.spec.parse import (
    SpecFile,
    from_dict,
    packages_of,
    parse,
    query_files,
    to_dict,
)
from tenure.core.spec.values import Spec
from tenure.sdk import packages
from tenure.sdk.nouns import address

Json = dict[str, Any]
FORMAT = 1
NO_TENANT = "tenant.not_found"


@dataclass(frozen=True, slots=True)
class Declaration:
    """One declared model. `rows` is where its data is; `digest` names the content.

    `folder` is where the spec stands, and the packages of training code beside it.
    """

    spec: Spec
    rows: Path
    digest: str
    folder: Path

    @property
    def path(self) -> str:
        return f"{self.spec.model.tenant}/{self.spec.model.name}"

    @property
    def address(self) -> str:
        return address("tenants", self.spec.model.tenant, "models", self.spec.model.name)

    @property
    def media(self) -> str:
        return rows_media(str(self.rows))


def read_spec(file: Path) -> SpecFile:
    """Return what the file declares, its query files read; raise `spec.…` with places."""
    text = _text(file)
    queries = {name: _text(file.parent / name) for name in query_files(text, str(file))}
    code = packages.packed(file.parent, packages_of(text, str(file)))
    named = {name: name_of(data) for name, data in code.items()}
    return parse(text, str(file), queries, named)


def declarations(spec_file: SpecFile) -> list[Declaration]:
    """Return every declared model with the digest of its rows; raise `data.…`."""
    folder = Path(spec_file.file).parent
    return [_declaration(one.spec, folder) for one in spec_file.declared]


def plan(session: Session, one: Declaration) -> Json:
    """Return what applying would change: changes, jobs, base ("" for a tenant not there yet)."""
    body = {"spec": to_dict(one.spec), "source_digest": one.digest}
    try:
        planned: Json = session.client.post(f"{one.address}/plan", body)
    except TenureError as error:
        if error.code != NO_TENANT:
            raise
        changes = [asdict(change) for change in differences(one.spec, None)]
        jobs = [f"create the tenant {one.spec.model.tenant}", "import the dataset"]
        jobs += ["train", "judge by the policy", "deploy"]
        return {"model": one.path, "changes": changes, "jobs": jobs, "base": ""}
    return planned


def is_due(planned: Json) -> bool:
    """Return whether the plan has anything to do."""
    return bool(planned["changes"] or planned["jobs"])


def store(file: Path, planned: Sequence[tuple[Declaration, Json]]) -> None:
    """Write a plan that `apply` takes; it holds the specs and names the rows by digest."""
    models = [
        {
            "spec": to_dict(one.spec),
            "rows": str(one.rows.absolute()),
            "source_digest": one.digest,
            "folder": str(one.folder.absolute()),
            "plan": result,
        }
        for one, result in planned
    ]
    body = {"format": FORMAT, "models": models}
    file.write_text(json.dumps(body, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def load(file: Path) -> list[tuple[Declaration, Json]]:
    """Return a stored plan; raise `plan.malformed`, or `plan.stale` when the rows changed."""
    try:
        found = _stored(json.loads(_text(file)))
    except (ValueError, KeyError, TypeError) as error:
        raise invalid(
            "plan.malformed", f"this is no plan: {error}", where=str(file), hint="tenure plan --out"
        ) from error
    for one, _ in found:
        if _digest(one.rows) != one.digest:
            raise stale(str(one.rows), "the rows have changed since the plan was made")
        code = packages.of_spec(one.spec, one.folder)
        if any(lane.train.code.package not in code for lane in one.spec.lanes() if lane.train.code):
            raise stale(str(one.folder), "the training code has changed since the plan was made")
    return found


def _stored(body: Any) -> list[tuple[Declaration, Json]]:
    if body["format"] != FORMAT:
        raise ValueError(f"format {body['format']}")
    return [
        (
            Declaration(
                from_dict(one["spec"]),
                Path(one["rows"]),
                str(one["source_digest"]),
                Path(one.get("folder", Path(one["rows"]).parent)),
            ),
            one["plan"],
        )
        for one in body["models"]
    ]


def stale(where: str, words: str) -> TenureError:
    """Return the error for a plan that no longer holds."""
    return conflict("plan.stale", words, where=where, hint="plan again: tenure plan --out …")


def _declaration(spec: Spec, folder: Path) -> Declaration:
    rows = folder / spec.data.source
    rows_media(str(rows), hint="[data] source")
    return Declaration(spec, rows, _digest(rows), folder)


def _digest(rows: Path) -> str:
    try:
        with rows.open("rb") as file:
            return "sha256:" + hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise not_found(
            "data.not_found",
            f"the rows cannot be read: {error.strerror}",
            where=str(rows),
            hint="[data] source is read from the folder of the spec",
        ) from error


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        hint = "tenure init data.csv writes one" if file.name == "tenure.toml" else ""
        raise not_found(
            "spec.not_found", f"cannot be read: {error}", where=str(file), hint=hint
        ) from error
