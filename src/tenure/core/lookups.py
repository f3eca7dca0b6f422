"""Look-ups: features that are read from a client's own store, by a key, when a request comes.

A key is made of columns of the request. In Redis it is a template, `acme:customer:{customer_id}`,
in SQL a query that asks for many at once, `… where customer_id in :customer_id`.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import Formatter

from tenure.core.columns import Column
from tenure.core.errors import Kind, TenureError, invalid
from tenure.core.lookup_values import UnfitError, fitted

FOUND, MISSING, TIMEOUT, ERROR, NOT_ASKED = HOWS = (
    "looked up",
    "missing",
    "timeout",
    "error",
    "not asked",
)
"""What became of a row's look-up: `error` is a store that failed or a value that does not fit,
`not asked` one that is left alone for a while because it failed time and again."""

NULL, REFUSE = "null", "refuse"
"""What is done without a value besides naming one: take it as missing, or refuse the request."""

SCHEMES = ("env:", "file:", "vault:", "k8s:")
"""How a reference to a secret begins; `adapters/secrets` reads them."""
STORED = r"file:/[^\x00]+|vault:[^\x00#]+#[^\x00#]+|k8s:[^/\x00]+/[^/\x00]+/[^/\x00]+"
"""References in a spec that name no variable; a regular expression."""

Key = tuple[str, ...]
"""The texts of one row's key columns, in the order of `Lookup.columns`."""
Value = str | int | float | bool | None
_BIND = re.compile(r"(?<![:\w\\]):([A-Za-z_]\w*)(?!:)")
_IN = re.compile(r"\bin\s+$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Lookup:
    """`[serve.lookup.<name>]`: which features, from where, by what, and what without an answer.

    `url` names a secret of the serving machine (`env:NAME`, `file:/PATH`, `vault:…`, `k8s:…`), never
    an address.
    Exactly one of `key` (Redis) and `query` (SQL) is given. `otherwise` is "null", "refuse", or a
    value for each feature.
    """

    name: str
    url: str
    features: tuple[str, ...]
    key: str = ""
    query: str = ""
    timeout_ms: float = 20.0
    otherwise: str | dict[str, Value] = REFUSE

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the request that make the key."""
        return template(self.key).columns if self.key else parameters(self.query)


@dataclass(frozen=True, slots=True)
class Template:
    """A Redis key: `texts` stand around the `columns`, so there is one text more."""

    texts: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def separators(self) -> frozenset[str]:
        """What no value may hold, so that a key says one thing only: its own punctuation."""
        return frozenset(c for c in "".join(self.texts) if not c.isalnum())

    def fill(self, key: Key) -> str:
        """Return the key; raise `lookup.bad_key` for a value that would make it another's."""
        separators = self.separators
        for column, value in zip(self.columns, key, strict=True):
            odd = next((c for c in value if c in separators or not c.isprintable()), None)
            if odd is not None or not value:
                what = f"holds {odd!r}" if odd else "is empty"
                words = f"{column!r} {what}, which no key of a look-up may"
                raise invalid("lookup.bad_key", words)
        parts = [part for pair in zip(self.texts, key, strict=False) for part in pair]
        return "".join((*parts, self.texts[-1]))


def template(text: str) -> Template:
    """Return a key's template; raise ValueError with what is wrong with it."""
    texts: list[str] = [""]
    columns: list[str] = []
    for literal, field, spec, conversion in Formatter().parse(text):
        texts[-1] += literal
        if field is None:
            continue
        if not field or spec or conversion:
            raise ValueError("a column's name stands between { and }")
        if columns and not any(not c.isalnum() for c in texts[-1]):
            raise ValueError("two columns need a sign between them, such as ':'")
        columns.append(field)
        texts.append("")
    if not columns:
        raise ValueError("it names no column of the request")
    if len(set(columns)) < len(columns):
        raise ValueError("it names a column twice")
    return Template(tuple(texts), tuple(columns))


def parameters(query: str) -> tuple[str, ...]:
    """Return the columns that a query asks by; raise ValueError with what is wrong with it."""
    found: list[str] = []
    for match in _BIND.finditer(query):
        name = match[1]
        if not _IN.search(query[: match.start()]):
            raise ValueError(f"rows are asked for together: write … in :{name}")
        if name in found:
            raise ValueError(f":{name} stands twice")
        found.append(name)
    if not found:
        raise ValueError("it asks by no column of the request")
    return tuple(found)


def misfits(lookup: Lookup, column: Column) -> str:
    """Return why `otherwise` gives the column nothing that it can hold, or ""."""
    if lookup.otherwise == REFUSE:
        return ""
    value = None if isinstance(lookup.otherwise, str) else lookup.otherwise.get(column.name)
    if value is None:
        return "" if column.nulls else f"{column.name!r} must not be null"
    try:
        fitted(column, value)
    except UnfitError:
        return f"{column.name!r} is a {column.type} that cannot hold {value!r}"
    return ""


def check(lookups: Sequence[Lookup], columns: Sequence[Column]) -> None:
    """Raise `lookup.unknown_feature` or `lookup.bad_otherwise` for what a model cannot take."""
    known = {column.name: column for column in columns}
    for lookup in lookups:
        where = f"[serve.lookup.{lookup.name}]"
        for name in lookup.features:
            if name not in known:
                words = f"the data has no feature {name!r}"
                hint = f"features: {', '.join(list(known)[:10])}"
                raise invalid("lookup.unknown_feature", words, where=where, hint=hint)
            if why := misfits(lookup, known[name]):
                hint = 'name a value in otherwise, or write otherwise = "refuse"'
                raise invalid("lookup.bad_otherwise", why, where=where, hint=hint)


@dataclass(frozen=True, slots=True)
class Allowance:
    """A reference that a tenant's specs may name, and how their keys in Redis must begin."""

    tenant_id: str
    url: str
    prefix: str = ""

    def __str__(self) -> str:
        """As it is written in the settings: `acme=env:PROFILES`, `acme=env:SHARED acme:`."""
        return f"{self.tenant_id}={self.url}" + (f" {self.prefix}" if self.prefix else "")


def allowance(text: str) -> Allowance:
    """Return what `TENANT=REFERENCE` or `TENANT=REFERENCE PREFIX` allows; raise ValueError."""
    tenant_id, equals, rest = text.strip().partition("=")
    url, _, prefix = rest.strip().partition(" ")
    if not (tenant_id and equals and url.startswith(SCHEMES)):
        raise ValueError('such as "acme=env:PROFILES" was expected')
    return Allowance(tenant_id, url, prefix.strip())


def check_allowed(
    allowances: Sequence[Allowance], tenant_id: str, lookups: Sequence[Lookup]
) -> None:
    """Raise `lookup.not_allowed` for a reference or a key that the operator has not allowed."""
    for lookup in lookups:
        mine = [a for a in allowances if (a.tenant_id, a.url) == (tenant_id, lookup.url)]
        where = f"[serve.lookup.{lookup.name}]"
        if not mine:
            words = f"{tenant_id} may not look up in {lookup.url}"
            hint = f'the operator allows it: lookups = ["{tenant_id}={lookup.url}"]'
            raise TenureError(Kind.DENIED, "lookup.not_allowed", words, where=where, hint=hint)
        start = template(lookup.key).texts[0] if lookup.key else ""
        prefixes = [one.prefix for one in mine]
        if not any(start.startswith(prefix) for prefix in prefixes):
            words = f"{tenant_id}'s keys in {lookup.url} begin with {' or '.join(prefixes)}"
            raise TenureError(Kind.DENIED, "lookup.not_allowed", words, where=where)


def told(hows: Mapping[str, str]) -> str:
    """Return a row's look-ups as the log holds them: feature → how, as a JSON object."""
    return json.dumps(hows, ensure_ascii=False, separators=(",", ":"))
