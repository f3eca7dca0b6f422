"""Predictions by the Open Inference Protocol V2: frames to tensors, tensors to answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tenure.core.errors import invalid

if TYPE_CHECKING:
    import pyarrow as pa

    from tenure.sdk.http import Http

BATCH = 10_000
"""Rows in one request."""


@dataclass(frozen=True, slots=True)
class Answer(Sequence[Any]):
    """What a model said of some rows; itself a sequence with one item per row.

    An item is a probability of the second class (binary), a number (regression), or one
    probability per class (multiclass, where `labels` name the likeliest). `ids` are the request
    id and row of each: what a label is posted with when the model has no key.
    """

    values: list[Any]
    labels: list[str] | None
    ids: list[tuple[str, int]]
    version: str

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, place: Any) -> Any:
        return self.values[place]


def predict(
    serving: "Http", path: str, table: "pa.Table", *, request_id: str | None, batch: int
) -> Answer:
    """Ask for the rows of a table, `batch` at a time, at `path` (`/t/DL/v2/models/…`).

    Columns that the model does not take are left out. Several requests are named
    `<request_id>`, `<request_id>.1`, … in order.
    """
    known = serving.send("GET", path).json()
    datatypes = {tensor["name"]: tensor["datatype"] for tensor in known["inputs"]}
    sent = table.select([name for name in table.column_names if name in datatypes])
    if sent.num_columns == 0:
        raise invalid(
            "frame.missing_columns",
            "the frame has none of the columns that the model takes",
            hint="it takes: " + ", ".join(datatypes),
        )
    answers = []
    for number, start in enumerate(range(0, max(sent.num_rows, 1), batch)):
        body: dict[str, Any] = {"inputs": tensors(sent.slice(start, batch), datatypes)}
        if request_id is not None:
            body["id"] = f"{request_id}.{number}" if number else request_id
        answers.append(_answer(serving.send("POST", f"{path}/infer", json=body).json()))
    return _joined(answers)


def tensors(table: "pa.Table", datatypes: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return one V2 tensor per column, in the datatype that the model asks for.

    Raises `frame.not_finite` and `frame.bad_type`.
    """
    return [
        {
            "name": name,
            "shape": [table.num_rows],
            "datatype": datatypes[name],
            "data": _data(name, table[name], datatypes[name]),
        }
        for name in table.column_names
    ]


def _data(name: str, column: Any, datatype: str) -> list[Any]:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        wanted: Any = column.cast(_arrow_type(column.type, datatype))
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise invalid(
            "frame.bad_type", f"the model takes {datatype}: {error}", where=f"column {name}"
        ) from error
    if pa.types.is_floating(wanted.type) and pc.all(pc.is_finite(wanted)).as_py() is False:
        raise invalid(
            "frame.not_finite",
            "NaN and infinity cannot be sent",
            where=f"column {name}",
            hint="use null (None) for a missing value",
        )
    if pa.types.is_timestamp(wanted.type):
        return [at if at is None else at.isoformat() for at in wanted.to_pylist()]
    values: list[Any] = wanted.to_pylist()
    return values


def _arrow_type(given: "pa.DataType", datatype: str) -> "pa.DataType":
    import pyarrow as pa

    if datatype == "BYTES":
        is_time = pa.types.is_timestamp(given) or pa.types.is_date(given)
        return pa.timestamp("us", tz="UTC") if is_time else pa.string()
    if datatype == "BOOL":
        return pa.bool_()
    if datatype.startswith(("INT", "UINT")) and not pa.types.is_floating(given):
        return pa.int64()
    return pa.float64()


def _answer(body: Mapping[str, Any]) -> Answer:
    outputs = {tensor["name"]: tensor for tensor in body["outputs"]}
    found = outputs.get("probability") or outputs["value"]
    values, shape = found["data"], found["shape"]
    if len(shape) > 1:
        width = shape[1]
        values = [values[i : i + width] for i in range(0, len(values), width)]
    labels = outputs["label"]["data"] if "label" in outputs else None
    ids = [(str(body["id"]), row) for row in range(len(values))]
    return Answer(values, labels, ids, str(body["model_version"]))


def _joined(answers: Sequence[Answer]) -> Answer:
    """Return one answer. When the version changed meanwhile, the last one is told."""
    if len(answers) == 1:
        return answers[0]
    labels = None
    if all(answer.labels is not None for answer in answers):
        labels = [label for answer in answers for label in answer.labels or ()]
    return Answer(
        [value for answer in answers for value in answer.values],
        labels,
        [name for answer in answers for name in answer.ids],
        answers[-1].version,
    )
