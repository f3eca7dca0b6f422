"""The published schema and the parser say the same. After a change: GOLDEN=write pytest <here>."""

import json
import os
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings

from tenure.core.spec.clauses import ClauseKind
from tenure.core.spec.parse import parse, to_dict
from tenure.core.spec.problems import SpecError
from tenure.core.spec.records import Key, Named, Record, Wrapped
from tenure.core.spec.schema import DIALECT, json_schema
from tenure.core.spec.shape import FILE
from tenure.core.spec.toml import toml_value
from tenure.core.spec.values import Spec, SqlSource
from tests.core.spec import strategies
from tests.core.spec.test_problems import RIGHT, wrong
from tests.core.spec.validator import is_valid

GOLDEN = Path(__file__).parents[2] / "golden" / "spec.schema.json"
SCHEMA = json_schema()
BETWEEN_KEYS = {
    # What no schema can know: rules between keys, the calendar, and other files.
    "a clause on a foreign metric",
    "a clause without a rule",
    "a clause without its value",
    "a metric of another task",
    "a join on half a key",
    "labels final too early",
    "a query file that is not there",
    "the target as a feature",
    "the key as a feature",
    "levels of a number",
    "bounds the wrong way round",
    "bounds of a category",
    "a column of the house",
    "the target as the time",
    "the target in the key",
    "the time ignored",
    "windows without a time",
    "a challenger called champion",
    "a challenger that wakes on findings",
    "a cron that never comes",
    "shares that fall",
    "a challenger called canary",
    "a duration of nothing",
    "a size too small",
    "a parameter that is not finite",
    "a misspelt parameter",
    "a parameter out of range",
    "a parameter of another recipe",
    "a tenant in a blueprint",
    "a tenant that names another",
    "a look-up by two columns in one",
    "a look-up by the target",
    "training code that is not there",
    "a look-up by a number",
    "a look-up by what it looks up",
    "a look-up of the key",
    "a look-up without a way to ask",
    "a look-up with two ways to ask",
    "a look-up whose query asks for nobody",
    "a look-up whose query asks one by one",
    "a look-up whose query is not there",
    "a look-up with a misspelt fallback",
    "a look-up with half a fallback",
    "a look-up with a fallback of another type",
    "a look-up with a fallback out of range",
}


def test_the_schema_is_the_published_one() -> None:
    text = json.dumps(SCHEMA, indent=1, ensure_ascii=False) + "\n"
    if os.environ.get("GOLDEN") == "write":
        GOLDEN.write_text(text, "utf-8")
    assert text == GOLDEN.read_text("utf-8")
    assert SCHEMA["$schema"] == DIALECT


def test_a_full_spec_and_a_blueprint_are_valid() -> None:
    assert is_valid(tomllib.loads(RIGHT), SCHEMA)
    shared = RIGHT.replace('tenant  = "DL"\n', "")
    assert not is_valid(tomllib.loads(shared), SCHEMA)
    assert is_valid(tomllib.loads(shared + "[tenants.DL.train]\nseed = 3\n"), SCHEMA)


@settings(max_examples=40, deadline=None)
@given(strategies.specs())
def test_every_spec_in_its_canonical_form_is_valid(spec: Spec) -> None:
    body = to_dict(spec)
    if isinstance(spec.labels.source, SqlSource):
        body["labels"] = {"source": {"url": spec.labels.source.url, "query_file": "a.sql"}}
    for lookup in body["serve"].get("lookup", {}).values():  # type: ignore[attr-defined]  # a table
        if lookup.pop("query", None):
            lookup["query_file"] = "a.sql"
    assert is_valid(body, SCHEMA)


@pytest.mark.parametrize("name", sorted(wrong()))
def test_what_the_parser_refuses_the_schema_refuses(name: str) -> None:
    try:
        body = tomllib.loads(wrong()[name])
    except tomllib.TOMLDecodeError:
        assert name.startswith("no TOML")
        return
    assert is_valid(json.loads(json.dumps(body, default=lambda _: None)), SCHEMA) == (
        name in BETWEEN_KEYS
    )


def keys(kind: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Key]]:
    """Yield every key that the parser knows, with its path; named tables are called `x`."""
    if isinstance(kind, Wrapped):
        kind = kind.record
    if isinstance(kind, Named):
        yield from keys(kind.kind, (*path, "x"))
    if isinstance(kind, Record):
        for key in kind.keys:
            yield (*path, key.name), key
            yield from keys(key.kind, (*path, key.name))


ALL_KEYS = [(path, key) for path, key in keys(FILE) if not isinstance(key.kind, Record | Named)]


@pytest.mark.parametrize(
    ("path", "key"), ALL_KEYS, ids=lambda one: ".".join(one) if isinstance(one, tuple) else ""
)
def test_every_key_of_the_parser_is_in_the_schema(path: tuple[str, ...], key: Key) -> None:
    found: Any = SCHEMA["$defs"]
    found = found["part"]
    for step in path:
        inner = found.get("properties", {})
        found = inner[step] if step in inner else found["additionalProperties"]
    assert found["description"] == key.says
    assert found["examples"] == [key.example]
    assert is_valid(json.loads(json.dumps(key.example)), found, SCHEMA)


def properties(schema: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every key of the schema that has an example, with its path."""
    if "examples" in schema:
        yield path, schema["examples"][0]
    for name, one in schema.get("properties", {}).items():
        yield from properties(one, (*path, name))
    if isinstance(schema.get("additionalProperties"), dict):
        yield from properties(schema["additionalProperties"], (*path, "x"))
    for one in schema.get("anyOf", ()):
        yield from properties(one, path)


DEFINITIONS: Any = SCHEMA["$defs"]
EXAMPLES = [one for one in properties(DEFINITIONS["part"]) if "url" not in one[0]]


@pytest.mark.parametrize(("path", "example"), EXAMPLES, ids=lambda one: str(one)[:60])
def test_every_key_of_the_schema_is_known_to_the_parser(
    path: tuple[str, ...], example: object
) -> None:
    """Put the example alone into a blueprint's tenant: whatever is wrong, the key is known."""
    table = "".join(f".{step}" for step in path[:-1])
    body = RIGHT.replace('tenant  = "DL"\n', "") + f"[tenants.DL{table}]\n{path[-1]} = "
    assert refusals(body + toml_value(example)) <= {"spec.missing_key", "spec.bad_value"}


def refusals(text: str) -> set[str]:
    """Return the codes of everything that is wrong with a file."""
    try:
        parse(text, "tenure.toml", {"truth.sql": "select 1"}, {"train": f"sha256:{0:064d}"})
    except SpecError as error:
        return {one.code for one in error.errors}
    return set()


def test_a_clause_has_a_schema_for_each_predicate() -> None:
    found: Any = ClauseKind().schema()["anyOf"]
    assert all("require" in one["properties"] for one in found)
