"""`tenure.lock`: what was inferred and resolved when a spec was applied, committed beside it.

Deterministic text, so that a difference in it is a difference in the data or in a default.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError, invalid
from tenure.core.spec.explain import DEFAULT, Effective
from tenure.core.spec.toml import toml_header, toml_pair

FORMAT = 1
MOST_LEVELS = 100
"""A category with more levels is written with their number only, and read back without them."""

_TITLE = "# Written by `tenure apply`. Commit it beside the spec; do not edit it.\n"


@dataclass(frozen=True, slots=True)
class Locked:
    """What holds for one tenant's model. `defaults` are the values that nobody wrote, by path."""

    tenant: str
    model: str
    spec: str  # digest
    dataset: str  # digest of the version
    source: str  # digest of the bytes it was imported from
    rows: int
    features: tuple[Column, ...]
    code: Mapping[str, str] = field(default_factory=dict)  # package by lane, where code trains
    classes: tuple[str, ...] = ()
    left_out: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, object] = field(default_factory=dict)


def chosen_defaults(effective: Iterable[Effective]) -> dict[str, object]:
    """Return the values that are defaults, by path, of what `explain` returned."""
    return {one.path: one.value for one in effective if one.origin == DEFAULT}


def write_lock(locked: Iterable[Locked]) -> str:
    """Return the text of a lock file; tenants come in the order of their names."""
    ordered = sorted(locked, key=lambda one: (one.tenant, one.model))
    blocks = [_TITLE + toml_pair("lock", FORMAT) + "\n"]
    for one in ordered:
        blocks += _blocks(one)
    return "\n".join(blocks)


def read_lock(text: str, file: str) -> tuple[Locked, ...]:
    """Return what a lock file says; raise `lock.malformed`, or `lock.newer`."""
    try:
        body = tomllib.loads(text)
        if body.get("lock", 0) > FORMAT:
            raise _newer(file)
        tenants = body.get("tenants", {}).items()
        return tuple(_locked(t, m, one) for t, models in tenants for m, one in models.items())
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        hint = "remove it: `tenure apply` writes it again"
        raise invalid("lock.malformed", "this is no lock file", where=file, hint=hint) from error


def departures(locked: Locked, features: Iterable[Column]) -> list[str]:
    """Return in words how columns depart from those that were locked; new ones do not."""
    there = {one.name: one for one in features}
    said = []
    for before in locked.features:
        now = there.get(before.name)
        if now is None:
            said.append(f"{before.name} is missing")
        elif now.type is not before.type:
            said.append(f"{before.name} is {now.type}, and was {before.type}")
        elif now.nulls and not before.nulls:
            said.append(f"{before.name} has missing values, and had none")
    return said


def _blocks(one: Locked) -> list[str]:
    start = ("tenants", one.tenant, one.model)
    head = {
        "spec": one.spec,
        "dataset": one.dataset,
        "source": one.source,
        "rows": one.rows,
        "classes": list(one.classes),
    }
    features = [_table((*start, "features", c.name), _column_table(c)) for c in one.features]
    code = [_table((*start, "code"), one.code)] if one.code else []
    left_out = [_table((*start, "left_out"), one.left_out)] if one.left_out else []
    defaults = [_table((*start, "defaults"), one.defaults)] if one.defaults else []
    return [_table(start, head), *code, *features, *left_out, *defaults]


def _table(path: tuple[str, ...], pairs: Mapping[str, object]) -> str:
    lines = [toml_pair(name, value) for name, value in pairs.items()]
    return "\n".join([toml_header(*path), *lines]) + "\n"


def _column_table(column: Column) -> dict[str, object]:
    table: dict[str, object] = {"type": column.type.value, "nulls": column.nulls}
    if len(column.levels) > MOST_LEVELS:
        table["levels_left_out"] = len(column.levels)
    elif column.levels:
        table["levels"] = list(column.levels)
    bounds = {"unit": column.unit, "min": column.min, "max": column.max}
    return table | {name: value for name, value in bounds.items() if value not in ("", None)}


def _locked(tenant: str, model: str, body: Mapping[str, Any]) -> Locked:
    features = tuple(_column(name, one) for name, one in body.get("features", {}).items())
    return Locked(
        tenant=tenant,
        model=model,
        spec=str(body["spec"]),
        dataset=str(body["dataset"]),
        source=str(body["source"]),
        rows=int(body["rows"]),
        features=features,
        code=dict(body.get("code", {})),
        classes=tuple(body["classes"]),
        left_out=dict(body.get("left_out", {})),
        defaults=dict(body.get("defaults", {})),
    )


def _column(name: str, body: Mapping[str, Any]) -> Column:
    rest = {key: body[key] for key in ("unit", "min", "max") if key in body}
    levels = tuple(body.get("levels", ()))
    return Column(name, ColumnType(body["type"]), bool(body["nulls"]), levels, **rest)


def _newer(file: str) -> TenureError:
    hint = "use the Tenure that wrote it, or a later one"
    return invalid("lock.newer", "a later Tenure wrote this lock file", where=file, hint=hint)
