"""A day's drift as a comparison: the stored window against what trained the version. Reads no rows."""

from dataclasses import replace
from datetime import datetime

from tenure.core.calendar import DAY, day_of
from tenure.core.comparisons import Comparison, Side
from tenure.core.drift import ColumnDrift, Rules, compared
from tenure.core.errors import not_found
from tenure.core.grains import ALL
from tenure.core.layouts import Tally
from tenure.core.references import Reference
from tenure.core.shifts import DriftDay, Shift
from tenure.core.spec.parse import from_dict
from tenure.ports.work import UnitOfWork
from tenure.services import profiling
from tenure.services.drifting import rules_of, with_labels
from tenure.services.house import House
from tenure.services.references import REFERENCES


def report(
    house: House, tenant_id: str, model_id: str, day: datetime | None = None
) -> tuple[DriftDay, Comparison]:
    """Return what was found on a day, the newest unless named, and its window compared.

    Raises `drift.no_day` where nothing was judged, or the day is a part of thirty by now.
    """
    with house.store.read() as work:
        model = work.models.get(tenant_id, model_id)
        found = _day(work, tenant_id, model_id, day)
        reference = window = None
        if found is not None:
            until = found.day + DAY
            since = until - found.days * DAY
            reference = REFERENCES.of(house, tenant_id, model_id, found.version)
            window = profiling.between(work, model, found.version, ALL, since, until)
        if found is not None and window is not None:
            window = with_labels(house, work, model, found.version, found.day + DAY, window)
    if found is None or reference is None or window is None:
        when = f"on {day.date()}" if day else "yet"
        raise not_found(
            "drift.no_day",
            f"{model.path} has no judged window {when}",
            hint=f"days that were judged: tenure model drift {model.path}",
        )
    rules = rules_of(from_dict(model.spec).monitor.drift)
    span = f"{(found.day - (found.days - 1) * DAY).date()} to {found.day.date()}"
    return found, Comparison(
        reference=Side(f"what trained version {found.version}", reference.whole.rows),
        current=Side(f"{model.path}, {span}", window.rows),
        rules=rules,
        by=None,
        columns=_columns(reference, window, found),
    )


def _day(work: UnitOfWork, tenant_id: str, model_id: str, day: datetime | None) -> DriftDay | None:
    if day is not None:
        return work.drift_days.find(tenant_id, f"{model_id}/{day_of(day).date()}")
    return work.drift_days.last(tenant_id, model_id=model_id)


def _columns(reference: Reference, window: Tally, found: DriftDay) -> list[ColumnDrift]:
    """Return the columns with the verdicts that were given then, the most telling first."""
    order = [one.name for one in found.ranked()]
    rest = sorted(one.name for one in found.shifts if one.name not in order)
    shifts = {one.name: one for one in found.shifts}
    return [_column(reference, window, shifts[name]) for name in (*order, *rest)]


def _column(reference: Reference, window: Tally, shift: Shift) -> ColumnDrift:
    layout, place = reference.layout, reference.places[shift.name]
    sides = (layout.profile(reference.whole, place), layout.profile(window, place))
    column = compared(shift.name, "", layout.fields[place].kind, *sides, Rules())
    usual = "" if shift.usual is None else f"; {shift.usual:.1f} are usual"
    weight = "" if shift.weight is None else f"; weight {shift.weight:.2g}"
    reason = f"{shift.words or column.reason}; {shift.size:.1f} floors{usual}{weight}"
    return replace(column, verdict=shift.verdict, reason=reason, q=shift.q, size=shift.size)
