"""The target as numbers: a class index, or a value. Classes are inferred once, then they hold."""

from dataclasses import dataclass

import polars as pl

from tenure.adapters.tables.inference import reads_as
from tenure.adapters.tables.numbers import as_numbers
from tenure.adapters.tables.sieve import Sieve
from tenure.adapters.tables.texts import as_texts
from tenure.core.columns import ColumnType
from tenure.core.errors import TenureError, invalid
from tenure.core.models import Task

MOST_CLASSES = 1000
_SHOWN = 10
_BINARY = 2
_TRUTHS = ("false", "true")
_BITS = ("0", "1")


@dataclass(frozen=True, slots=True)
class Reasons:
    """Under which reasons rows are put aside: those of a dataset, or those of posted labels."""

    missing: str
    misfit: str
    odd: str
    unknown: str


IMPORT = Reasons("row.unlabelled", "row.bad_type", "row.not_finite", "row.unknown_class")
POSTED = Reasons("label.malformed", "label.malformed", "label.malformed", "label.unknown_class")


def read_target(
    values: pl.Series, task: Task, classes: tuple[str, ...], sieve: Sieve, reasons: Reasons
) -> tuple[pl.Series, tuple[str, ...]]:
    """Return `__label` and the classes; rows without a usable label are put aside.

    Without `classes` they are inferred from the rows that are still good. Raises
    `dataset.not_binary`, `dataset.one_class`, `dataset.too_many_classes`.
    """
    sieve.put_aside(reasons.missing, values.is_null(), values, values.name)
    if task is Task.REGRESSION:
        return _numbers(values, sieve, reasons), ()
    texts = as_texts(values)
    if texts.null_count() > values.null_count():
        unreadable = texts.is_null() & values.is_not_null()
        sieve.put_aside(reasons.misfit, unreadable, values, values.name)
    if not classes:
        classes = _infer(texts, task, sieve, reasons)
    found = class_indices(texts, classes)
    if found.null_count():
        odd = as_numbers(texts, ColumnType.FLOAT).odd & found.is_null()
        sieve.put_aside(reasons.odd, odd, values, values.name)
        sieve.put_aside(reasons.unknown, found.is_null(), values, values.name)
    return found.alias("__label"), classes


def class_indices(texts: pl.Series, classes: tuple[str, ...]) -> pl.Series:
    """Return the index of each text among the classes, null for none.

    1.0 stands for 1, True for true, and truth values for 0 and 1 or the other way round.
    """
    places = {name: float(place) for place, name in enumerate(classes)}
    for mine, theirs in ((_TRUTHS, _BITS), (_BITS, _TRUTHS)):
        if set(classes) == set(mine):
            places |= {other: places[own] for own, other in zip(mine, theirs, strict=True)}
    found = texts.replace_strict(places, default=None, return_dtype=pl.Float64)
    for way in (_as_number_texts, _as_truth_texts):
        if found.null_count() == texts.null_count():
            break
        index = way(texts).replace_strict(places, default=None, return_dtype=pl.Float64)
        found = found.zip_with(found.is_not_null(), index)
    return found


def _as_number_texts(texts: pl.Series) -> pl.Series:
    return as_texts(as_numbers(texts, ColumnType.FLOAT).values)


def _as_truth_texts(texts: pl.Series) -> pl.Series:
    low = texts.str.to_lowercase()
    return low.set(~low.is_in(list(_TRUTHS)), None)


def _numbers(values: pl.Series, sieve: Sieve, reasons: Reasons) -> pl.Series:
    numbers = as_numbers(values, ColumnType.FLOAT)
    sieve.put_aside(reasons.misfit, numbers.misfit, values, values.name)
    sieve.put_aside(reasons.odd, numbers.odd, values, values.name)
    return numbers.values.alias("__label")


def _infer(texts: pl.Series, task: Task, sieve: Sieve, reasons: Reasons) -> tuple[str, ...]:
    """Return the classes of the good rows; a few values of another type are mistakes."""
    present = sieve.keep(texts).drop_nulls()
    canonical = texts
    for type_, way in ((ColumnType.FLOAT, _as_number_texts), (ColumnType.BOOL, _as_truth_texts)):
        if reads_as(present, type_):
            numbers = as_numbers(texts, type_)
            canonical = way(texts).zip_with(~numbers.misfit, texts)
            sieve.put_aside(reasons.odd, numbers.odd, texts, texts.name)
            if task is Task.BINARY and present.n_unique() > _BINARY:
                sieve.put_aside(reasons.misfit, numbers.misfit, texts, texts.name)
            break
    return _classes(sieve.keep(canonical), task, texts.name)


def _classes(texts: pl.Series, task: Task, name: str) -> tuple[str, ...]:
    different = texts.drop_nulls().unique()
    numbers = different.cast(pl.Float64, strict=False)
    order = numbers if numbers.null_count() == 0 else different
    classes = tuple(different.gather(order.arg_sort()).to_list())
    if task is Task.BINARY and len(classes) != _BINARY:
        raise _not_binary(name, classes)
    if len(classes) < _BINARY:
        message = f"the target {name!r} is always {classes[0] if classes else 'missing'}"
        raise invalid("dataset.one_class", message, hint="a model needs at least two classes")
    if len(classes) > MOST_CLASSES:
        message = f"the target {name!r} has {len(classes):,} classes, more than {MOST_CLASSES:,}"
        raise invalid("dataset.too_many_classes", message, hint='is it task = "regression"?')
    return classes


def _not_binary(name: str, classes: tuple[str, ...]) -> TenureError:
    shown = ", ".join(classes[:_SHOWN]) + (", …" if len(classes) > _SHOWN else "")
    if len(classes) > _BINARY:
        found, hint = f"has {len(classes)} different values: {shown}", 'is it task = "multiclass"?'
    else:
        found, hint = f"is always {shown or 'missing'}", "rows of both classes are needed"
    return invalid("dataset.not_binary", f"the target {name!r} {found}", hint=hint)
