"""The data plane in OpenAPI 3.1: `GET /v2/openapi.json`, kept in tests/golden/serving_openapi.json.

`python -m tenure.serving.openapi FILE` writes it.
"""

import json
import sys
from pathlib import Path
from typing import Any

import tenure
from tenure.serving import openapi_schemas as schemas

Json = dict[str, Any]
PATH = "/v2/openapi.json"
_PARAMETERS = {
    "tenant": "A tenant's id: needed with a key of the house, allowed with the tenant's own.",
    "model": "A model's name.",
    "version": "A version that answers here; see the model's metadata.",
}
_ERRORS = {
    "400": "The request is wrong: `code` names the mistake, `error` says where it is.",
    "401": "The key is missing, unknown or expired.",
    "404": "There is no such model or version here.",
    "410": "The model was retired.",
    "413": "The body or its rows are too many.",
    "429": "Too much at once; see `Retry-After`.",
    "500": "The model failed, or the server did.",
    "503": "Not ready, or the log cannot keep up; see `Retry-After`.",
}


def document() -> Json:
    """Return the whole document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Tenure: predictions",
            "version": tenure.__version__,
            "description": "Open Inference Protocol V2 with binary tensors, and MLflow's scoring "
            "protocol. The key says whose models are meant.",
        },
        "security": [{"key": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
            "parameters": {name: _parameter(name, text) for name, text in _PARAMETERS.items()},
            "responses": {
                f"Error{status}": {"description": text, "content": _json("Error")}
                for status, text in _ERRORS.items()
            },
            "schemas": schemas.SCHEMAS,
        },
    }


def text() -> str:
    """Return the document as it is kept."""
    return json.dumps(document(), indent=1, ensure_ascii=False) + "\n"


def _paths() -> Json:
    paths: Json = {
        "/v2/health/live": {"get": _health("isLive", "The process turns", "Live")},
        "/v2/health/ready": {"get": _health("isReady", "Releases are applied", "Ready")},
        PATH: {"get": _page("describe", "This document", {"type": "object"})},
        "/metrics": {"get": _metrics()},
    }
    for prefix in ("", "/t/{tenant}"):
        paths[f"{prefix}/v2"] = {"get": _page("server", "Name, version, extensions", "Server")}
        for infix in ("", "/versions/{version}"):
            model = f"{prefix}/v2/models/{{model}}{infix}"
            paths |= {
                model: {"get": _page("model", "A model's tensors", "Model")},
                f"{model}/ready": {"get": _page("modelReady", "Whether it answers", "ModelReady")},
                f"{model}/infer": {"post": _infer()},
                f"{model}/invocations": {"post": _invocations()},
                f"{model}/explain": {"post": _explain()},
            }
    return {path: _named(path, operations) for path, operations in paths.items()}


def _named(path: str, operations: Json) -> Json:
    """Add the path's parameters, and make the operations' names unique."""
    found = [name for name in _PARAMETERS if f"{{{name}}}" in path]
    ((verb, operation),) = operations.items()
    suffix = {"tenant": "OfTenant", "version": "OfVersion"}
    name = operation["operationId"] + "".join(suffix.get(one, "") for one in found)
    path_item: Json = {verb: {**operation, "operationId": name}}
    if found:
        path_item["parameters"] = [{"$ref": f"#/components/parameters/{one}"} for one in found]
    return path_item


def _parameter(name: str, words: str) -> Json:
    schema = {"type": "string", "minLength": 1, "pattern": "^[^/]+$"}
    return {"name": name, "in": "path", "required": True, "description": words, "schema": schema}


def _health(operation_id: str, summary: str, schema: str) -> Json:
    answers: Json = {"200": {"description": "It is so.", "content": _json(schema)}}
    if schema == "Ready":
        answers["503"] = {"description": "Not yet.", "content": _json(schema)}
    return {"operationId": operation_id, "summary": summary, "security": [], "responses": answers}


def _page(operation_id: str, summary: str, schema: str | Json) -> Json:
    answer = {"description": summary + ".", "content": _json(schema)}
    return _operation(operation_id, summary, {"200": answer})


def _metrics() -> Json:
    content = {"text/plain": {"schema": {"type": "string"}}}
    answer = {"description": "Prometheus' text format.", "content": content}
    return _operation("metrics", "Figures of the key's tenant, or of the house", {"200": answer})


def _infer() -> Json:
    binary = {"schema": {"type": "string", "format": "binary"}}
    schema = {"type": "integer", "minimum": 0}
    length: Json = {
        "name": "Inference-Header-Content-Length",
        "in": "header",
        "description": "Bytes of the JSON in front of binary tensors.",
        "schema": schema,
    }
    answer = {
        "description": "The outputs.",
        "headers": {**schemas.ANSWER_HEADERS, length["name"]: {"schema": schema}},
        "content": {**_json("InferResponse"), "application/octet-stream": binary},
    }
    body = {"content": {**_json("InferRequest"), "application/octet-stream": binary}}
    return {
        **_operation("infer", "Answer rows (Open Inference Protocol V2)", {"200": answer}),
        "parameters": [length],
        "requestBody": {"required": True, **body},
    }


def _invocations() -> Json:
    table = {"text/csv": {"schema": {"type": "string"}}}
    answer = {
        "description": "The predictions, row by row.",
        "headers": schemas.ANSWER_HEADERS,
        "content": {**_json("Predictions"), **table},
    }
    named = {
        "name": "X-Request-Id",
        "in": "header",
        "description": "Names the request; issued when left out.",
        "schema": {"type": "string", "maxLength": 200},
    }
    return {
        **_operation("invocations", "Answer rows (MLflow's scoring protocol)", {"200": answer}),
        "parameters": [named],
        "requestBody": {"required": True, "content": {**_json("Invocation"), **table}},
    }


def _explain() -> Json:
    answer = {
        "description": "What each feature added to each answer, on the raw scale.",
        "headers": schemas.ANSWER_HEADERS,
        "content": _json("ExplainResponse"),
    }
    answers = {"200": answer, "409": {"description": "A black box.", "content": _json("Error")}}
    return {
        **_operation("explain", "Explain answers, feature by feature", answers),
        "requestBody": {"required": True, "content": _json("InferRequest")},
    }


def _operation(operation_id: str, summary: str, answers: Json) -> Json:
    errors = {status: {"$ref": f"#/components/responses/Error{status}"} for status in _ERRORS}
    return {"operationId": operation_id, "summary": summary, "responses": {**answers, **errors}}


def _json(schema: str | Json) -> Json:
    named = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
    return {"application/json": {"schema": named}}


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(text(), encoding="utf-8")
