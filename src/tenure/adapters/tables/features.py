"""The feature columns of a table: declared types hold, the rest is inferred or was before."""

from dataclasses import replace

import polars as pl

from tenure.adapters.tables.inference import infer, levels_of
from tenure.adapters.tables.numbers import as_numbers
from tenure.adapters.tables.sieve import Sieve
from tenure.adapters.tables.texts import as_texts
from tenure.core.columns import Column, ColumnType
from tenure.core.errors import invalid
from tenure.core.signatures import Signature
from tenure.core.spec.values import Spec


def never_features(spec: Spec) -> frozenset[str]:
    """Return the columns that have another use."""
    data = spec.data
    uses = {data.target, data.time, spec.labels.event_time, *data.key, *data.ignore}
    return frozenset(name for name in uses if name)


def fixed_columns(spec: Spec, signature: Signature) -> tuple[Column, ...]:
    """Return the features of a signature, in its order; what the spec declares replaces them."""
    declared = {column.name: column for column in spec.features}
    used = never_features(spec)
    known = [_redeclared(c, declared) for c in signature.features if c.name not in used]
    named = {column.name for column in known}
    return (*known, *(column for column in spec.features if column.name not in named))


def infer_columns(
    table: pl.DataFrame, spec: Spec, sieve: Sieve
) -> tuple[tuple[Column, ...], dict[str, str]]:
    """Return the features in the order of the table, and why other columns are none.

    Raises `dataset.no_features`.
    """
    declared = {column.name: column for column in spec.features}
    used = never_features(spec)
    chosen: list[Column] = []
    left_out: dict[str, str] = {}
    for name in table.columns:
        if name in used:
            continue
        found = declared[name] if name in declared else infer(sieve.keep(table[name]))
        if isinstance(found, Column):
            chosen.append(found)
        else:
            left_out[name] = found
    if not chosen:
        hint = "; ".join(f"{name}: {why}" for name, why in left_out.items())
        raise invalid(
            "dataset.no_features", "no column can be a feature", hint=hint or "there is no other"
        )
    return tuple(chosen), left_out


def strangers(table: pl.DataFrame, spec: Spec, columns: tuple[Column, ...]) -> dict[str, str]:
    """Return the columns that a signature does not know, each with the reason."""
    known = never_features(spec) | {column.name for column in columns}
    names = [name for name in table.columns if name not in known]
    return dict.fromkeys(names, "not among the features of the first import")


def _redeclared(column: Column, declared: dict[str, Column]) -> Column:
    if column.name not in declared:
        return column
    wanted = declared[column.name]
    keeps = wanted.type is column.type and not wanted.levels
    return replace(wanted, levels=column.levels) if keeps else wanted


def read_feature(values: pl.Series, column: Column, sieve: Sieve) -> pl.Series:
    """Return the values as a segment holds them, and put aside the rows that do not fit."""
    if column.type is ColumnType.CATEGORY:
        read = _category(values, column, sieve)
    else:
        read = _number(values, column, sieve)
    if not column.nulls:
        sieve.put_aside("row.missing_value", read.is_null(), values, column.name)
    return read.alias(column.name)


def _category(values: pl.Series, column: Column, sieve: Sieve) -> pl.Series:
    texts = as_texts(values)
    sieve.put_aside("row.bad_type", texts.is_null() & values.is_not_null(), values, column.name)
    return texts


def _number(values: pl.Series, column: Column, sieve: Sieve) -> pl.Series:
    numbers = as_numbers(values, column.type)
    sieve.put_aside("row.bad_type", numbers.misfit, values, column.name)
    sieve.put_aside("row.not_finite", numbers.odd, values, column.name)
    if column.min is not None:
        sieve.put_aside("row.out_of_range", numbers.values < column.min, values, column.name)
    if column.max is not None:
        sieve.put_aside("row.out_of_range", numbers.values > column.max, values, column.name)
    return numbers.values


def check_levels(values: pl.Series, column: Column, sieve: Sieve) -> None:
    """Put aside values that a declared list of levels does not have."""
    if column.type is ColumnType.CATEGORY and column.levels:
        strange = ~values.is_in(list(column.levels)) & values.is_not_null()
        sieve.put_aside("row.unknown_level", strange, values, column.name)


def with_levels(column: Column, values: pl.Series, *, declared: bool) -> Column:
    """Return the column with the levels that the rows have; declared ones stay as they are."""
    if column.type is not ColumnType.CATEGORY or declared:
        return column
    known = set(column.levels)
    new = tuple(level for level in levels_of(values) if level not in known)
    return replace(column, levels=(*column.levels, *new)) if new else column
