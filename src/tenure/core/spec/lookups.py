"""`[serve.lookup.<name>]`: features that are read by key when a request comes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tenure.core.errors import invalid
from tenure.core.lookups import NULL, REFUSE, STORED, Lookup, template
from tenure.core.spec.kinds import (
    Choice,
    Number,
    Schema,
    Text,
    bad_value,
    read_with,
    wrong_type,
)
from tenure.core.spec.listings import Free, Listing
from tenure.core.spec.nodes import Node, heading
from tenure.core.spec.problems import Problems, choose
from tenure.core.spec.queries import query_of
from tenure.core.spec.records import Key, Record

_WORDS = (NULL, REFUSE)
_REFERENCE = Text(
    pattern=rf"env:[A-Za-z_][A-Za-z0-9_]*|{STORED}",
    rule="must name a setting of the serving machine: secrets are not stored",
    secret=True,
)


def _refusing(parse: Callable[[str], object]) -> Callable[[str], object]:
    """Return the parser with a refusal that a spec's problems can tell."""

    def parsed(text: str) -> object:
        try:
            return parse(text)
        except ValueError as error:
            raise invalid("spec.bad_value", str(error), hint=f"such as {_EXAMPLE}") from None

    return parsed


_EXAMPLE = '"acme:customer:{customer_id}"'


@dataclass(frozen=True, slots=True)
class KeyTemplate:
    """A Redis key that names columns of the request between braces."""

    expected: str = "a text"

    def read(self, node: Node, problems: Problems) -> str | None:
        """Return the template as it was written."""
        found = read_with(_refusing(template), node, self.expected, problems)
        return None if found is None else str(node.value)

    def write(self, value: object) -> object:
        """Return the template."""
        return value

    def schema(self) -> Schema:
        """Return a string schema."""
        return {"type": "string", "pattern": r"\{[^{}]+\}"}


@dataclass(frozen=True, slots=True)
class Otherwise:
    """What holds without an answer: "null", "refuse", or a table with a value for each feature."""

    expected: str = '"null", "refuse", or a table of values'

    def read(self, node: Node, problems: Problems) -> object:
        """Return the word, or the values by feature."""
        if node.table is not None:
            return Free().read(node, problems)
        if not isinstance(node.value, str):
            wrong_type(node, self.expected, problems, 'otherwise = "null"')
            return None
        return Choice(_WORDS).read(node, problems)

    def write(self, value: object) -> object:
        """Return the word or the table."""
        return value

    def schema(self) -> Schema:
        """Return the schema of either."""
        plain: Schema = {"type": ["number", "string", "boolean"]}
        values: Schema = {"type": "object", "additionalProperties": plain}
        return {"anyOf": [Choice(_WORDS).schema(), values]}


_URL = Key("url", _REFERENCE, "the store, named by reference", "env:PROFILES", required=True)
_KEY = Key("key", KeyTemplate(), "the key in Redis", "acme:customer:{customer_id}")
_FILE = Key("query_file", Text(), "the file that holds the query", "profile.sql")
_QUERY = Key("query", Text(), "the query", "select id, plan from profiles where id in :id")
_REST = (
    Key(
        "features",
        Listing(Text(), least=1),
        "what is looked up unless the request brings it",
        ["plan", "tenure_days"],
        required=True,
    ),
    Key("timeout_ms", Number(above=0, high=10_000), "how long a request waits for it", 20.0),
    Key("otherwise", Otherwise(), "what holds without an answer", {"plan": "unknown"}),
)
_IN_FILE = Record((_URL, _KEY, _FILE, *_REST), part=Lookup)
_AS_VALUE = Record((_URL, _KEY, _QUERY, *_REST), part=Lookup)


@dataclass(frozen=True, slots=True)
class LookupKind:
    """One look-up. A file names the query's file; a value carries the query itself."""

    expected: str = "a table"

    def read(self, node: Node, problems: Problems) -> Lookup | None:
        """Return the look-up when its keys go together."""
        in_file = problems.queries is not None
        values = (_IN_FILE if in_file else _AS_VALUE).read(node, problems)
        if not isinstance(values, dict):
            return None
        query = query_of(values.pop("query_file"), node, problems) if "query_file" in values else ""
        if query is None:
            return None
        lookup = Lookup(name=node.name, **{"query": query, **values})
        return lookup if _goes_together(lookup, node, problems) else None

    def write(self, value: object) -> dict[str, object]:
        """Return the table that carries the query."""
        return _AS_VALUE.write(value)

    def schema(self) -> Schema:
        """Return the schema of what a file may say."""
        return _IN_FILE.schema()


def _goes_together(lookup: Lookup, node: Node, problems: Problems) -> bool:
    asks = "query_file" if problems.queries is not None else "query"
    if not lookup.key and node.child("key") is not None:
        return False  # it has been told what is wrong with its key
    if bool(lookup.key) == bool(lookup.query):
        message = f"{heading(node.path)} needs either key (Redis) or {asks} (SQL)"
        problems.add(node.path, "bad_value", message, f"such as key = {_EXAMPLE}")
        return False
    place = node.child(asks) or node
    try:
        columns = lookup.columns
    except ValueError as error:
        bad_value(place, problems, str(error), "such as: … where id in :id")
        return False
    for name in columns:
        if name in lookup.features:
            bad_value(
                node.child("key") or place,
                problems,
                f'"{name}" is looked up itself',
                "a key is made of what the request brings",
            )
            return False
    return _names_all(lookup.otherwise, lookup, node, problems)


def _names_all(otherwise: Any, lookup: Lookup, node: Node, problems: Problems) -> bool:
    """Return whether a table of fallbacks names each feature, and nothing else."""
    place = node.child("otherwise")
    if isinstance(otherwise, str) or place is None:
        return True
    for name, value in otherwise.items():
        child = place.child(name) or place
        if isinstance(value, list):
            wrong_type(child, "a text, a number, true or false", problems, 'plan = "unknown"')
            return False
        if name not in lookup.features:
            bad_value(child, problems, "is not looked up here", choose(name, lookup.features))
            return False
    left = [name for name in lookup.features if name not in otherwise]
    if left:
        hint = 'name each feature, or write otherwise = "null"'
        bad_value(place, problems, f'lacks "{left[0]}"', hint)
    return not left
