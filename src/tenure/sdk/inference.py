"""Predictions by the Open Inference Protocol V2: frames to tensors, tensors to answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tenure.core.errors import invalid

if TYPE_CHECKING:
    import pyarrow as pa

    from tenure.sdk.http import Http

BATCH, EXPLAINED = 10_000, 500
"""Rows in one request: for predictions, for explanations."""


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


@dataclass(frozen=True, slots=True)
class Explanation(Sequence[dict[str, Any]]):
    """What each feature added to a model's raw scores; itself a sequence with one item per row.

    An item is {feature: contribution}. `base` and `scores` hold one number per row: an item's
    contributions and its base add up to its score, and `link` says how the score becomes the answer
    (`tenure.core.contributions`). With several classes a number is a list, one per class.
    """

    contributions: list[dict[str, Any]]
    base: list[Any]
    scores: list[Any]
    link: str
    method: str
    version: str

    def __len__(self) -> int:
        return len(self.contributions)

    def __getitem__(self, place: Any) -> Any:
        return self.contributions[place]


def predict(
    serving: "Http", path: str, table: "pa.Table", *, request_id: str | None, batch: int
) -> Answer:
    """Ask for the rows of a table, `batch` at a time, at `path` (`/t/DL/v2/models/…`).

    Columns that the model does not take are left out. Several requests are named
    `<request_id>`, `<request_id>.1`, … in order.
    """
    sent, datatypes = _sent(serving, path, table)
    answers = []
    for number, start in enumerate(range(0, max(sent.num_rows, 1), batch)):
        body: dict[str, Any] = {"inputs": tensors(sent.slice(start, batch), datatypes)}
        if request_id is not None:
            body["id"] = f"{request_id}.{number}" if number else request_id
        answers.append(_answer(serving.send("POST", f"{path}/infer", json=body).json()))
    return _joined(answers)


def explain(serving: "Http", path: str, table: "pa.Table", batch: int) -> Explanation:
    """Ask what each feature added to the answers for the rows of a table, `batch` at a time.

    Raises `explain.black_box`, and whatever `predict` raises.
    """
    sent, datatypes = _sent(serving, path, table)
    found = [
        _explanation(
            serving.send(
                "POST",
                f"{path}/explain",
                json={"inputs": tensors(sent.slice(start, batch), datatypes)},
            ).json()
        )
        for start in range(0, max(sent.num_rows, 1), batch)
    ]
    return Explanation(
        [one for part in found for one in part.contributions],
        [one for part in found for one in part.base],
        [one for part in found for one in part.scores],
        found[-1].link,
        found[-1].method,
        found[-1].version,
    )


def _explanation(body: Mapping[str, Any]) -> Explanation:
    base, scores, *features = map(_rows_of, body["outputs"])
    names = [tensor["name"] for tensor in body["outputs"][2:]]
    rows = [dict(zip(names, row, strict=True)) for row in zip(*features, strict=True)]
    said = body["parameters"]
    version = str(body["model_version"])
    return Explanation(rows, base, scores, said["link"], said["method"], version)


def _rows_of(tensor: Mapping[str, Any]) -> list[Any]:
    """Return a tensor's values row by row: a list each where there are several classes."""
    values: list[Any] = tensor["data"]
    if len(tensor["shape"]) == 1:
        return values
    width = tensor["shape"][1]
    return [values[at : at + width] for at in range(0, len(values), width)]


def _sent(serving: "Http", path: str, table: "pa.Table") -> tuple["pa.Table", dict[str, str]]:
    """Return the columns that the model takes, and their datatypes."""
    known = serving.send("GET", path).json()
    datatypes = {tensor["name"]: tensor["datatype"] for tensor in known["inputs"]}
    sent = table.select([name for name in table.column_names if name in datatypes])
    if sent.num_columns == 0:
        raise invalid(
            "frame.missing_columns",
            "the frame has none of the columns that the model takes",
            hint="it takes: " + ", ".join(datatypes),
        )
    return sent, datatypes


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
    values = _rows_of(found)
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
