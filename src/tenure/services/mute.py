"""Mute and acknowledge: what people say about findings. Watching goes on all the same."""

from dataclasses import dataclass, replace
from datetime import datetime

from tenure.core.errors import conflict, invalid
from tenure.core.events import Event, Facts
from tenure.core.findings import Acknowledgement, Finding, Mute
from tenure.core.spec.parse import from_dict
from tenure.ports.work import UnitOfWork
from tenure.services.house import House
from tenure.services.record import business_now, record


@dataclass(frozen=True, slots=True)
class Remark:
    """Who says something of which finding, and why."""

    actor: str
    tenant_id: str
    finding_id: str
    reason: str


def mute(house: House, said: Remark, until: datetime) -> Finding:
    """Tell nobody of an open finding before `until`, in business time; a later word replaces it.

    Raises `finding.not_found`, `finding.closed`, and `finding.bad_until` for what has passed.
    """
    with house.store.work() as work:
        found, now = _open(house, work, said)
        if until <= now:
            raise invalid(
                "finding.bad_until",
                f"{until:%Y-%m-%d %H:%M} has passed: business time stands at {now:%Y-%m-%d %H:%M}",
                hint="a mute ends by itself at an instant that is still to come",
            )
        muted = replace(found, mute=Mute(until, said.reason, said.actor, now))
        _save(house, work, said, muted, "finding.muted", {"until": until.isoformat()})
    return muted


def unmute(house: House, said: Remark) -> Finding:
    """Take a mute back; nothing happens to what is not muted."""
    with house.store.work() as work:
        found, now = _open(house, work, said)
        if not found.is_muted(now):
            return found
        heard = replace(found, mute=None)
        _save(house, work, said, heard, "finding.unmuted", {})
    return heard


def acknowledge(house: House, said: Remark) -> Finding:
    """Say that one has taken an open finding on; a later word replaces it."""
    with house.store.work() as work:
        found, now = _open(house, work, said)
        taken = replace(found, acknowledged=Acknowledgement(said.actor, now, said.reason))
        _save(house, work, said, taken, "finding.acknowledged", {})
    return taken


def _open(house: House, work: UnitOfWork, said: Remark) -> tuple[Finding, datetime]:
    found = work.findings.get(said.tenant_id, said.finding_id, lock=True)
    if found.closed_at is not None:
        raise conflict("finding.closed", f"{found.id} was closed: {found.closed_because}")
    return found, business_now(house, work, said.tenant_id)


def _save(  # one change, all its parts
    house: House, work: UnitOfWork, said: Remark, found: Finding, kind: str, facts: Facts
) -> None:
    work.findings.save(found.tenant_id, found)
    model = work.models.get(found.tenant_id, found.model_id)
    now = business_now(house, work, found.tenant_id)
    told: Facts = {"reason": said.reason, **facts}
    event = Event(kind, found.tenant_id, found.model_id, found.id, now, told)
    record(house, work, event, actor=said.actor, spec=from_dict(model.spec))
