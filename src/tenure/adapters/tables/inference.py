"""What an undeclared column is: a feature of some type, or left out and why.

An inferred contract is wide: it must not refuse tomorrow's 0.25 because all of today's values
are whole. Who wants a narrow one declares it under `[features]`.
"""

from collections.abc import Sequence

import polars as pl

from tenure.adapters.tables.numbers import as_numbers
from tenure.adapters.tables.texts import as_texts
from tenure.adapters.tables.times import as_instants
from tenure.core.columns import Column, ColumnType

MOST_LEVELS = 1000
MISTAKES_SHARE = 0.1
"""At most so many values of a text column may be mistakes in a column of numbers."""

_FEW = 50
_CROWDED_SHARE = 0.5
_MOST_REPEATED_SHARE = 0.5


def infer(values: pl.Series) -> Column | str:
    """Return the column as a feature, or the reason why it is none."""
    found = kind_of(values)
    return _varying(found, values)


def kind_of(values: pl.Series) -> Column | str:
    """Return the column as a feature, varying or not, or the reason why it is none."""
    if values.name.startswith("__") or not values.name:
        return "its name is not one for a feature"
    present = values.drop_nulls()
    if present.is_empty():
        return "always missing"
    kind = present.dtype
    if isinstance(kind, pl.Datetime) or kind == pl.Date:
        return 'an instant; declare type = "time" to use it'
    if kind == pl.Boolean or kind.is_numeric():
        type_ = ColumnType.BOOL if kind == pl.Boolean else ColumnType.FLOAT
        return Column(values.name, type_)
    texts = as_texts(present)
    if texts.null_count():
        return f"values of type {kind} are not read"
    return _from_text(values.name, texts)


def _varying(found: Column | str, values: pl.Series) -> Column | str:
    if isinstance(found, Column) and values.n_unique() == 1:
        return f"always {values[0]}"
    return found


def _from_text(name: str, texts: pl.Series) -> Column | str:
    for type_ in (ColumnType.FLOAT, ColumnType.BOOL):
        if reads_as(texts, type_):
            return Column(name, type_)
    levels = texts.n_unique()
    if levels > MOST_LEVELS or (levels > _FEW and levels > _CROWDED_SHARE * len(texts)):
        if as_instants(texts).is_not_null().mean() == 1.0:
            return 'an instant; declare type = "time" to use it'
        return f"{levels:,} different texts in {len(texts):,} rows; no category has so many"
    return Column(name, ColumnType.CATEGORY, levels=levels_of(texts))


def reads_as(texts: pl.Series, type_: ColumnType) -> bool:
    """Return whether a text column clearly is of the type, apart from a few mistakes."""
    if texts.is_empty():
        return False
    misfits = int(as_numbers(texts, type_).misfit.sum())
    return misfits <= MISTAKES_SHARE * len(texts)


def levels_of(texts: pl.Series) -> tuple[str, ...]:
    """Return the different texts, sorted."""
    return tuple(texts.drop_nulls().unique().sort().to_list())


def no_key(table: pl.DataFrame, key: Sequence[str]) -> str:
    """Return what speaks against these columns as the key of the rows, or nothing.

    Some repeated rows are put aside one by one; when most are, the columns name something else.
    """
    repeated = table.height - table.select(key).n_unique() if key else 0
    if repeated <= _MOST_REPEATED_SHARE * table.height:
        return ""
    return f"{repeated:,} of {table.height:,} rows have the key of an earlier row"
