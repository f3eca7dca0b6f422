"""The JSON Schema of the spec file, made from the tables that drive the parser.

Editors complete and check a `tenure.toml` with it; rules between keys are the parser's alone.
"""

from collections.abc import Mapping

from tenure.core.spec.kinds import Schema
from tenure.core.spec.records import NAME
from tenure.core.spec.shape import FILE

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_REQUIRED = "required"


def json_schema() -> Schema:
    """Return the schema: a whole spec, or a blueprint whose parts may be incomplete."""
    whole = FILE.schema()
    partial = _optional(whole)
    tables = partial["properties"]
    if not isinstance(tables, dict):
        raise TypeError(tables)
    parts: Schema = {name: {"$ref": f"#/$defs/part/properties/{name}"} for name in tables}
    tenants: Schema = {
        "description": "makes the file a blueprint: what differs for each tenant",
        "type": "object",
        "minProperties": 1,
        "propertyNames": {"pattern": f"^{NAME}$"},
        "additionalProperties": {"$ref": "#/$defs/part"},
    }
    return {
        "$schema": DIALECT,
        "title": "tenure.toml",
        "description": "A model's declared life.",
        "type": "object",
        "properties": {**parts, "tenants": tenants},
        "additionalProperties": False,
        "if": {_REQUIRED: ["tenants"]},
        "else": {"$ref": "#/$defs/needs"},
        "$defs": {"part": partial, "needs": _needs(whole)},
    }


def _optional(schema: object) -> Schema:
    """Return the schema without any `required`: a part of a blueprint need not be complete."""
    return _without(schema) if isinstance(schema, Mapping) else {}


def _without(schema: Mapping[str, object]) -> Schema:
    found: Schema = {}
    for name, value in schema.items():
        if name == _REQUIRED and isinstance(value, list):
            continue
        if isinstance(value, Mapping):
            found[name] = _without(value)
        elif isinstance(value, list):
            found[name] = [_without(one) if isinstance(one, Mapping) else one for one in value]
        else:
            found[name] = value
    return found


def _needs(schema: Mapping[str, object]) -> Schema:
    """Return only what is required, table by table."""
    found: Schema = {}
    if _REQUIRED in schema:
        found[_REQUIRED] = schema[_REQUIRED]
    properties = schema.get("properties")
    inner = {
        name: needs
        for name, one in (properties.items() if isinstance(properties, Mapping) else ())
        if isinstance(one, Mapping) and (needs := _needs(one))
    }
    if inner:
        found["properties"] = inner
    extra = schema.get("additionalProperties")
    if isinstance(extra, Mapping) and (needs := _needs(extra)):
        found["additionalProperties"] = needs
    return found
