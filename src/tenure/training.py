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

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, get_type_hints

import msgspec
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from tenure.core.errors import TenureError, invalid
from tenure.core.told import Param, Point, Told


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
    `restored` is the newest checkpoint of a training that was cut, None for a first try.
    """

    features: pa.Table
    target: NDArray[Any]
    classes: tuple[str, ...] = ()
    seed: int = 7
    told: Told = field(default_factory=Told)
    restored: bytes | None = None

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

    @property
    def points(self) -> list[Point]:
        """The logged values of metrics, in their order."""
        return self.told.points

    @property
    def params(self) -> dict[str, Param]:
        """The parameters that the training chose itself."""
        return self.told.params

    @property
    def artifacts(self) -> dict[str, bytes]:
        """The files that the training keeps beside the run."""
        return self.told.artifacts

    def log_metric(self, name: str, value: float, *, step: int = 0) -> None:
        """Log a value of a metric; raise `run.bad_metric` for what is no finite number."""
        self.told.add_point(name, int(step), float(value))

    def log_param(self, name: str, value: Param) -> None:
        """Log a parameter that the training chose itself; raise `run.bad_metric`."""
        self.told.add_param(name, value)

    def log_artifact(self, name: str, data: bytes | str) -> None:
        """Keep a file beside the run; raise `run.bad_artifact` beyond 32 MiB together."""
        self.told.add_artifact(name, data.encode() if isinstance(data, str) else data)

    def checkpoint(self, data: bytes) -> None:
        """Leave what the training can go on from if it is cut: `restored` of the next try.

        Raises `run.bad_checkpoint` beyond 64 MiB.
        """
        self.told.add_checkpoint(data)


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
