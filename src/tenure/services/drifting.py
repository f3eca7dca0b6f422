"""Drifting: judge the answers of each finished business day against what trained the version.

The newest window of the version that answered most is held against its reference; what was found is
kept for each day. A finding opens when drift lasts, and informs: it starts a race only where the
spec says so.
"""

from datetime import datetime, timedelta

import polars as pl

from tenure.core import digests
from tenure.core.calendar import DAY, day_of
from tenure.core.deployments import CHAMPION
from tenure.core.drift import Rules
from tenure.core.findings import Finding
from tenure.core.grains import ALL, Grain
from tenure.core.jobs import Job
from tenure.core.layouts import Tally
from tenure.core.models import Model
from tenure.core.persistence import in_words, is_over, judged_of, lasting
from tenure.core.shifting import judged
from tenure.core.shifts import DriftDay, Shift
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import DriftPart, Spec
from tenure.ports.work import UnitOfWork
from tenure.services import findings, profiling, references, reprofile
from tenure.services.house import House
from tenure.services.judge import champion_of
from tenure.services.record import business_now
from tenure.services.references import LABEL, REFERENCES

DRIFT = "drift"
_LOOK_BACK = timedelta(days=90)


def prepare(house: House, job: Job) -> None:
    """Give versions that were released before there were references theirs, and profile the log.

    Before the unit of work of the judging: it reads what trained the version.
    """
    model_id = str(job.payload["model_id"])
    with house.store.read() as work:
        model = work.models.get(job.tenant_id, model_id)
        number = champion_of(work, model, CHAMPION)
        version = number and work.versions.find(job.tenant_id, f"{model_id}/{number}")
        now = business_now(house, work, job.tenant_id, job)
    if version and not version.reference:
        references.keep(house, job.tenant_id, version.id, now)
        reprofile.rebuild(house, job.tenant_id, model_id)


def judge_day(
    house: House, work: UnitOfWork, model: Model, spec: Spec, day: datetime
) -> DriftDay | None:
    """Judge one day that is over, and open or close the finding; None when nobody answered."""
    now = day + DAY
    profiling.fold(work, model, now)
    number = version_of(work, model, day)
    reference = None
    if number is not None:
        reference = REFERENCES.of(house, model.tenant_id, model.id, number)
    if number is None or reference is None:
        return None
    since = now - reference.days * DAY
    window = profiling.between(work, model, number, ALL, since, now)
    if window is None:
        return None
    labelled = with_labels(house, work, model, number, now, window)
    found = DriftDay(
        id=f"{model.id}/{day.date()}",
        tenant_id=model.tenant_id,
        model_id=model.id,
        version=number,
        day=day,
        days=reference.days,
        rows=window.rows,
        shifts=judged(reference, labelled, rules_of(spec.monitor.drift)),
    )
    work.drift_days.put(model.tenant_id, found)
    _watch(house, work, model, spec, found)
    return found


def with_labels(  # one window of one version
    house: House, work: UnitOfWork, model: Model, number: int, now: datetime, window: Tally
) -> Tally:
    """Return a window that ends at `now` with the labels of the newest one whose labels are final.

    A window is as long as the version's reference says, and its labels are of whatever version answered:
    the truth is nobody's. Those of the same window would be the ones that come early.
    """
    reference = REFERENCES.of(house, model.tenant_id, model.id, number)
    counter = REFERENCES.counter(house, model.tenant_id, model.id, number)
    if reference is None or counter is None or LABEL not in reference.places:
        return window
    until = now - from_dict(model.spec).labels.final_after
    labels = work.outcomes.labelled(
        model.tenant_id, model.id, made_from=until - reference.days * DAY, made_until=until
    ).label
    if not labels:
        return window
    counted = counter.windows(pl.DataFrame({LABEL: labels}), [0])[0]
    return reference.layout.with_field(window, reference.places[LABEL], counted)


def rules_of(part: DriftPart) -> Rules:
    """Return the rules of a spec's `[monitor.drift]`."""
    return Rules(
        false_discoveries=part.false_discoveries, floor=part.floor, spread_floor=2.0 * part.floor
    )


def version_of(work: UnitOfWork, model: Model, day: datetime) -> int | None:
    """Return the version that answered most on a day; the newer one of two."""
    windows = work.profiles.list(
        model.tenant_id, model_id=model.id, grain=Grain.DAY, segment=ALL, since=day
    )
    most = max(windows, key=lambda one: (one.rows, one.version), default=None)
    return None if most is None else most.version


def _watch(house: House, work: UnitOfWork, model: Model, spec: Spec, today: DriftDay) -> None:
    many = spec.monitor.drift.days
    seen = work.drift_days.list(
        model.tenant_id,
        model_id=model.id,
        day__gte=today.day - _LOOK_BACK,
        day__lt=today.day + DAY,
    )
    days, now = judged_of(seen, today.version, many), today.day + DAY
    opened = findings.find_open(work, model, DRIFT)
    if opened is not None and opened.version != today.version:
        why = f"version {today.version} took over from version {opened.version}"
        findings.end(house, work, spec, opened, why, now)
    elif opened is not None:
        since = [day for day in days if day.day >= day_of(opened.opened_at)]
        if is_over(since, many):
            findings.end(
                house, work, spec, opened, f"nothing has drifted for {many} judged days", now
            )
    elif days and days[-1].day == today.day and (found := lasting(days, many)):
        text = in_words(today, found, many, spec.monitor.drift.false_discoveries)
        columns = ", ".join(one.name for one in found)
        finding = _finding(model, today, found[0], text)
        findings.begin(house, work, spec, finding, {"columns": columns})


def _finding(model: Model, today: DriftDay, first: Shift, text: str) -> Finding:
    now = today.day + DAY
    return Finding(
        id=digests.short("f", model.id, DRIFT, now.isoformat()),
        tenant_id=model.tenant_id,
        model_id=model.id,
        kind=DRIFT,
        version=today.version,
        opened_at=now,
        closed_at=None,
        observed=first.size,
        expected=first.usual or 0.0,
        low=first.size,
        high=first.size,
        rows=today.rows,
        text=text,
    )
