"""Approve: people's words for and against a version, recorded as evidence; the loop judges again."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tenure.core import digests
from tenure.core.approvals import (
    BREAK_GLASS,
    DENIAL,
    LONGEST_BREAK,
    LONGEST_DEPUTY,
    VALIDATION,
    WITHDRAWAL,
    scope_of,
    standing,
)
from tenure.core.cases import APPROVAL
from tenure.core.errors import Kind, TenureError, conflict, invalid, not_found
from tenure.core.events import Event, Facts
from tenure.core.evidence import Evidence
from tenure.core.findings import Finding
from tenure.core.keys import ApiKey, Permission, Principal, Role
from tenure.core.spec.parse import from_dict
from tenure.core.spec.values import Spec
from tenure.core.studies import Study, StudyState
from tenure.core.versions import Version
from tenure.ports.work import UnitOfWork
from tenure.services import keys
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import business_now, record

_SAYS = {
    APPROVAL: (Permission.APPROVE, "approval.given"),
    DENIAL: (Permission.APPROVE, "approval.denied"),
    WITHDRAWAL: (Permission.APPROVE, "approval.withdrawn"),
    VALIDATION: (Permission.VALIDATE, "approval.validated"),
    BREAK_GLASS: (Permission.BREAK_GLASS, "approval.glass_broken"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """Who says something about which waiting version, and why.

    `scope` is that of the decision that the person has seen; "" takes the present one.
    """

    who: Principal
    tenant_id: str
    model_id: str
    number: int
    reason: str
    scope: str = ""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A version that waits for people, as it is at this moment."""

    version: Version
    study: Study
    spec: Spec
    scope: str
    said: tuple[Evidence, ...]
    now: datetime


def give(house: House, said: Said) -> Evidence:
    """Approve a waiting version; saying it twice is saying it once."""
    return _say(house, said, APPROVAL)


def deny(house: House, said: Said) -> Evidence:
    """Say no to a waiting version: it is refused."""
    return _say(house, said, DENIAL)


def validate(house: House, said: Said) -> Evidence:
    """Vouch for a waiting version as a validator."""
    return _say(house, said, VALIDATION)


def withdraw(house: House, said: Said) -> Evidence:
    """Take one's word back while the version waits; raise `approval.nothing_said`."""
    return _say(house, said, WITHDRAWAL)


def break_glass(house: House, said: Said, length: timedelta) -> Evidence:
    """Let a waiting version pass without approvals; opens a finding that asks for a review.

    Raises `approval.too_long` beyond a day.
    """
    if not timedelta(0) < length <= LONGEST_BREAK:
        hours = round(LONGEST_BREAK / timedelta(hours=1))
        raise invalid("approval.too_long", f"a glass stays broken for {hours} hours at most")
    return _say(house, said, BREAK_GLASS, length)


def review(house: House, said: Said) -> Finding:
    """Close the finding of a broken glass; who broke it may not.

    Raises `approval.nothing_broken`, `approval.own_glass`.
    """
    _check(said.who, said.tenant_id, Permission.APPROVE)
    with house.store.work() as work:
        model = work.models.get(said.tenant_id, said.model_id, lock=True)
        found = work.findings.list(
            said.tenant_id, model_id=said.model_id, kind=BREAK_GLASS, closed_at=None
        )
        mine = [one for one in found if one.version == said.number]
        if not mine:
            raise not_found("approval.nothing_broken", f"{model.path} has no such finding open")
        finding = mine[0]
        own = said.who.role is not Role.SOLE_USER and finding.done[0] == said.who.person
        if own:
            raise conflict("approval.own_glass", "who broke the glass does not review it")
        now = business_now(house, work, said.tenant_id)
        closed = replace(finding, closed_at=now, closed_because=said.reason)
        work.findings.save(said.tenant_id, closed)
        facts: Facts = {"version": said.number, "reason": said.reason}
        event = Event("approval.reviewed", said.tenant_id, said.model_id, finding.id, now, facts)
        record(house, work, event, actor=said.who.key_id)
    return closed


def delegate(
    house: House, who: Principal, tenant_id: str, name: str, until: datetime
) -> tuple[ApiKey, str]:
    """Return a deputy's key and its text: it approves for `who` until then, and may do no more.

    Raises `approval.not_delegable` for a deputy's own key, `approval.too_long` beyond 30 days.
    """
    _check(who, tenant_id, Permission.APPROVE)
    if who.deputy_of or who.role not in {Role.APPROVER, Role.CLIENT_APPROVER}:
        raise conflict("approval.not_delegable", "only an approver's own word can be delegated")
    if until - house.clock.now() > LONGEST_DEPUTY:
        raise invalid(
            "approval.too_long", f"a deputy speaks for {LONGEST_DEPUTY.days} days at most"
        )
    only = (Permission.READ, Permission.APPROVE)
    grant = keys.Grant(only=only, deputy_of=who.person)
    return keys.mint(house, who.key_id, tenant_id, who.role, name, until, grant)


def _say(house: House, said: Said, kind: str, length: timedelta | None = None) -> Evidence:
    permission, event_kind = _SAYS[kind]
    _check(said.who, said.tenant_id, permission)
    with house.store.work() as work:
        waiting = _waiting(house, work, said)
        mine = [one for one in waiting.said if one.facts.get("by") == said.who.person]
        last = max(mine, key=lambda one: int(one.facts.get("n") or 0), default=None)
        if kind == WITHDRAWAL and not _counts(waiting, said.who):
            raise conflict("approval.nothing_said", "there is no word of yours to take back")
        if last is not None and last.kind == kind and last.facts.get("scope") == waiting.scope:
            return last
        evidence = _evidence(said, waiting, kind, len(mine), length)
        work.evidence.add(said.tenant_id, evidence)
        facts: Facts = {
            "study_id": waiting.study.id,
            "version": said.number,
            "role": said.who.role.value,
            "person": said.who.person,
            "reason": said.reason,
            "scope": waiting.scope,
        }
        event = Event(event_kind, said.tenant_id, said.model_id, evidence.id, waiting.now, facts)
        record(house, work, event, actor=said.who.key_id, spec=waiting.spec)
        if kind == BREAK_GLASS:
            _open_finding(house, work, said, waiting, evidence)
        failpoint("approve.before_commit")
    failpoint("approve.after_commit")
    return evidence


def _check(who: Principal, tenant_id: str, permission: Permission) -> None:
    if not who.may(permission, tenant_id):
        words = permission.replace("_", " ")
        raise TenureError(
            Kind.DENIED, "approval.not_allowed", f"a key with the role {who.role} may not {words}"
        )


def _waiting(house: House, work: UnitOfWork, said: Said) -> _Waiting:
    """Return what waits, locked; raise `approval.not_waiting`, `approval.scope_changed`."""
    model = work.models.get(said.tenant_id, said.model_id, lock=True)
    version = work.versions.get(said.tenant_id, f"{said.model_id}/{said.number}")
    study = work.studies.get(said.tenant_id, version.study_id)
    if study.state is not StudyState.WAITING:
        raise conflict(
            "approval.not_waiting",
            f"version {said.number} of {model.path} does not wait for anybody: it is {version.state}",
        )
    evidence = work.evidence.list(said.tenant_id, model_id=said.model_id, version=said.number)
    decision = work.decisions.get(said.tenant_id, study.decision_id)
    scope = scope_of(version.digest, decision.policy_digest, evidence)
    if said.scope not in {"", scope}:
        raise conflict(
            "approval.scope_changed",
            "what is to be approved has changed since you saw it",
            hint=f"look again: tenure explain {study.decision_id}",
        )
    words = tuple(one for one in evidence if one.kind in _SAYS)
    now = business_now(house, work, said.tenant_id)
    return _Waiting(version, study, from_dict(model.spec), scope, words, now)


def _counts(waiting: _Waiting, who: Principal) -> bool:
    words = standing(waiting.said, waiting.scope, waiting.now)
    return any(who.person == word.by for word in words)


def _evidence(
    said: Said, waiting: _Waiting, kind: str, count: int, length: timedelta | None
) -> Evidence:
    who, now = said.who, waiting.now
    names = (said.tenant_id, said.model_id, said.number, kind, who.person, count)
    facts: dict[str, float | int | str | None] = {
        "by": who.person,
        "role": who.role.value,
        "reason": said.reason,
        "digest": waiting.version.digest,
        "scope": waiting.scope,
        "n": count,
    }
    if who.deputy_of:
        facts["for"] = who.deputy_of
    valid_for = length or waiting.spec.lane(waiting.study.lane).gate.valid_for
    return Evidence(
        id=digests.short("ev", *names),
        tenant_id=said.tenant_id,
        model_id=said.model_id,
        version=said.number,
        kind=kind,
        made_at=now,
        expires_at=now + valid_for,
        facts=facts,
    )


def _open_finding(
    house: House, work: UnitOfWork, said: Said, waiting: _Waiting, evidence: Evidence
) -> None:
    """Say in red that somebody has to look at this, until somebody else has."""
    until = f"{evidence.expires_at:%Y-%m-%d %H:%M} UTC"
    text = f"version {said.number} may pass without approvals until {until}: {said.reason}"
    finding = Finding(
        id=digests.short("f", said.model_id, BREAK_GLASS, evidence.id),
        tenant_id=said.tenant_id,
        model_id=said.model_id,
        kind=BREAK_GLASS,
        version=said.number,
        opened_at=waiting.now,
        closed_at=None,
        observed=0.0,
        expected=0.0,
        low=0.0,
        high=0.0,
        rows=0,
        text=text,
        done=(said.who.person,),
    )
    work.findings.add(said.tenant_id, finding)
    facts: Facts = {"kind": BREAK_GLASS, "version": said.number}
    event = Event("finding.opened", said.tenant_id, said.model_id, finding.id, waiting.now, facts)
    record(house, work, event, actor=said.who.key_id, spec=waiting.spec)
