"""`tenure model explain`: a table's rows, explained part by part, for people or into a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tenure.core.errors import invalid

if TYPE_CHECKING:
    from tenure.sdk.inference import Explanation
    from tenure.sdk.models import ModelHandle

SHOWN = 20
"""Rows that people get to see; programs and files get all."""
Row = dict[str, Any]
_WRITERS = {".csv": "write_csv", ".parquet": "write_parquet"}


def explained(handle: "ModelHandle", file: Path) -> "Iterator[Explanation]":
    """Yield the explanations of a file's rows, part by part."""
    from tenure.app.batch import rows_of

    for part in rows_of(file).parts(0):
        yield handle.explain(part.table)


def rows(found: "Explanation", start: int) -> Iterator[Row]:
    """Yield what is known of each row; `start` is the number of the first."""
    lines = zip(found.scores, found.base, found.contributions, strict=True)
    for number, (score, base, contributions) in enumerate(lines, start):
        yield {
            "row": number,
            "raw_score": score,
            "base_value": base,
            "contributions": contributions,
            "link": found.link,
            "version": found.version,
        }


def shown(row: Row, top: int) -> Row:
    """Return a row as people read it: the `top` features that moved its score most."""
    each = sorted(row["contributions"].items(), key=lambda item: -_size(item[1]))[:top]
    return {**row, "because": ", ".join(f"{name} {_signed(value)}" for name, value in each)}


def write(out: Path, found: list[Row]) -> None:
    """Write one column per feature beside score and base; raise `explain.bad_out`."""
    import polars as pl

    kind = _WRITERS.get(out.suffix.lower())
    if kind is None:
        known = " or ".join(_WRITERS)
        raise invalid("explain.bad_out", f"{out.name!r} ends in neither {known}", where="--out")
    flat = [{"raw_score": r["raw_score"], "base_value": r["base_value"]} for r in found]
    table = pl.DataFrame(flat).hstack(
        pl.DataFrame([row["contributions"] for row in found]).rename(lambda n: f"contribution.{n}")
    )
    if kind == "write_csv":  # a cell holds no list
        lists = [name for name, dtype in table.schema.items() if dtype == pl.List]
        table = table.with_columns(
            pl.col(lists).list.eval(pl.element().cast(pl.String)).list.join(" ")
        )
    getattr(table, kind)(out)


def _size(value: Any) -> float:
    return max(map(abs, value)) if isinstance(value, list) else abs(float(value))


def _signed(value: Any) -> str:
    if isinstance(value, list):
        return "[" + " ".join(map(_signed, value)) + "]"
    return f"{value:+.3g}"
