"""The OpenAPI document: FastAPI's own, with our replies, uploads, permissions and error shape.

Reply schemas are made from the core values that are sent, so they cannot differ from them.
`python -m tenure.api tests/golden/openapi.json` writes the document that the tests compare.
"""

import json
from collections.abc import Iterator
from typing import Any, TypeGuard

import msgspec
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from tenure.api.errors import ErrorBody
from tenure.api.routes import PUBLIC, GuardedRoute, Rule
from tenure.core.media import JSON

_REF = "#/components/schemas/{name}"
_ERRORS = {
    "401": ("NoKey", "no key, or not a valid one"),
    "403": ("NotAllowed", "the key's role may not do this"),
    "404": ("NotFound", "not there, or another tenant's"),
    "422": ("Invalid", "the input is wrong"),
    "default": ("Failed", "every other failure looks the same"),
}
Json = dict[str, Any]


def rules(app: FastAPI) -> Iterator[tuple[str, str, Rule]]:
    """Return method, path and rule of every route; a route without a rule has no place here."""
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if not isinstance(route, GuardedRoute):
            raise TypeError(f"{context.path} has no rule")
        for method in sorted(context.methods or ()):
            yield method, str(context.path), route.rule


def describe(app: FastAPI) -> Json:
    """Return the OpenAPI document of the app."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    schemas = _reply_schemas(app)
    for method, path, rule in rules(app):
        _complete(document["paths"][path][method.lower()], path, rule)
    components = document.setdefault("components", {})
    own = {k: v for k, v in components.get("schemas", {}).items() if "ValidationError" not in k}
    for name in own.keys() & schemas.keys():
        if set(own[name].get("enum", [name])) != set(schemas[name].get("enum", ())):
            raise ValueError(f"two things are called {name}")
    components["schemas"] = dict(sorted({**own, **schemas}.items()))
    components["responses"] = {name: _failure(words) for name, words in _ERRORS.values()}
    components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
    document["security"] = [{"key": []}]
    return document


def _complete(operation: Json, path: str, rule: Rule) -> None:
    """Add to one operation what FastAPI cannot know."""
    errors = {
        code: {"$ref": f"#/components/responses/{name}"} for code, (name, _) in _ERRORS.items()
    }
    success: Json = {"description": "done"}
    if rule.gives is not None:
        success["content"] = {"application/json": {"schema": _schema(rule)}}
    operation["responses"] = {str(rule.status): success, **errors}
    if rule.takes:
        content = {media: {"schema": _table(media)} for media in rule.takes}
        operation["requestBody"] = {"required": True, "content": content}
    if rule.permission is not None:
        operation["x-permission"] = rule.permission.value
    if path in PUBLIC:
        operation["security"] = []


def _schema(rule: Rule) -> Json:
    if not _is_named(rule.gives):
        return {"type": "object"}
    one = {"$ref": _REF.format(name=rule.gives.__name__)}
    if not rule.paged:
        return one
    following = {"type": ["string", "null"], "description": "`after` of the next page"}
    properties = {"items": {"type": "array", "items": one}, "next": following}
    return {"type": "object", "properties": properties, "required": ["items", "next"]}


def _table(media: str) -> Json:
    """Describe an uploaded table: rows as JSON objects, or a file."""
    if media != JSON:
        return {"type": "string", "format": "binary"}
    rows = {"type": "array", "items": {"type": "object"}}
    return {"type": "object", "additionalProperties": rows}


def _failure(words: str) -> Json:
    schema = {"$ref": _REF.format(name=ErrorBody.__name__)}
    return {"description": words, "content": {"application/json": {"schema": schema}}}


def _reply_schemas(app: FastAPI) -> Json:
    kinds = {rule.gives for _, _, rule in rules(app) if _is_named(rule.gives)}
    named = sorted(kinds, key=lambda kind: kind.__name__)
    _, schemas = msgspec.json.schema_components(
        [*named, ErrorBody], schema_hook=_anything, ref_template=_REF
    )
    return dict(schemas)


def _is_named(kind: object) -> TypeGuard[type]:
    return isinstance(kind, type) and kind is not dict


def _anything(_: type) -> Json:
    """Describe a value of which only the owner knows the type."""
    return {"description": "any JSON value"}


def text_of(document: Json) -> str:
    """Return the document as it is kept."""
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"
