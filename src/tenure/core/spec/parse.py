"""From the text of a spec to its values, and to the canonical form and back. No file is opened.

`parse` reads a file's text, `from_dict` the same thing as a value; both refuse everything that is
wrong at once, with `SpecError`. `to_dict` writes the canonical form: complete, one per spec.
"""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from tenure.core import digests
from tenure.core.deployments import CHAMPION
from tenure.core.errors import TenureError, invalid
from tenure.core.packages import ENTRY, top_of
from tenure.core.spec.blueprint import for_tenant, inherit, tenants_of, without_tenants
from tenure.core.spec.checks import check
from tenure.core.spec.nodes import Node, heading, label, plant
from tenure.core.spec.places import Path, find_places
from tenure.core.spec.problems import InFile, InValue, Problems
from tenure.core.spec.records import NAME
from tenure.core.spec.shape import FILE
from tenure.core.spec.values import UNTIMED_WINDOWS, Lane, Spec

_AT = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Declared:
    """One tenant's spec, with the tree that remembers where each value was written."""

    spec: Spec
    tree: Node


@dataclass(frozen=True, slots=True)
class SpecFile:
    """What a file declares: one spec, or a blueprint with one for each tenant."""

    file: str
    declared: tuple[Declared, ...]
    is_blueprint: bool
    lines: Mapping[Path, int]


def parse(
    text: str,
    file: str,
    queries: Mapping[str, str] | None = None,
    packages: Mapping[str, str] | None = None,
) -> SpecFile:
    """Return what the text of a spec file declares.

    `queries` holds the texts of the files that `query_files` names, `packages` the digests of the
    code that `packages_of` names. Raises `spec.bad_toml`, or `SpecError` with everything that is
    wrong.
    """
    tree = plant(load(text, file))
    lines = find_places(text)
    problems = Problems(InFile(file, lines), queries or {}, packages or {})
    declared = _declared(tree, problems)
    problems.refuse()
    return SpecFile(file, declared, bool(tenants_of(tree)), lines)


def specs(spec_file: SpecFile) -> tuple[Spec, ...]:
    """Return the specs of a file, one per tenant, in the order of the file."""
    return tuple(one.spec for one in spec_file.declared)


def query_files(text: str, file: str) -> tuple[str, ...]:
    """Return the paths of the query files that a spec names, relative to it."""
    tree = plant(load(text, file))
    found: dict[str, None] = {}
    for part in (tree, *tenants_of(tree).values()):
        lookups = part.find(("serve", "lookup")) or part
        named = [("serve", "lookup", name) for name in lookups.table or {}]
        for table in (("labels", "source"), *named):
            node = part.find((*table, "query_file"))
            if node is not None and isinstance(node.value, str):
                found[node.value] = None
    return tuple(found)


def packages_of(text: str, file: str) -> tuple[str, ...]:
    """Return the names of the packages that a spec trains with: `train` is train.py or train/."""
    tree = plant(load(text, file))
    found: dict[str, None] = {}
    for part in (tree, *tenants_of(tree).values()):
        lanes = [("challengers", name) for name in (part.child("challengers") or part).table or {}]
        for start in ((), *lanes):
            node = part.find((*start, "train", "code"))
            if node is not None and ENTRY.fullmatch(str(node.value)):
                found[top_of(str(node.value))] = None
    return tuple(found)


def from_dict(body: Mapping[str, object]) -> Spec:
    """Return the spec that a value declares; the places of its problems read `spec.train.recipe`.

    A database's or an API's copy of `to_dict` comes back equal. A blueprint is no spec. What was
    read lately is not read again: a house asks for the same few specs all the time.
    """
    try:
        return _remembered(_Body(json.dumps(body), body))
    except (TypeError, ValueError, RecursionError):  # JSON cannot hold it; what is wrong is told
        return _read(body)


@dataclass(frozen=True, slots=True)
class _Body:
    """A spec as a value, told apart by its text."""

    text: str
    body: Mapping[str, object] = field(compare=False)


@lru_cache(maxsize=256)
def _remembered(one: _Body) -> Spec:
    return _read(one.body)


def _read(body: Mapping[str, object]) -> Spec:
    tree = plant(body)
    problems = Problems(InValue())
    declared = _one(tree, problems)
    problems.refuse()
    if declared is None:
        raise invalid("spec.bad_value", "this is no spec", where="spec")
    return declared.spec


def to_dict(spec: Spec) -> dict[str, object]:
    """Return the canonical form, made of JSON types: every default filled in, absent things out.

    Features, clauses and challengers come in the order of their names, as `from_dict` makes them.
    """
    return FILE.write(spec)


def digest(spec: Spec) -> str:
    """Return the name of a spec's content."""
    return digests.of_value(to_dict(spec))


def load(text: str, file: str) -> dict[str, object]:
    """Return the values of a TOML text; raise `spec.bad_toml`."""
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _bad_toml(str(error), text, file) from error
    except RecursionError as error:
        raise invalid("spec.bad_toml", "values are nested too deeply", where=file) from error


def _bad_toml(message: str, text: str, file: str) -> TenureError:
    match = _AT.search(message)
    words = _AT.sub("", message)
    if match is None or match[1] is None:
        line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    else:
        line, column = int(match[1]), int(match[2])
    lines = text.splitlines()
    shown = lines[line - 1].strip() if line <= len(lines) else "the end of the file"
    where = f"{file}:{line}:{column}"
    hint = f'at: {shown}\n  texts stand in quotes: name = "value"; tables are [names]'
    return invalid(
        "spec.bad_toml", f"this is not TOML: {words[:1].lower()}{words[1:]}", where=where, hint=hint
    )


def _declared(tree: Node, problems: Problems) -> tuple[Declared, ...]:
    tenants = tree.child("tenants")
    if tenants is None:
        one = _one(tree, problems)
        return (one,) if one is not None else ()
    found = [_of_tenant(tree, name, own, problems) for name, own in tenants_of(tree).items()]
    if not found:
        hint = 'add a table for each tenant: [tenants.DL], or name one: [model] tenant = "DL"'
        problems.add(tenants.path, "missing_table", "the blueprint has no tenants", hint)
    return tuple(one for one in found if one is not None)


def _of_tenant(tree: Node, name: str, own: Node, problems: Problems) -> Declared | None:
    """Read one tenant's spec: the blueprint under its own tables."""
    if re.fullmatch(NAME, name) is None:
        hint = "letters, digits, '.', '_' and '-', at most 63"
        problems.add(own.path, "bad_value", f"{heading(own.path)}: {name!r} names no tenant", hint)
        return None
    if own.table is None:
        hint = f"write [tenants.{name}], with the parts that differ below it"
        problems.add(own.path, "wrong_type", f"{label(own.path)}: expected a table", hint)
        return None
    for part in (tree, own):
        node = part.find(("model", "tenant"))
        if node is not None:
            message = f"{label(node.path)}: a blueprint names its tenants by their tables"
            problems.add(node.path, "bad_value", message, f"take it out: [tenants.{name}] says it")
    return _one(for_tenant(without_tenants(tree), name, own), problems)


def _one(tree: Node, problems: Problems) -> Declared | None:
    whole = inherit(tree)
    spec = FILE.read(whole, problems)
    if not isinstance(spec, Spec):
        return None
    if not problems.any:
        spec = _with_defaults(whole, spec)
        check(whole, spec, problems)
    return Declared(spec, whole)


def _with_defaults(tree: Node, spec: Spec) -> Spec:
    """Fill in the default that depends on another key: without a time there is one window."""
    if spec.data.time is not None:
        return spec
    champion, *others = [_untimed(tree, lane) for lane in spec.lanes()]
    return replace(spec, train=champion.train, challengers=tuple(others))


def _untimed(tree: Node, lane: Lane) -> Lane:
    start: Path = () if lane.name == CHAMPION else ("challengers", lane.name)
    if tree.find((*start, "train", "windows")) is not None:
        return lane
    return replace(lane, train=replace(lane.train, windows=UNTIMED_WINDOWS))
