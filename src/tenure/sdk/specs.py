"""Specs from files or dicts, and what `t.plan` and `t.apply` do with them.

A file is read here, so that a mistake is told with its line; the server checks again.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenure.core.errors import not_found
from tenure.core.media import PARQUET, rows_media
from tenure.core.packages import name_of
from tenure.sdk import frames, packages
from tenure.sdk.nouns import Api, address

if TYPE_CHECKING:
    from tenure.core.spec.values import Spec

Json = dict[str, Any]
Source = str | PathLike[str] | Mapping[str, Any]
"""The path of a `tenure.toml`, or a spec as a dict in its canonical form."""
Data = Any
"""The path of a CSV or Parquet file, or rows as in `frames.Rows`; None: what the spec names."""


@dataclass(frozen=True, slots=True)
class Declared:
    """One model's spec, and the folder from which its paths are read."""

    spec: "Spec"
    folder: Path

    @property
    def address(self) -> str:
        """The model's address at the API."""
        return address("tenants", self.spec.model.tenant, "models", self.spec.model.name)


def read(source: Source) -> list[Declared]:
    """Return the specs of a file (several for a blueprint) or of a dict; raise `spec.…`."""
    from tenure.core.spec.parse import from_dict, packages_of, parse, query_files, specs

    if isinstance(source, Mapping):
        return [Declared(from_dict(dict(source)), Path())]
    path = Path(source)
    text = _text(path)
    queries = {name: _text(path.parent / name) for name in query_files(text, str(path))}
    code = packages.packed(path.parent, packages_of(text, str(path)))
    named = {name: name_of(data) for name, data in code.items()}
    return [Declared(spec, path.parent) for spec in specs(parse(text, str(path), queries, named))]


def plan(client: Api, declared: Declared, data: Data) -> Json:
    """Return what applying would change; changes nothing."""
    from tenure.core.spec.parse import to_dict

    rows = _rows(declared, data)
    digest = "sha256:" + hashlib.sha256(rows[0]).hexdigest() if rows else None
    body = {"spec": to_dict(declared.spec), "source_digest": digest}
    planned: Json = client.post(f"{declared.address}/plan", body)
    return planned


def apply(client: Api, declared: Declared, data: Data) -> Json:
    """Declare the model and import its rows; return {"model", "dataset"}."""
    from tenure.core.spec.parse import to_dict

    rows = _rows(declared, data)
    code = packages.of_spec(declared.spec, declared.folder)
    packages.hand_in(client, declared.spec.model.tenant, code.values())
    model = client.put(f"{declared.address}/spec", to_dict(declared.spec))
    dataset = client.upload(f"{declared.address}/datasets", *rows) if rows else None
    return {"model": model, "dataset": dataset}


def _rows(declared: Declared, data: Data) -> tuple[bytes, str] | None:
    """Return the rows as bytes with their media type; None when a dict's file is not at hand."""
    if data is None:
        path = declared.folder / declared.spec.data.source
        if not path.exists() and declared.folder == Path():
            return None
        return _file(path)
    if isinstance(data, str | PathLike):
        return _file(Path(data))
    return frames.parquet(frames.table_of(data)), PARQUET


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise not_found("spec.not_found", f"cannot be read: {error}", where=str(path)) from error


def _file(path: Path) -> tuple[bytes, str]:
    media = rows_media(str(path))
    try:
        return path.read_bytes(), media
    except OSError as error:
        raise not_found(
            "data.not_found", f"the rows cannot be read: {error.strerror}", where=str(path)
        ) from error
