"""Documents of models over HTTP: card, Annex IV draft, change log, ML-BOM, champions, inventory."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query, Response

from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router
from tenure.core.documents.inventory import InventoryLine
from tenure.core.documents.reigns import Reign
from tenure.core.documents.tree import Document
from tenure.core.keys import Permission
from tenure.pages.document import page
from tenure.services import documents

router = Router("document")
_MODEL = "/tenants/{tenant}/models/{model}"
VersionQuery = Annotated[
    int | None, Query(ge=1, lt=2**31, description="another version than the live one")
]


@dataclass(frozen=True, slots=True)
class DrawnDocument:
    """The tree of a document's facts, and its renderings. `version` is 0 where there is none yet."""

    kind: str
    model: str
    version: int
    document: Document
    markdown: str
    html: str


@dataclass(frozen=True, slots=True)
class Champions:
    """Which version was champion when and why, the oldest first."""

    reigns: tuple[Reign, ...]


@router.on("GET", _MODEL + "/documents/{kind}", Permission.READ, gives=DrawnDocument)
def show_document(
    house: HouseIn,
    tenant: str,
    model: str,
    kind: Literal["card", "annex", "changelog"],
    version: VersionQuery = None,
) -> Response:
    """Show a model's card, its draft by Annex IV of the EU AI Act, or its change log.

    One tree of facts, and the same as Markdown and as a page; of the live version by default.
    """
    drawn = documents.draw(house, tenant, model, kind, version)
    place = (drawn.kind, drawn.model, drawn.version)
    html = page(drawn.document)
    return reply(DrawnDocument(*place, drawn.document, drawn.markdown, html))


@router.on("GET", _MODEL + "/bom", Permission.READ, gives=dict)
def show_bom(house: HouseIn, tenant: str, model: str, version: VersionQuery = None) -> Response:
    """Show the ML-BOM of a version, the live one by default, in CycloneDX 1.6."""
    return reply(documents.materials(house, tenant, model, version))


@router.on("GET", _MODEL + "/history", Permission.READ, gives=Champions)
def show_history(house: HouseIn, tenant: str, model: str) -> Response:
    """Show which version was champion when, why, who approved it, and how it ended."""
    return reply(Champions(documents.champions(house, tenant, model)))


@router.on("GET", "/tenants/{tenant}/inventory", Permission.READ, gives=InventoryLine, paged=True)
def list_inventory(house: HouseIn, tenant: str, page: PageIn) -> Response:
    """List a tenant's models with all that an inventory of models asks for."""
    found = documents.lines(house, tenant, page.one_more, page.after)
    return page.reply(found, lambda line: line.model)
