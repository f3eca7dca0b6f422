"""A comparison of two tables: what was found of every column, and its shape as plain values."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tenure.core.drift import ColumnDrift, Rules
from tenure.core.profiles import Categories, Numbers, Profile
from tenure.core.shifts import Verdict
from tenure.core.words import count

FORMAT = 1
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two tables. `left_out` rows were torn: they are counted and nothing else."""

    name: str
    rows: int
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two tables, compared. `columns` has one entry per column and segment, the worst first."""

    reference: Side
    current: Side
    rules: Rules
    by: str | None
    columns: Sequence[ColumnDrift]

    @property
    def findings(self) -> list[ColumnDrift]:
        """What drifted, the worst first."""
        return [one for one in self.columns if one.verdict is Verdict.DRIFTED]

    @property
    def verdict(self) -> Verdict:
        """Drifted when a column is; not enough data when no column could be judged."""
        seen = {one.verdict for one in self.columns}
        decided = (one for one in (Verdict.DRIFTED, Verdict.STEADY) if one in seen)
        return next(decided, Verdict.NOT_ENOUGH)

    @property
    def counts(self) -> dict[str, int]:
        """How many columns (and segments) have each verdict."""
        found = Counter(one.verdict for one in self.columns)
        return {str(verdict): found[verdict] for verdict in Verdict}

    def as_dict(self) -> dict[str, Any]:
        """Return what is written as JSON: format 1, no NaN, no infinity."""
        return {
            "format": FORMAT,
            "verdict": str(self.verdict),
            "counts": self.counts,
            "reference": asdict(self.reference),
            "current": asdict(self.current),
            "by": self.by,
            "rules": asdict(self.rules),
            "columns": [_column(one) for one in self.columns],
        }


def in_words(comparison: Comparison) -> str:
    """Return the outcome in one line: `4 of 25 columns drifted: origin, wind, …`."""
    columns = {one.column for one in comparison.columns}
    drifted = list(dict.fromkeys(one.column for one in comparison.findings))
    of = count(len(columns), "column")
    if drifted:
        more = f" and {len(drifted) - _NAMED:,} more" if len(drifted) > _NAMED else ""
        return f"{len(drifted):,} of {of} drifted: {', '.join(drifted[:_NAMED])}{more}"
    if comparison.verdict is Verdict.NOT_ENOUGH:
        return f"not enough data: none of {of} could be judged"
    unknown = len({one.column for one in comparison.columns if one.verdict is Verdict.NOT_ENOUGH})
    return f"steady: none of {of} drifted" + (f"; {unknown:,} not judged" if unknown else "")


def _column(one: ColumnDrift) -> dict[str, Any]:
    return {
        "column": one.column,
        "segment": one.segment,
        "kind": str(one.kind),
        "verdict": str(one.verdict),
        "reason": one.reason,
        "q": one.q,
        "size": one.size,
        "scores": one.scores or {},
        "reference": _profile(one.reference),
        "current": _profile(one.current),
    }


def _profile(profile: Profile | None) -> dict[str, Any] | None:
    if profile is None:
        return None
    said: dict[str, Any] = {"rows": profile.rows, "values": profile.values}
    said |= {name: many for name, many in asdict(profile.absent).items() if many}
    if isinstance(profile, Numbers) and profile.values:
        said |= {"low": profile.low, "mean": profile.mean, "high": profile.high}
    if isinstance(profile, Categories):
        said |= {"unseen": profile.unseen}
    return said
