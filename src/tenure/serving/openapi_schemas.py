"""The bodies of the data plane as JSON Schema, for `openapi.py`."""

from typing import Any

from tenure.core.contributions import LINKS, METHODS
from tenure.serving.columns import DATATYPES

Json = dict[str, Any]
_TEXT: Json = {"type": "string"}
_SHAPE: Json = {"type": "array", "items": {"type": "integer"}}
_PARAMETERS: Json = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean"]},
}
_DATATYPE: Json = {"type": "string", "enum": sorted(DATATYPES)}
_ROWS: Json = {"type": "array"}


def _object(required: list[str], **properties: Json) -> Json:
    return {"type": "object", "required": required, "properties": properties}


def _list(schema: str) -> Json:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{schema}"}}


def _maybe(schema: Json) -> Json:
    return {"anyOf": [schema, {"type": "null"}]}


SCHEMAS: Json = {
    "Error": _object(["error", "code"], error=_TEXT, code=_TEXT),
    "Live": _object(["live"], live={"type": "boolean"}),
    "Ready": _object(["ready"], ready={"type": "boolean"}),
    "Server": _object(
        ["name", "version", "extensions"],
        name=_TEXT,
        version=_TEXT,
        extensions={"type": "array", "items": _TEXT},
    ),
    "TensorMetadata": _object(
        ["name", "datatype", "shape"],
        name=_TEXT,
        datatype=_DATATYPE,
        shape=_SHAPE,
        parameters=_PARAMETERS,
    ),
    "Model": _object(
        ["name", "versions", "platform", "inputs", "outputs"],
        name=_TEXT,
        versions={"type": "array", "items": _TEXT},
        platform=_TEXT,
        inputs=_list("TensorMetadata"),
        outputs=_list("TensorMetadata"),
    ),
    "ModelReady": _object(["name", "ready"], name=_TEXT, ready={"type": "boolean"}),
    "InputTensor": _object(
        ["name", "shape", "datatype"],
        name=_TEXT,
        shape=_SHAPE,
        datatype=_DATATYPE,
        parameters=_maybe(_PARAMETERS),
        data={"type": "array", "description": "Row-major, flat or nested; null is missing."},
    ),
    "RequestedOutput": _object(["name"], name=_TEXT, parameters=_maybe(_PARAMETERS)),
    "InferRequest": _object(
        ["inputs"],
        id=_maybe({"type": "string", "maxLength": 200}),
        parameters=_maybe(_PARAMETERS),
        inputs=_list("InputTensor"),
        outputs=_maybe(_list("RequestedOutput")),
    ),
    "OutputTensor": _object(
        ["name", "shape", "datatype"],
        name=_TEXT,
        shape=_SHAPE,
        datatype=_DATATYPE,
        parameters=_PARAMETERS,
        data={"type": "array"},
    ),
    "InferResponse": _object(
        ["model_name", "model_version", "id", "outputs"],
        model_name=_TEXT,
        model_version=_TEXT,
        id=_TEXT,
        outputs=_list("OutputTensor"),
    ),
    "ExplainResponse": _object(
        ["model_name", "model_version", "id", "parameters", "outputs"],
        model_name=_TEXT,
        model_version=_TEXT,
        id=_TEXT,
        parameters=_object(
            ["method", "link"],
            method={"type": "string", "enum": sorted(METHODS)},
            link={"type": "string", "enum": sorted(LINKS)},
        ),
        outputs=_list("OutputTensor"),
    ),
    "Invocation": {
        "type": "object",
        "description": "A table, in one of four ways.",
        "oneOf": [
            _object(
                ["dataframe_split"],
                dataframe_split=_object(
                    ["data"], columns={"type": "array", "items": _TEXT}, data=_ROWS, index=_ROWS
                ),
            ),
            _object(
                ["dataframe_records"],
                dataframe_records={"type": "array", "items": {"type": "object"}},
            ),
            _object(
                ["inputs"],
                inputs={"anyOf": [_ROWS, {"type": "object", "additionalProperties": _ROWS}]},
            ),
            _object(["instances"], instances=_ROWS),
        ],
    },
    "Predictions": _object(["predictions"], predictions={"type": "array"}),
}
ANSWER_HEADERS: Json = {
    "X-Request-Id": {"description": "Names the request; labels join by it.", "schema": _TEXT},
    "X-Tenure-Version": {"description": "The version that answered.", "schema": _TEXT},
}
