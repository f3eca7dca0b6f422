"""Compare two tables, column by column: what drifted, what is steady, what cannot be said."""

from collections.abc import Mapping, Sequence

from tenure.core.comparisons import Comparison, Side
from tenure.core.drift import ColumnDrift, Rules, compared, judged
from tenure.core.errors import invalid
from tenure.core.profiles import ColumnKind, Profile
from tenure.core.shifts import Verdict
from tenure.ports.columns import Columns
from tenure.services.profile import (
    ALL,
    OTHER,
    Plan,
    Progress,
    Segments,
    planned,
    profiled,
    segments_of,
)


def compare(
    reference: Columns,
    current: Columns,
    *,
    rules: Rules,
    by: str | None,
    only: Sequence[str],
    told: Progress,
) -> Comparison:
    """Return how the current table differs from the reference.

    Raises `drift.no_column` for a name in `only` or `by` that the reference does not have.
    """
    names = _names(reference, current, by, only)
    how = planned(reference, names)
    segments = segments_of(reference, by) if by else []
    whole = how.whole if by is None else {}
    made = {name: one for name, one in how.plans.items() if one.kind is not ColumnKind.OTHER}
    again = {name: one for name, one in made.items() if name not in whole}
    before = profiled(reference, again, by, segments, told) if again else {ALL: {}}
    before[ALL] = {name: (whole | before[ALL])[name] for name in made}
    after = profiled(current, made, by, segments, told)
    found = [one for part in before for one in _segment(part, how.plans, (before, after), rules)]
    new = [] if only else [name for name in current.names if name not in reference.names]
    found += [_unjudged(name, ColumnKind.OTHER, "the reference does not have it") for name in new]
    return Comparison(
        reference=Side(reference.name, reference.rows or 0, reference.left_out),
        current=Side(current.name, current.rows or 0, current.left_out),
        rules=rules,
        by=by,
        columns=judged(found, rules),
    )


def _names(reference: Columns, current: Columns, by: str | None, only: Sequence[str]) -> list[str]:
    for name in [*only, *([by] if by else [])]:
        if name not in reference.names:
            known = ", ".join(reference.names)
            raise invalid(
                "drift.no_column",
                f"the reference has no column {name!r}",
                where=reference.name,
                hint=f"it has {known}",
            )
    if by and by not in current.names:
        raise invalid(
            "drift.no_column",
            f"the segments' column {by!r} is not there",
            where=current.name,
            hint="segments are made of a column that both tables have",
        )
    return [name for name in (only or reference.names) if name != by]


def _segment(
    part: str, how: Mapping[str, Plan], sides: tuple[Segments, Segments], rules: Rules
) -> list[ColumnDrift]:
    before, after = sides[0][part], sides[1][part]
    found = []
    for name, plan in how.items():
        if name in before and name in after:
            if part != OTHER or before[name].rows or after[name].rows:
                found.append(compared(name, part, plan.kind, before[name], after[name], rules))
        elif part == ALL and name in before:
            found.append(_gone(name, plan.kind, before[name]))
        elif part == ALL:
            found.append(_unjudged(name, plan.kind, "lists, structs and bytes are not compared"))
    return found


def _unjudged(name: str, kind: ColumnKind, why: str) -> ColumnDrift:
    return ColumnDrift(name, ALL, kind, Verdict.NOT_JUDGED, why)


def _gone(name: str, kind: ColumnKind, reference: Profile) -> ColumnDrift:
    why = "the current data do not have this column"
    return ColumnDrift(
        name, ALL, kind, Verdict.DRIFTED, why, q=0.0, size=100.0, reference=reference
    )
