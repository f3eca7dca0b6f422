"""What waits for people over HTTP, and their words for and against it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from fastapi import Response

from tenure.api.bodies import Body, Instant, Text
from tenure.api.keys import MintedKey, view
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.api.versions import GivenReason, Number
from tenure.core.evidence import Evidence
from tenure.core.findings import Finding
from tenure.core.keys import Permission, Principal
from tenure.core.policies import Reason
from tenure.core.spec.durations import parse_duration
from tenure.core.studies import Study, StudyState
from tenure.ports.work import UnitOfWork
from tenure.services import approve
from tenure.services.approve import Said
from tenure.services.house import House

router = Router("approval")
_OF = "/tenants/{tenant}/models/{model}/versions/{number}"


@dataclass(frozen=True, slots=True)
class Approval:
    """A version that waits for a person. `reasons` are what the policy said of each clause.

    `scope` names what is to be approved: bytes, policy and evidence. Send it back with your word, and
    you never approve what you have not seen.
    """

    id: str  # of the study that waits
    tenant_id: str
    model_id: str
    lane: str
    version: int | None
    since: datetime
    decision_id: str
    scope: str
    reasons: tuple[Reason, ...]


class SaidWord(GivenReason):
    """A word for or against a version, and what it was about when the person looked at it."""

    scope: Text = ""


class BrokenGlass(SaidWord):
    """A way past the approvals, for hours."""

    length: Text = "4h"


class Deputy(Body):
    """Who speaks for an approver, and until when."""

    name: Text
    until: Instant


@router.on("GET", "/tenants/{tenant}/approvals", Permission.READ, gives=Approval, paged=True)
def list_approvals(house: HouseIn, tenant: str, page: PageIn) -> Response:
    """List what waits for an approval."""
    with house.store.read() as work:
        waiting = work.studies.list(
            tenant, state=StudyState.WAITING, limit=page.one_more, after=page.after
        )
        found = [_approval(work, study) for study in waiting]
    return page.reply(found, lambda approval: approval.id)


@router.on(
    "POST", "/tenants/{tenant}/approvals/deputies", Permission.APPROVE, gives=MintedKey, status=201
)
def make_deputy(house: HouseIn, who: Who, tenant: str, body: Deputy) -> Response:
    """Mint a key that approves for its maker until a date, and may do no more."""
    key, text = approve.delegate(house, who, tenant, body.name, body.until)
    return reply(MintedKey(view(key), text), 201)


@router.on("POST", _OF + "/approve", Permission.APPROVE, gives=Evidence, status=201)
def approve_version(
    house: HouseIn, who: Who, tenant: str, model: str, number: Number, body: SaidWord
) -> Response:
    """Approve a version that waits; the key's person, role and reason become evidence."""
    return _answer(approve.give, house, who, (tenant, model, number), body)


@router.on("POST", _OF + "/deny", Permission.APPROVE, gives=Evidence, status=201)
def deny_version(
    house: HouseIn, who: Who, tenant: str, model: str, number: Number, body: SaidWord
) -> Response:
    """Say no to a version that waits: it is refused."""
    return _answer(approve.deny, house, who, (tenant, model, number), body)


@router.on("POST", _OF + "/withdraw", Permission.APPROVE, gives=Evidence, status=201)
def withdraw_approval(
    house: HouseIn, who: Who, tenant: str, model: str, number: Number, body: SaidWord
) -> Response:
    """Take one's word back while the version waits."""
    return _answer(approve.withdraw, house, who, (tenant, model, number), body)


@router.on("POST", _OF + "/validate", Permission.VALIDATE, gives=Evidence, status=201)
def validate_version(
    house: HouseIn, who: Who, tenant: str, model: str, number: Number, body: SaidWord
) -> Response:
    """Vouch for a version that waits, as a validator; who validates does not approve."""
    return _answer(approve.validate, house, who, (tenant, model, number), body)


@router.on("POST", _OF + "/break-glass", Permission.BREAK_GLASS, gives=Evidence, status=201)
def break_glass(
    house: HouseIn, who: Who, tenant: str, model: str, number: Number, body: BrokenGlass
) -> Response:
    """Let a version that waits pass without approvals; a finding asks for its review."""
    said = Said(who, tenant, model, number, body.reason, body.scope)
    return reply(approve.break_glass(house, said, parse_duration(body.length)), 201)


@router.on("POST", _OF + "/review", Permission.APPROVE, gives=Finding)
def review_broken_glass(
    house: HouseIn, who: Who, tenant: str, model: str, number: Number, body: GivenReason
) -> Response:
    """Close the finding of a broken glass; who broke it may not."""
    return reply(approve.review(house, Said(who, tenant, model, number, body.reason)))


def _answer(
    act: Callable[[House, Said], Evidence],
    house: House,
    who: Principal,
    place: tuple[str, str, int],
    body: SaidWord,
) -> Response:
    return reply(act(house, Said(who, *place, body.reason, body.scope)), 201)


def _approval(work: UnitOfWork, study: Study) -> Approval:
    decision = work.decisions.find(study.tenant_id, study.decision_id)
    return Approval(
        study.id,
        study.tenant_id,
        study.model_id,
        study.lane,
        study.version,
        study.at,
        study.decision_id,
        decision.scope if decision else "",
        decision.reasons if decision else (),
    )
