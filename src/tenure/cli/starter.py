"""The text of a starter spec. Columns are looked at, never changed."""

import re
from dataclasses import dataclass
from os.path import relpath
from pathlib import Path
from typing import TYPE_CHECKING

from tenure.core.errors import invalid
from tenure.core.media import rows_media
from tenure.core.spec.toml import toml_key, toml_value

if TYPE_CHECKING:
    import polars as pl

_MOST_CLASSES = 20
_ROWS = 100_000
_LONGEST_NAME = 63


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
    code: bool = False


@dataclass(frozen=True, slots=True)
class Start:
    """What is written: the spec, and the model's task, which training code needs to know."""

    text: str
    task: str


def starter(wish: Wish) -> Start:
    """Return the spec; raise `init.…`, `data.bad_suffix` or `dataset.malformed`."""
    if wish.data is None:
        return Start(_text(wish, "data.csv", "binary", []), "binary")
    from tenure.adapters.tables.inference import no_key
    from tenure.adapters.tables.times import WRITTEN, unreadable

    table = _first_rows(wish.data)
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
    if words := no_key(table, wish.keys):
        apart = (
            "" if wish.time is None or wish.time in wish.keys else f", such as --key {wish.time!r}"
        )
        raise invalid(
            "init.no_key",
            words,
            where=str(wish.data),
            hint=f"a key names one row: add what tells them apart{apart}, or leave --key out",
        )
    source = relpath(wish.data, wish.folder)
    task = _task(table[wish.target])
    return Start(_text(wish, source, task, _features(table, wish)), task)


def _first_rows(data: Path) -> "pl.DataFrame":
    """Return the beginning of the file, read as an import reads it: a CSV holds texts."""
    import polars as pl

    from tenure.adapters.tables import files

    rows_media(str(data))
    table: pl.DataFrame = next(
        (part.table for part in files.source(data, "dataset").parts(0)), pl.DataFrame()
    )
    return table.head(_ROWS)


def _task(target: "pl.Series") -> str:
    from tenure.adapters.tables.inference import reads_as
    from tenure.adapters.tables.numbers import as_numbers
    from tenure.adapters.tables.texts import as_texts
    from tenure.core.columns import ColumnType

    texts = as_texts(target.drop_nulls())
    classes = texts.n_unique()
    if classes == 2:  # noqa: PLR2004  # two answers
        return "binary"
    if not reads_as(texts, ColumnType.FLOAT):
        return "multiclass"
    numbers = as_numbers(texts, ColumnType.FLOAT).values.drop_nulls()
    whole = bool((numbers == numbers.floor()).all())
    return "multiclass" if whole and classes <= _MOST_CLASSES else "regression"


def _features(table: "pl.DataFrame", wish: Wish) -> list[str]:
    """Return a line for each column that becomes a feature, and why the others become none."""
    from tenure.adapters.tables.inference import infer
    from tenure.core.columns import Column

    named = {wish.target, wish.time, *wish.keys}
    lines = []
    for name in table.columns:
        if name in named:
            continue
        found = infer(table[name])
        if isinstance(found, Column):
            lines.append(f"# {toml_key(name)} = {{ type = {toml_value(found.type.value)} }}")
        else:
            lines.append(f"# {toml_key(name)} is no feature so far: {found}")
    return lines


def _name(target: str) -> str:
    """Return the target's name with what no model's name may have taken out of it."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", target).strip("-.")[:_LONGEST_NAME] or "model"


def _text(wish: Wish, source: str, task: str, features: list[str]) -> str:
    target = wish.target or "target"
    name = wish.name or _name(target)
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
        'code = "train:train"  # train.py beside this file' if wish.code else 'recipe = "lightgbm"',
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
