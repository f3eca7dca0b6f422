"""Instants from whatever a table holds: ISO-8601 text, dates, native times, seconds since 1970.

Days may be written 2013/01/31 too: with the year first there is one way to read them. Without a zone an instant is UTC. Anything else is no instant (null): nothing is guessed.
"""

import polars as pl

INSTANT = pl.Datetime("us", "UTC")
WRITTEN = "times are written 2013-01-31, 2013-01-31T13:00:00Z, or in seconds since 1970"

_ISO = (
    r"^(?<y>\d{4})[-/]?(?<m>\d{2})[-/]?(?<d>\d{2})"
    r"(?:[T ](?<H>\d{2}):?(?<M>\d{2})(?::?(?<S>\d{2})(?:[.,](?<f>\d{1,9}))?)?)?"
    r"\s?(?:(?<zulu>Z|z|UTC)|(?<sign>[+-])(?<zh>\d{2}):?(?<zm>\d{2})?)?$"
)
_NUMBER = r"^[+-]?\d{9,20}(?:\.\d+)?$"
_EARLIEST, _LATEST = -62_135_596_800_000_000, 253_402_300_799_999_999
_COMPACT = (19_000_101, 21_001_231)
_LEAST = 1e8  # seconds; smaller numbers count steps, not time
_SCALES = ((1e11, 1e6), (1e14, 1e3), (1e17, 1.0), (float("inf"), 1e-3))


def as_instants(values: pl.Series) -> pl.Series:
    """Return the instants as `Datetime(us, UTC)`; null for what is missing or is none."""
    kind = values.dtype
    if isinstance(kind, pl.Datetime):
        zoned = kind.time_zone is not None
        utc = values.dt.convert_time_zone("UTC") if zoned else values.dt.replace_time_zone("UTC")
        return utc.cast(INSTANT)
    if kind == pl.Date:
        return values.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if kind == pl.String:
        return _from_text(values)
    if isinstance(kind, pl.Categorical | pl.Enum):
        return _from_text(values.cast(pl.String))
    if kind.is_integer() or kind.is_float():
        return _from_numbers(values)
    return pl.Series(values.name, [None] * len(values), INSTANT)


def unreadable(values: pl.Series) -> str:
    """Return a value of a column none of whose values is an instant; "" when one is, or none is there."""
    if as_instants(values).null_count() < len(values):
        return ""
    there = values.drop_nulls()
    return str(there[0]) if len(there) else ""


def as_seconds(values: pl.Series) -> pl.Series:
    """Return instants as seconds since 1970, for features of type time."""
    return as_instants(values).dt.epoch("us").cast(pl.Float64) / 1e6


def _from_text(values: pl.Series) -> pl.Series:
    found = _from_iso(values)
    if found.null_count() == values.null_count():
        return found
    text = values.str.strip_chars()
    digits = text.str.contains(_NUMBER)
    if not digits.any():
        return found
    epochs = _from_numbers(text.cast(pl.Float64, strict=False).set(~digits, None))
    return found.zip_with(found.is_not_null(), epochs)


def _from_iso(values: pl.Series) -> pl.Series:
    """Read ISO-8601: what is left out of it is filled in, so that one format fits all."""
    parts = values.str.strip_chars().str.extract_groups(_ISO).struct.unnest()
    col = pl.col
    day = pl.concat_str("y", "m", "d", separator="-")
    clock = pl.concat_str([col(name).fill_null("00") for name in "HMS"], separator=":")
    fraction = col("f").fill_null("0").str.pad_end(9, "0")
    offset = pl.concat_str("sign", "zh", pl.lit(":"), col("zm").fill_null("00"))
    whole = pl.concat_str(
        *(day, pl.lit("T"), clock, pl.lit("."), fraction, offset.fill_null("+00:00"))
    )
    parsed = whole.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="us", strict=False)
    instants = parsed.dt.convert_time_zone("UTC").alias(values.name)
    return parts.select(instants).to_series()


def _from_numbers(values: pl.Series) -> pl.Series:
    """Read seconds, ms, µs or ns since 1970 by their size, and 20130131 as a day."""
    if values.dtype.is_integer():
        low, high = _COMPACT
        compact = values.is_between(low, high).fill_null(value=False)
        if compact.any():
            days = _from_iso(values.cast(pl.String).set(~compact, None))
            return days.zip_with(compact, _scaled(values.cast(pl.Float64)))
    return _scaled(values.cast(pl.Float64))


def _scaled(values: pl.Series) -> pl.Series:
    size = pl.col("v").abs()
    scale = pl.lit(None, pl.Float64)
    for bound, factor in reversed(_SCALES):
        scale = pl.when(size < bound).then(factor).otherwise(scale)
    micro = (pl.col("v") * scale).round()
    fits = micro.is_between(_EARLIEST, _LATEST) & (size >= _LEAST)
    instant = pl.when(fits).then(micro).cast(pl.Int64, strict=False).cast(pl.Datetime("us"))
    found = pl.DataFrame({"v": values}).select(instant.dt.replace_time_zone("UTC")).to_series()
    return found.alias(values.name)
