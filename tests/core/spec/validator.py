"""Just enough of JSON Schema 2020-12 to check a spec with the schema that we publish."""

import re
from collections.abc import Mapping
from typing import Any

Schema = Mapping[str, Any]

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}
UNDERSTOOD = {
    *("$schema", "$defs", "$ref", "title", "description", "examples", "default"),
    *("type", "enum", "const", "pattern", "minLength", "minimum", "maximum", "exclusiveMinimum"),
    *("properties", "additionalProperties", "propertyNames", "required", "minProperties"),
    *("items", "uniqueItems", "minItems", "anyOf", "not", "if", "else"),
}


def is_valid(value: object, schema: Schema, root: Schema | None = None) -> bool:
    """Return whether the value satisfies the schema."""
    root = root if root is not None else schema
    unknown = set(schema) - UNDERSTOOD
    if unknown:
        raise ValueError(unknown)
    if "$ref" in schema and not is_valid(value, _at(root, schema["$ref"]), root):
        return False
    if "anyOf" in schema and not any(is_valid(value, one, root) for one in schema["anyOf"]):
        return False
    if "not" in schema and is_valid(value, schema["not"], root):
        return False
    if "if" in schema and not is_valid(value, schema["if"], root):
        return is_valid(value, schema["else"], root) and _plain(value, schema, root)
    return _plain(value, schema, root)


def _plain(value: object, schema: Schema, root: Schema) -> bool:
    if not _has_type(value, schema.get("type")):
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "const" in schema and value != schema["const"]:
        return False
    match value:
        case bool():
            return True
        case str():
            return _text(value, schema)
        case int() | float():
            return _number(value, schema)
        case dict():
            return _object(value, schema, root)
        case list():
            return _array(value, schema, root)
    return True


def _has_type(value: object, wanted: str | list[str] | None) -> bool:
    if wanted is None:
        return True
    names = [wanted] if isinstance(wanted, str) else wanted
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, _TYPES[name]) for name in names)


def _text(value: str, schema: Schema) -> bool:
    fits = re.search(schema.get("pattern", ""), value) is not None
    return fits and len(value) >= schema.get("minLength", 0)


def _number(value: float, schema: Schema) -> bool:
    low, high = schema.get("minimum", value), schema.get("maximum", value)
    above = schema.get("exclusiveMinimum")
    return bool(low <= value <= high and (above is None or value > above))


def _object(value: dict[str, object], schema: Schema, root: Schema) -> bool:
    if any(name not in value for name in schema.get("required", ())):
        return False
    if len(value) < schema.get("minProperties", 0):
        return False
    properties, rest = schema.get("properties", {}), schema.get("additionalProperties", True)
    for name, one in value.items():
        if "propertyNames" in schema and not is_valid(name, schema["propertyNames"], root):
            return False
        inner = properties.get(name, rest)
        if inner is False or (inner is not True and not is_valid(one, inner, root)):
            return False
    return True


def _array(value: list[object], schema: Schema, root: Schema) -> bool:
    if len(value) < schema.get("minItems", 0):
        return False
    if schema.get("uniqueItems") and len({str(one) for one in value}) < len(value):
        return False
    return all(is_valid(one, schema.get("items", {}), root) for one in value)


def _at(root: Schema, reference: str) -> Schema:
    found: Any = root
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found  # type: ignore[no-any-return]  # a JSON document is made of anything
