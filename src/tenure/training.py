"""What training code of one's own is written against: `train(context, params) -> Result`.

    from tenure.training import Context, Result

    @dataclass
    class Params:
        leaves: int = 15

    def train(context: Context, params: Params) -> Result:
        model = ...fit(context.features, context.target)
        context.log_metric("loss", 0.31, step=1)
        return Result(model)

It runs wherever Python runs: `Context.of(frame, target="late")` makes a context of any frame, for a
test or a notebook. In a race the house makes it, in a jailed process: rows that the result is
judged on are never in it.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tenure.core.errors import TenureError, invalid

MOST_POINTS = 20_000
"""Values of metrics that one training may log."""
MOST_ARTIFACTS_BYTES = 32 * 1024**2
"""Bytes of all artifacts of one training."""

_NAME = re.compile(r"\w[\w.@/ +-]{0,99}")


@dataclass(frozen=True, slots=True)
class Point:
    """One logged value of a metric."""

    name: str
    step: int
    value: float


@dataclass(frozen=True, slots=True)
class Result:
    """What a training leaves: the fitted model, with its preprocessing inside.

    `model` is a fitted model of LightGBM, XGBoost, CatBoost or scikit-learn (a pipeline, too), or the
    bytes of a model file; `format` says of which kind bytes are (see `tenure version add --format`).
    """

    model: Any
    format: str = ""


@dataclass(slots=True)
class Context:
    """What a training is given, and what it tells. Rows are in time order, the oldest first.

    `features` are the declared columns: numbers as float64, categories as texts, missing ones null.
    `target` holds, per row, the index of its class in `classes`, or the number to be predicted.
    """

    features: pa.Table
    target: NDArray[Any]
    classes: tuple[str, ...] = ()
    seed: int = 7
    points: list[Point] = field(default_factory=list)
    params: dict[str, float | str] = field(default_factory=dict)
    artifacts: dict[str, bytes] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Any, target: str, *, seed: int = 7) -> "Context":
        """Return a context of a frame (Arrow, polars, pandas) or a dict of columns.

        Columns other than the target are the features. Texts and truths make classes, in order.
        """
        table = rows if isinstance(rows, pa.Table) else _arrow(rows)
        values = table.column(target).combine_chunks()
        features = table.drop_columns([target])
        if pa.types.is_floating(values.type) or pa.types.is_integer(values.type):
            return cls(features, np.asarray(values, np.float64), seed=seed)
        texts = [str(value) for value in values.to_pylist()]
        classes = sorted(set(texts))
        places = np.array([classes.index(text) for text in texts], np.int64)
        return cls(features, places, tuple(classes), seed)

    def pandas(self) -> Any:
        """Return the features as a pandas frame, as scikit-learn's pipelines want them."""
        return self.features.to_pandas()

    def log_metric(self, name: str, value: float, *, step: int = 0) -> None:
        """Log a value of a metric; raise `run.bad_metric` for what is no finite number."""
        if not _NAME.fullmatch(name) or not math.isfinite(value):
            raise invalid("run.bad_metric", f"{name!r} = {value!r}: a name and a finite number")
        if len(self.points) >= MOST_POINTS:
            raise invalid("run.bad_metric", f"more than {MOST_POINTS} values of metrics")
        self.points.append(Point(name, int(step), float(value)))

    def log_param(self, name: str, value: float | str) -> None:
        """Log a parameter that the training chose itself."""
        if not _NAME.fullmatch(name):
            raise invalid("run.bad_metric", f"{name!r} is no name of a parameter")
        self.params[name] = value

    def log_artifact(self, name: str, data: bytes | str) -> None:
        """Keep a file beside the run; raise `run.bad_artifact` beyond 32 MiB together."""
        body = data.encode() if isinstance(data, str) else data
        size = len(body) + sum(map(len, self.artifacts.values()))
        if not _NAME.fullmatch(name) or ".." in name or size > MOST_ARTIFACTS_BYTES:
            limit = f"at most {MOST_ARTIFACTS_BYTES // 1024**2} MiB together"
            raise invalid("run.bad_artifact", f"{name!r} of {len(body)} bytes: a name, and {limit}")
        self.artifacts[name] = body


Train = Callable[[Context, Any], Result]


def params_for(train: Train, given: Mapping[str, object]) -> Any:
    """Return the parameters as the function's second argument declares them: typed, defaults filled.

    A dataclass, a TypedDict or a msgspec struct is built; without one it is a dict. Raises
    `run.bad_param` for what it does not know, or of another type.
    """
    hints = [kind for name, kind in get_type_hints(train).items() if name != "return"]
    kind = hints[1] if len(hints) > 1 else dict
    known = getattr(kind, "__dataclass_fields__", None)
    strange = [name for name in given if known is not None and name not in known]
    if strange:
        raise _bad_params(f"{kind.__name__} has no {strange[0]!r}", known)
    try:
        return msgspec.convert(dict(given), kind)
    except (msgspec.ValidationError, TypeError) as error:
        raise _bad_params(str(error), known) from error


def _bad_params(message: str, known: Any) -> TenureError:
    hint = f"known: {', '.join(known)}" if known else ""
    return invalid("run.bad_param", message, where="train.params", hint=hint)


def _arrow(rows: Any) -> pa.Table:
    if isinstance(rows, Mapping):
        return pa.table(dict(rows))
    return rows.to_arrow() if hasattr(rows, "to_arrow") else pa.table(rows)
