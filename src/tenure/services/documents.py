"""Documents of a model from what is recorded: read once, drawn in several forms. Changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tenure import __version__
from tenure.core.deployments import CHAMPION, Deployment, in_force
from tenure.core.documents import bom, card, changelog, inventory
from tenure.core.documents.annex import annex
from tenure.core.documents.changelog import Made
from tenure.core.documents.dossier import WORDS, Dossier
from tenure.core.documents.markdown import markdown
from tenure.core.documents.reigns import Reign, reigns
from tenure.core.documents.tree import Document
from tenure.core.evidence import Evidence
from tenure.core.models import Model
from tenure.core.spec.parse import from_dict
from tenure.core.studies import Study
from tenure.core.versions import Version
from tenure.ports.work import UnitOfWork
from tenure.services import policies, race, ready
from tenure.services.house import House
from tenure.services.record import business_now

_MOST = 1_000_000
_DAYS = 400
KINDS = ("card", "annex", "changelog")


@dataclass(frozen=True, slots=True)
class Drawn:
    """A document, and its Markdown. `version` is 0 where a model has none yet."""

    kind: str
    model: str
    version: int
    document: Document
    markdown: str


def draw(
    house: House, tenant_id: str, model_id: str, kind: str, number: int | None = None
) -> Drawn:
    """Return a model's card, Annex IV draft or change log; of the live version unless one is named.

    Raises `model.not_found`, `version.not_found`.
    """
    with house.store.read() as work:
        one = _dossier(house, work, tenant_id, model_id, number)
        if kind == "changelog":
            document = changelog.changelog(one, _made(work, one.model, one.reigns))
        else:
            document = card.card(one) if kind == "card" else annex(one)
    front = card.front_matter(one) if kind == "card" else None
    version = one.version.number if one.version else 0
    text = markdown(document, front)
    return Drawn(kind, one.model.path, version, document, text)


def materials(
    house: House, tenant_id: str, model_id: str, number: int | None = None
) -> dict[str, Any]:
    """Return the CycloneDX ML-BOM of a version, the live one by default; raise `version.none_yet`."""
    with house.store.read() as work:
        one = _dossier(house, work, tenant_id, model_id, number)
    return bom.bom(one, __version__)


def champions(house: House, tenant_id: str, model_id: str) -> tuple[Reign, ...]:
    """Return who was champion when and why, the oldest first; raise `model.not_found`."""
    with house.store.read() as work:
        return _reigns(
            work, work.models.get(tenant_id, model_id), _deployments(work, tenant_id, model_id)
        )


def lines(
    house: House, tenant_id: str, limit: int, after: str | None
) -> list[inventory.InventoryLine]:
    """Return a page of a tenant's inventory: one line for each model, after the model of that name."""
    with house.store.read() as work:
        models = work.models.list(tenant_id, limit=limit, after=after)
        return [inventory.line(_dossier(house, work, tenant_id, one.id, None)) for one in models]


def _dossier(
    house: House, work: UnitOfWork, tenant_id: str, model_id: str, number: int | None
) -> Dossier:
    model = work.models.get(tenant_id, model_id)
    spec = from_dict(model.spec)
    published = policies.in_force(work, tenant_id)
    deployments = _deployments(work, tenant_id, model_id)
    live = in_force(deployments, CHAMPION)
    version = _version(work, model, live, number)
    run = work.runs.find(tenant_id, version.run_id) if version else None
    study = work.studies.find(tenant_id, version.study_id) if version else None
    named = version.number if version else -1
    decisions = work.decisions.list(tenant_id, model_id=model_id, version=named, limit=_MOST)
    known = work.evidence.list(tenant_id, model_id=model_id, version=named, limit=_MOST)
    windows = work.windows.list(tenant_id, model_id=model_id, lane=CHAMPION, limit=_MOST)
    return Dossier(
        model=model,
        spec=spec,
        at=business_now(house, work, tenant_id),
        clauses=race.policy_of(spec, spec.lanes()[0], published).clauses,
        readiness=ready.look(house, work, tenant_id, model_id),
        reigns=_reigns(work, model, deployments),
        findings=tuple(work.findings.list(tenant_id, model_id=model_id, limit=_MOST)),
        versions=work.versions.count(tenant_id, model_id=model_id),
        ledger=work.ledger.head(tenant_id),
        version=version,
        run=run,
        study=study,
        dataset=work.datasets.find(tenant_id, run.dataset_id) if run else None,
        decision=decisions[-1] if decisions else None,
        evidence=tuple(known),
        windows=tuple(windows[-_DAYS:]),
        drift=work.drift_days.last(tenant_id, model_id=model_id),
        live=live if live and version and live.version == version.number else None,
    )


def _version(
    work: UnitOfWork, model: Model, live: Deployment | None, number: int | None
) -> Version | None:
    """Return the version that is named, else the live one, else the newest."""
    if number is not None:
        return work.versions.get(model.tenant_id, f"{model.id}/{number}")
    if live is not None:
        return work.versions.find(model.tenant_id, f"{model.id}/{live.version}")
    return work.versions.last(model.tenant_id, model_id=model.id)


def _deployments(work: UnitOfWork, tenant_id: str, model_id: str) -> list[Deployment]:
    return work.deployments.list(tenant_id, model_id=model_id, lane=CHAMPION, limit=_MOST)


def _reigns(work: UnitOfWork, model: Model, deployments: Iterable[Deployment]) -> tuple[Reign, ...]:
    lived = [one for one in deployments if one.live_at is not None]
    named = {one.cause for one in lived}
    found = ((cause, work.studies.find(model.tenant_id, cause)) for cause in named)
    studies: dict[str, Study] = {cause: study for cause, study in found if study is not None}
    words: list[Evidence] = []
    for kind in WORDS:
        words += work.evidence.list(model.tenant_id, model_id=model.id, kind=kind, limit=_MOST)
    return reigns(lived, studies, words)


def _made(work: UnitOfWork, model: Model, known: Iterable[Reign]) -> dict[int, Made]:
    found = {}
    for number in {one.version for one in known}:
        version = work.versions.find(model.tenant_id, f"{model.id}/{number}")
        if version is not None:
            found[number] = Made(version, work.runs.find(model.tenant_id, version.run_id))
    return found
