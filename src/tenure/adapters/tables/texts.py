"""Values as canonical text: how keys, categories and classes are named, whatever brought them.

17, 17.0 and the CSV field `17` are "17"; true is "true"; instants are ISO-8601 in UTC.
"""

import polars as pl

from tenure.core.outcomes import KEY_SEPARATOR

_EXACT = 2.0**53
_INSTANT = "%Y-%m-%dT%H:%M:%S"


def as_texts(values: pl.Series) -> pl.Series:
    """Return the values as text; what has no canonical text (lists, bytes) is null."""
    kind = values.dtype
    if kind == pl.String:
        return values
    if isinstance(kind, pl.Categorical | pl.Enum) or kind.is_integer() or kind == pl.Date:
        return values.cast(pl.String)
    if kind == pl.Boolean:
        return values.cast(pl.String)  # as JSON writes them: true, false
    if kind.is_float() or kind.is_decimal():
        return _numbers(values.cast(pl.Float64))
    if isinstance(kind, pl.Datetime):
        return _instants(values)
    return pl.Series(values.name, [None] * len(values), pl.String)


def canonical_key(table: pl.DataFrame, columns: tuple[str, ...]) -> pl.Series:
    """Return the key of each row; null where a part of it is missing."""
    parts = [as_texts(table[name]).alias(str(i)) for i, name in enumerate(columns)]
    joined = pl.concat_str(pl.all(), separator=KEY_SEPARATOR, ignore_nulls=False)
    return pl.DataFrame(parts).select(joined.alias("__key")).to_series()


def _numbers(values: pl.Series) -> pl.Series:
    """Whole numbers lose their fraction; NaN and infinities stay as polars writes them."""
    whole = (values == values.floor()) & (values.abs() < _EXACT)
    short = values.cast(pl.Int64, strict=False).cast(pl.String)
    return short.zip_with(whole.fill_null(value=False), values.cast(pl.String))


def _instants(values: pl.Series) -> pl.Series:
    kind = values.dtype
    zoned = isinstance(kind, pl.Datetime) and kind.time_zone is not None
    utc = values.dt.convert_time_zone("UTC") if zoned else values.dt.replace_time_zone("UTC")
    micro = utc.dt.cast_time_unit("us")
    seconds = micro.dt.strftime(f"{_INSTANT}Z")
    exact = micro.dt.strftime(f"{_INSTANT}%.6fZ")
    return seconds.zip_with(micro.dt.microsecond() == 0, exact)
