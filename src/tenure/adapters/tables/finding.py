"""Finding columns by name: a missing one is told with the nearest that is there."""

from difflib import get_close_matches

import polars as pl

from tenure.core.errors import TenureError, invalid

_SHOWN = 30


def need(table: pl.DataFrame, name: str, key: str, noun: str) -> pl.Series:
    """Return a column that the spec names under `key`; raise `<noun>.missing_column`."""
    if name not in table.columns:
        raise missing(table, name, f"{key} names the column", noun)
    return table[name]


def missing(table: pl.DataFrame, name: str, words: str, noun: str) -> TenureError:
    """Return the error for a column that is not there."""
    names = [one for one in table.columns if one]
    folded = {one.casefold(): one for one in names}
    close = get_close_matches(name.casefold(), folded, n=1, cutoff=0.6)
    listed = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
    ask = f'did you mean "{folded[close[0]]}"?   ' if close else ""
    hint = f"{ask}columns: {listed or 'none'}"
    return invalid(f"{noun}.missing_column", f'{words} "{name}", which is not there', hint=hint)
