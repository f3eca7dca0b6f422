"""Watch a model that is served elsewhere: windows of what was logged, findings of its whole history."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from tenure.core import digests
from tenure.core.calendar import DAY, day_of
from tenure.core.deployments import CHAMPION
from tenure.core.elsewhere import Episode, episodes
from tenure.core.events import Event, Facts
from tenure.core.findings import ACCURACY, Finding
from tenure.core.jobs import Job, JobKind, NewJob
from tenure.core.lifecycle import step
from tenure.core.models import Mode, Model, ModelState
from tenure.core.outcomes import Chunk, Window
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.ports.work import UnitOfWork
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import record
from tenure.services.windows import day_windows

_ALL = 1_000_000


def is_elsewhere(model: Model) -> bool:
    """Return whether the model is served elsewhere."""
    part = model.spec.get("model")
    return isinstance(part, dict) and part.get("mode") == Mode.EXTERNAL


def ask(work: UnitOfWork, tenant_id: str, model_id: str, news: Iterable[str]) -> None:
    """Ask for a look at a model served elsewhere, of which `news` has come."""
    model = work.models.find(tenant_id, model_id)
    if model is not None and is_elsewhere(model):
        key = f"{model_id}:observe:{digests.short('nw', *news)}"
        work.jobs.add([NewJob(tenant_id, JobKind.OBSERVE, key, {"model_id": model_id})])


def ask_of(work: UnitOfWork, fresh: Iterable[Chunk]) -> None:
    """Ask for a look at every model served elsewhere of which predictions have come."""
    news: dict[tuple[str, str], list[str]] = {}
    for chunk in fresh:
        news.setdefault((chunk.tenant_id, chunk.model_id), []).append(chunk.id)
    for (tenant_id, model_id), ids in news.items():
        ask(work, tenant_id, model_id, ids)


def watch(house: House, job: Job) -> None:
    """Judge the days that are final and were not, and look at all of them; look again tomorrow."""
    model_id = str(job.payload["model_id"])
    with house.store.work() as work:
        model = work.models.get(job.tenant_id, model_id, lock=True)
        spec = from_dict(model.spec)
        until = job.due_at or work.clocks.get(job.tenant_id, job.tenant_id).collected
        _judge(house, work, model, spec, until)
        _settle(house, work, model, spec)
        due = day_of(until) + DAY
        key = f"{model_id}:observe:{due.isoformat()}"
        again = NewJob(job.tenant_id, JobKind.OBSERVE, key, {"model_id": model_id}, due_at=due)
        work.jobs.add([again])
        work.jobs.finish(job)
        failpoint("elsewhere.before_commit")
    failpoint("elsewhere.after_commit")


def windows_of(work: UnitOfWork, model: Model) -> list[Window]:
    """Return the judged days of what was answered elsewhere, in order."""
    return work.windows.list(model.tenant_id, model_id=model.id, lane=CHAMPION, limit=_ALL)


def _judge(house: House, work: UnitOfWork, model: Model, spec: Spec, until: datetime) -> None:
    """Make the windows of days that have become final; labels that come later mend them."""
    chunks = work.chunks.list(model.tenant_id, model_id=model.id, limit=_ALL)
    if chunks and model.state is ModelState.ONBOARDING:
        _activate(house, work, model, until)
    known = {window.day for window in windows_of(work, model)}
    final = spec.labels.final_after
    for day in sorted({chunk.day for chunk in chunks} - known):
        if day + DAY + final <= until:
            for window in day_windows(house, work, model, day, until):
                work.windows.put(model.tenant_id, window)


def _activate(house: House, work: UnitOfWork, model: Model, now: datetime) -> None:
    state = step(model.state, ModelState.ACTIVE)
    work.models.save(model.tenant_id, replace(model, state=state))
    facts: Facts = {"state": state.value, "reason": "its first predictions were logged"}
    event = Event("model.moved", model.tenant_id, model.id, model.id, now, facts)
    record(house, work, event)


def _settle(house: House, work: UnitOfWork, model: Model, spec: Spec) -> None:
    """Open and close findings so that they are what the whole history says.

    What was found once stays found, though labels that came since say otherwise.
    """
    for episode in episodes(windows_of(work, model), spec.metric, spec.monitor):
        name = digests.short("f", model.id, ACCURACY, episode.opened_at.isoformat())
        found = work.findings.find(model.tenant_id, name)
        if found is None:
            found = _finding(name, model, episode)
            facts: Facts = {"version": episode.version, "observed": found.observed}
            _record(house, work, spec, found, "finding.opened", facts)
        if found.closed_at is None and episode.closed_at is not None:
            closed = replace(found, closed_at=episode.closed_at, closed_because=episode.why)
            _record(house, work, spec, closed, "finding.closed", {"why": episode.why})


def _finding(name: str, model: Model, episode: Episode) -> Finding:
    said = episode.opened
    return Finding(
        id=name,
        tenant_id=model.tenant_id,
        model_id=model.id,
        kind=ACCURACY,
        version=episode.version,
        opened_at=episode.opened_at,
        closed_at=None,
        observed=said.observed,
        expected=said.expected,
        low=said.low,
        high=said.high,
        rows=said.rows,
        text=f"{said.text}; expected: as in its first days",
    )


def _record(  # one finding, and what happened to it
    house: House, work: UnitOfWork, spec: Spec, found: Finding, kind: str, facts: Facts
) -> None:
    work.findings.put(found.tenant_id, found)
    at = found.closed_at or found.opened_at
    told: Facts = {"kind": found.kind, **facts}
    event = Event(kind, found.tenant_id, found.model_id, found.id, at, told)
    record(house, work, event, spec=spec)
