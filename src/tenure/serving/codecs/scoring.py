"""MLflow's scoring protocol as V2 requests: four ways to write a table in JSON, or CSV.

`dataframe_split`, `dataframe_records`, `inputs` (columns or rows), `instances` (rows). Clients of
MLflow write NaN into their JSON: here it is a missing value.
"""

import json
from collections.abc import Callable
from typing import Any

import msgspec

from tenure.core.errors import TenureError, invalid
from tenure.serving.codecs import tables
from tenure.serving.codecs.tables import Features
from tenure.serving.columns import shown
from tenure.serving.wire import InferRequest, OutputTensor, Tensor

_DECODER = msgspec.json.Decoder()


def decode(body: bytes, features: Features) -> InferRequest:
    """Return the request of a JSON body; raise `request.malformed` or `request.bad_shape`."""
    given = _object(body)
    if given.pop("params", None):
        raise _malformed("params", "the model takes none")
    forms = [name for name in given if name in _FORMS]
    if len(forms) != 1 or len(given) != 1:
        found = ", ".join(shown(name) for name in list(given)[:5]) or "nothing"
        raise invalid(
            "request.malformed",
            f"one of {', '.join(_FORMS)} was expected; the body has {found}",
        )
    (form,) = forms
    return InferRequest(_FORMS[form](form, given[form], features))


def decode_csv(body: bytes, features: Features) -> InferRequest:
    """Return the request of a CSV body."""
    return InferRequest(tables.of_csv(body, features))


def encode(outputs: list[OutputTensor]) -> bytes:
    """Return MLflow's answer: a value per row, or an object where there are several outputs."""
    rows = [tables.rows_of(output) for output in outputs]
    if len(rows) == 1:
        predictions: list[Any] = rows[0]
    else:
        names = [output.name for output in outputs]
        predictions = [dict(zip(names, values, strict=True)) for values in zip(*rows, strict=True)]
    return msgspec.json.encode({"predictions": predictions})


def _split(form: str, given: Any, features: Features) -> list[Tensor]:
    if type(given) is not dict or type(given.get("data")) is not list:
        raise _malformed(form, "an object with columns and data was expected")
    names = given.get("columns", list(features))
    if type(names) is not list or not all(type(name) is str for name in names):
        raise _malformed(form, "columns is a list of names")
    return tables.of_rows(names, given["data"], features)


def _records(form: str, given: Any, features: Features) -> list[Tensor]:
    if type(given) is not list:
        raise _malformed(form, "a list of objects was expected")
    return tables.of_records(given, features)


def _inputs(form: str, given: Any, features: Features) -> list[Tensor]:
    if type(given) is dict:
        return [_named(form, name, values, features) for name, values in given.items()]
    return _rows(form, given, features)


def _rows(form: str, given: Any, features: Features) -> list[Tensor]:
    if type(given) is not list:
        raise _malformed(form, "a list was expected")
    if given and type(given[0]) is dict:
        return tables.of_records(given, features)
    names = list(features)
    if len(names) == 1 and given and type(given[0]) is not list:
        return [tables.tensor(names[0], given, features)]
    return tables.of_rows(names, given, features)


def _named(form: str, name: str, values: Any, features: Features) -> Tensor:
    if type(values) is not list:
        raise _malformed(form, f"{shown(name)} is a list, one value per row")
    if values and type(values[0]) is list:
        return tables.of_rows([name], values, features)[0]
    return tables.tensor(name, values, features)


_FORMS: dict[str, Callable[[str, Any, Features], list[Tensor]]] = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "inputs": _inputs,
    "instances": _rows,
}


def _object(body: bytes) -> dict[str, Any]:
    try:
        given = _DECODER.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        given = _lenient(body)
    if type(given) is not dict:
        raise invalid("request.malformed", "the body is a JSON object")
    return given


def _lenient(body: bytes) -> Any:
    """Read JSON as Python writes it: with NaN."""
    try:
        return json.loads(str(body, "utf-8"), parse_constant=_constant)
    except (ValueError, RecursionError) as error:  # UTF-8's mistakes are ValueErrors
        raise invalid("request.malformed", f"the body is not JSON: {str(error)[:200]}") from None


def _constant(name: str) -> None:
    if name != "NaN":
        raise ValueError(f"{name} is no value; a missing one is null or NaN")


def _malformed(form: str, why: str) -> TenureError:
    return invalid("request.malformed", f"{form}: {why}")
