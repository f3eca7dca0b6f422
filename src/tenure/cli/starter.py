"""The text of a starter spec. Columns are looked at, never changed."""

from dataclasses import dataclass
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING

from tenure.core.errors import invalid
from tenure.core.spec.toml import toml_key, toml_value

if TYPE_CHECKING:
    import polars as pl

_MOST_CLASSES = 20
_ROWS = 100_000


@dataclass(frozen=True, slots=True)
class Wish:
    """What the person said. `folder` is where the spec will stand."""

    data: Path | None
    folder: Path
    tenant: str
    target: str | None
    time: str | None
    keys: tuple[str, ...]
    name: str | None


def starter(wish: Wish) -> str:
    """Return the text; raise `init.no_target`, `init.unknown_column`, `data.bad_suffix`."""
    if wish.data is None:
        return _text(wish, "data.csv", "binary", [])
    from tenure.adapters.tables.times import WRITTEN, unreadable

    table = _read(wish.data)
    for column in (wish.target, wish.time, *wish.keys):
        if column is not None and column not in table.columns:
            raise invalid(
                "init.unknown_column",
                f"there is no column {column!r}",
                where=str(wish.data),
                hint=f"columns: {', '.join(table.columns)}",
            )
    if wish.target is None:
        raise invalid(
            "init.no_target",
            "say which column is to be predicted",
            where=str(wish.data),
            hint=f"--target with one of: {', '.join(table.columns)}",
        )
    if wish.time is not None and (example := unreadable(table[wish.time])):
        raise invalid(
            "init.no_times",
            f"no value of {wish.time!r} is a time, such as {example!r}",
            where=str(wish.data),
            hint=WRITTEN,
        )
    source = relpath(wish.data, wish.folder)
    return _text(wish, source, _task(table[wish.target]), _features(table, wish))


def _read(data: Path) -> "pl.DataFrame":
    import polars as pl

    try:
        if data.suffix.lower() in {".parquet", ".pq"}:
            return pl.scan_parquet(data).head(_ROWS).collect()
        if data.suffix.lower() == ".csv":
            return pl.read_csv(
                data, n_rows=_ROWS, try_parse_dates=True, null_values=["", "NA", "null", "None"]
            )
    except (pl.exceptions.PolarsError, OSError) as error:
        words = str(error).splitlines()[0]
        raise invalid("dataset.malformed", words, where=str(data)) from error
    raise invalid("data.bad_suffix", "rows are read from .csv and .parquet files", where=str(data))


def _task(target: "pl.Series") -> str:
    values = target.drop_nulls()
    if values.n_unique() == 2:  # noqa: PLR2004  # two answers
        return "binary"
    if values.dtype.is_float() or (values.dtype.is_integer() and values.n_unique() > _MOST_CLASSES):
        return "regression"
    return "multiclass"


def _features(table: "pl.DataFrame", wish: Wish) -> list[str]:
    named = {wish.target, wish.time, *wish.keys}
    return [
        f"# {toml_key(name)} = {{ type = {toml_value(_type(dtype))} }}"
        for name, dtype in table.schema.items()
        if name not in named and not dtype.is_temporal()
    ]


def _type(dtype: "pl.DataType") -> str:
    import polars as pl

    if dtype == pl.Boolean:
        return "bool"
    if dtype.is_integer():
        return "int"
    return "float" if dtype.is_numeric() else "category"


def _text(wish: Wish, source: str, task: str, features: list[str]) -> str:
    target = wish.target or "target"
    name = wish.name or target.replace("_", "-")
    time = f"time   = {toml_value(wish.time)}" if wish.time else '# time = "when_predicted"'
    key = f"key    = {toml_value(list(wish.keys))}" if wish.keys else '# key = ["row_id"]'
    schedule = '{ cron = "0 3 1 * *" }' if wish.time else ""
    lines = [
        "# One model's whole life. `tenure plan --explain` shows every default and its origin.",
        "",
        "[model]",
        f"tenant = {toml_value(wish.tenant)}",
        f"name   = {toml_value(name)}",
        f"task   = {toml_value(task)}",
        "",
        "[data]",
        f"source = {toml_value(source)}",
        f"target = {toml_value(target)}",
        f"{time}  {' ' if wish.time else ''}# windows, schedules and replay follow it",
        f"{key}  # labels that arrive later are joined by it",
        '# ignore = ["column"]  # known only afterwards, or not meant to be used',
        "",
        "[labels]",
        '# event_time = "column"  # when the truth was known',
        '# expected_after = "6h"',
        "",
        "[features]  # inferred into tenure.lock; name one to make it a contract",
        *features,
        "",
        "[train]",
        'recipe = "lightgbm"',
        "",
        "[retrain]",
        'on       = ["finding:accuracy"]  # a race starts when the model got worse',
        f"schedule = {schedule}" if schedule else '# schedule = { cron = "0 3 1 * *" }',
    ]
    if wish.time:
        lines += [
            "",
            "[challengers.static]  # the first version for ever, in the shadow: is retraining worth it?",
        ]
    return "\n".join(lines) + "\n"
