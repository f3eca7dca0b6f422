"""API keys over HTTP. A key's text is in the answer to its minting and nowhere else."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import Response

from tenure.api.bodies import Body, Instant, Text
from tenure.api.replies import PageIn, reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.errors import invalid
from tenure.core.keys import ApiKey, Origin, Permission, Role
from tenure.core.spec.durations import parse_duration
from tenure.services import keys

router = Router("key")


class NewKey(Body):
    """A key to be minted."""

    role: Role
    name: Text
    expires_at: Instant | None = None
    only: tuple[Permission, ...] = ()


class Rotation(Body):
    """For how long the old key goes on working beside its successor."""

    overlap: Text = "7d"


@dataclass(frozen=True, slots=True)
class KeyView:
    """What may be shown of a key: not its digest."""

    id: str
    tenant_id: str
    role: Role
    name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    only: tuple[Permission, ...]
    person: str
    deputy_of: str
    used_at: datetime | None
    origin: Origin
    by: str


@dataclass(frozen=True, slots=True)
class MintedKey:
    """A fresh key. `text` is shown this once."""

    key: KeyView
    text: str


@router.on("GET", "/tenants/{tenant}/keys", Permission.ADMINISTER, gives=KeyView, paged=True)
def list_keys(house: HouseIn, tenant: str, page: PageIn) -> Response:
    """List a tenant's keys."""
    with house.store.read() as work:
        found = work.keys.list(tenant, limit=page.one_more, after=page.after)
    return page.reply([view(key) for key in found], lambda key: key.id)


@router.on("POST", "/tenants/{tenant}/keys", Permission.ADMINISTER, gives=MintedKey, status=201)
def mint_key(house: HouseIn, who: Who, tenant: str, body: NewKey) -> Response:
    """Mint a key of a tenant."""
    if body.role is Role.SOLE_USER:
        raise invalid("key.bad_role", "a sole user is made where the home is, by its first command")
    grant = keys.Grant(only=body.only)
    key, text = keys.mint(house, who.key_id, tenant, body.role, body.name, body.expires_at, grant)
    return reply(MintedKey(view(key), text), 201)


@router.on(
    "POST",
    "/tenants/{tenant}/keys/{key_id}/rotate",
    Permission.ADMINISTER,
    gives=MintedKey,
    status=201,
)
def rotate_key(house: HouseIn, who: Who, tenant: str, key_id: str, body: Rotation) -> Response:
    """Mint a key's successor with the same rights; the old one works for the overlap."""
    overlap = parse_duration(body.overlap)
    key, text = keys.rotate(house, who.key_id, tenant, key_id, overlap)
    return reply(MintedKey(view(key), text), 201)


@router.on("DELETE", "/tenants/{tenant}/keys/{key_id}", Permission.ADMINISTER, gives=KeyView)
def revoke_key(house: HouseIn, who: Who, tenant: str, key_id: str) -> Response:
    """Revoke a key at once; twice is once."""
    return reply(view(keys.revoke(house, who.key_id, tenant, key_id)))


def view(key: ApiKey) -> KeyView:
    """Return what may be shown of a key."""
    return KeyView(
        key.id,
        key.tenant_id,
        key.role,
        key.name,
        key.created_at,
        key.expires_at,
        key.revoked_at,
        key.only,
        key.person or key.id,
        key.deputy_of,
        key.used_at,
        key.origin,
        key.by,
    )
