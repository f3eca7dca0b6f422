"""`tenure.drift`: compare two tables, files or frames; no home, no server."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenure.adapters.tables.columns import FrameColumns, columns_of
from tenure.core.comparisons import Comparison, in_words
from tenure.core.drift import ColumnDrift, Rules
from tenure.core.shifts import Verdict
from tenure.pages.drift import page
from tenure.ports.columns import Columns
from tenure.sdk.frames import Rows, table_of
from tenure.services import drift as service
from tenure.services.profile import Progress


@dataclass(frozen=True, slots=True)
class DriftReport:
    """What drifted between two tables. `columns` has everything, `findings` what drifted."""

    comparison: Comparison

    @property
    def columns(self) -> list[ColumnDrift]:
        """Every column and segment, the most drifted first."""
        return list(self.comparison.columns)

    @property
    def findings(self) -> list[ColumnDrift]:
        """What drifted, the worst first."""
        return self.comparison.findings

    @property
    def verdict(self) -> Verdict:
        """`drifted`, `steady`, or `not enough data` when nothing could be judged."""
        return self.comparison.verdict

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return self.comparison.as_dict()

    def to_json(self) -> str:
        """Return the report as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)

    def to_html(self) -> str:
        """Return the report as one page that needs nothing else."""
        return page(self.comparison)

    @property
    def summary(self) -> str:
        """The outcome in one line."""
        return in_words(self.comparison)


def drift(
    reference: Rows | str | Path,
    current: Rows | str | Path,
    *,
    by: str | None = None,
    columns: Sequence[str] = (),
    rules: Rules | None = None,
    told: Progress | None = None,
) -> DriftReport:
    """Compare two tables, column by column, and say which have drifted.

    A table is the path of a Parquet, CSV or TSV file, or a frame (polars, pandas, Arrow, a list of
    dicts, a dict of columns). Files are read in parts, so they may be larger than memory. With `by`
    every value of that column is also compared by itself. `columns` are all that the reference has
    unless named. Raises `TenureError` for what cannot be read.
    """
    found = service.compare(
        _columns(reference, "reference"),
        _columns(current, "current"),
        rules=rules or Rules(),
        by=by,
        only=columns,
        told=told or _silent,
    )
    return DriftReport(found)


def _columns(table: Rows | str | Path, name: str) -> Columns:
    if isinstance(table, str | Path):
        return columns_of(Path(table))
    return FrameColumns(table_of(table), name)


def _silent(name: str, rows: int, of: int | None) -> None:
    """Say nothing."""
