"""Findings become incidents in the database: each is recorded once, and asks for the next look."""

from dataclasses import replace

from tenure.core.events import Event
from tenure.core.findings import Finding
from tenure.core.incidents import QUIET
from tenure.core.spec.parse import from_dict
from tenure.services.record import record
from tests.small.life import LIVE, Life
from tests.small.rows import DAY


def find(life: Life, number: int, day: int) -> None:
    """Let something be found in the model."""
    at, figures = LIVE + day * DAY, (0.6, 0.5, 0.55, 0.65, 900)
    found = Finding(
        f"f_{number}", life.tenant, life.model, "drift", 1, at, None, *figures, "it drifts"
    )
    tell(life, found, "finding.opened")


def close(life: Life, number: int, day: int) -> None:
    found = life.read(lambda work: work.findings.get(life.tenant, f"f_{number}"))
    tell(life, replace(found, closed_at=LIVE + day * DAY), "finding.closed")


def tell(life: Life, found: Finding, kind: str) -> None:
    with life.house.store.work() as work:
        work.findings.put(life.tenant, found)
        spec = from_dict(work.models.get(life.tenant, life.model).spec)
        at = found.closed_at or found.opened_at
        event = Event(kind, life.tenant, life.model, found.id, at, {"kind": found.kind})
        record(life.house, work, event, spec=spec)


def findings(life: Life) -> list[Finding]:
    return life.read(lambda work: work.findings.list(life.tenant, model_id=life.model))


def test_an_incident_is_opened_worsened_and_closed_in_the_ledger(life: Life) -> None:
    find(life, 1, 0)
    life.work()
    find(life, 2, 0)
    life.work()
    close(life, 1, 0)
    close(life, 2, 0)
    life.work()
    assert life.told("incident.closed") == []
    life.advance(LIVE + QUIET)
    (opened,), (more,), (over,) = (
        life.told(f"incident.{what}") for what in ("opened", "worsened", "closed")
    )
    assert opened.subject == more.subject == over.subject
    assert (opened.facts["tells"], more.facts["tells"]) == ("f_1", "f_2")
    assert over.business_at == LIVE + QUIET
    assert {(one.incident, one.settled_at) for one in findings(life)} == {
        (opened.subject, LIVE + QUIET)
    }


def test_a_look_that_is_repeated_changes_nothing(life: Life) -> None:
    find(life, 1, 0)
    find(life, 2, 0)
    life.work()  # two looks, at one instant
    assert len(life.told("incident.opened")) == 1
    assert life.told("incident.worsened") == []
