"""A model as its own library answers with it: what every candidate is compared with."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa

from tenure.adapters.frameworks.encode import Encoding, Feature, Floats
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError, invalid
from tenure.core.signatures import Signature

Files = dict[str, bytes]
_SHOWN = 5
_NAMED = "train it on a frame, so that the file carries the columns' names"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A runtime of ours that may answer in the original's place; `make` returns its files."""

    runtime: str
    make: Callable[[], Files]


@dataclass(frozen=True, slots=True)
class Original:
    """A model that was opened. `edges` are the values at which its answer jumps, by feature."""

    library: str  # what answers, with its version
    answer: Callable[[pa.Table], Floats]  # [rows, Signature.width]
    candidates: tuple[Candidate, ...] = ()
    edges: dict[str, Floats] = field(default_factory=dict)
    contributions: "Contributions | None" = None


@dataclass(frozen=True, slots=True)
class Contributions:
    """Exact contributions: those of `inputs` and a constant add up to the answer's raw score."""

    inputs: tuple[str, ...]
    of: Callable[[pa.Table], Floats]  # [rows, Signature.width, inputs + 1]


def unreadable(what: str, error: object) -> TenureError:
    """Return the verdict on a file that its own library cannot read."""
    return invalid("version.unreadable", f"this is no {what}: {str(error)[:300]}")


def wrong_inputs(message: str, hint: str = "") -> TenureError:
    return invalid("version.wrong_inputs", message, hint=hint)


def wrong_outputs(message: str, hint: str = "") -> TenureError:
    return invalid("version.wrong_outputs", message, hint=hint)


def unsafe(what: str, hint: str) -> TenureError:
    """Return the verdict on a file that asks for more than data."""
    return invalid(
        "version.unsafe_file",
        f"the file asks for {what}, which is not on the list of what a model may hold",
        hint=hint,
    )


def inputs(
    names: list[str] | None, count: int, signature: Signature, named: str = _NAMED
) -> tuple[Column, ...]:
    """Return the columns that a model takes, in its order: by name, or all of them by place."""
    if names is None:
        if count != len(signature.features):
            raise wrong_inputs(
                f"the model takes {count} nameless inputs, the model's data has "
                f"{len(signature.features)} features",
                named,
            )
        return signature.features
    known = {column.name: column for column in signature.features}
    absent = [name for name in names if name not in known]
    if absent:
        more = f" and {len(absent) - _SHOWN} more" if len(absent) > _SHOWN else ""
        raise wrong_inputs(
            f"the data has no column {', '.join(map(repr, absent[:_SHOWN]))}{more}",
            f"the model's features are: {', '.join(list(known)[:20])}",
        )
    return tuple(known[name] for name in names)


def numeric(columns: tuple[Column, ...]) -> Encoding:
    """Return the encoding of columns that are all numbers; raise `version.wrong_inputs`."""
    texts = [column.name for column in columns if column.type is ColumnType.CATEGORY]
    if texts:
        raise wrong_inputs(
            f"the file does not say which number stands for which level of {texts[0]!r}",
            "save the model with its preprocessing: a pipeline, or a frame with category columns",
        )
    return Encoding(tuple(Feature(column.name) for column in columns))


def class_places(found: list[object], signature: Signature) -> list[int]:
    """Return for each class of the signature its place among the model's own classes."""
    if signature.classes == ():
        return []
    if len(found) != len(signature.classes):
        raise wrong_outputs(
            f"the model tells {len(found)} classes apart, the target has {len(signature.classes)}"
        )
    texts = [_canonical(one) for one in found]
    wanted = [one.lower() if one.lower() in {"true", "false"} else one for one in signature.classes]
    if set(texts) == set(wanted):
        return [texts.index(one) for one in wanted]
    if texts in (["false", "true"], ["true", "false"]):  # a truth of a target with two words
        texts = [str(int(one == "true")) for one in texts]
    bits = {"true": "1", "false": "0"}
    if {bits.get(one, one) for one in wanted} == set(texts):
        return [texts.index(bits.get(one, one)) for one in wanted]
    if sorted(texts) == [str(place) for place in range(len(found))]:
        return [texts.index(str(place)) for place in range(len(found))]
    raise wrong_outputs(
        f"the model's classes are {', '.join(texts[:10])}; the target's are "
        f"{', '.join(signature.classes[:10])}"
    )


def _canonical(value: object) -> str:
    text = str(value)
    if isinstance(value, float) and value.is_integer():
        text = str(int(value))
    return text.lower() if text in {"True", "False"} else text
