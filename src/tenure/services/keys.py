"""Mint, revoke and check API keys. Serving learns of them through the release index."""

from dataclasses import replace
from datetime import datetime

from tenure.core.errors import Kind, TenureError
from tenure.core.events import Event
from tenure.core.keys import SECRET_BYTES, ApiKey, Principal, Role, digest_of, text_of
from tenure.core.tenants import SYSTEM
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.publish import publish_keys
from tenure.services.record import record

SALT_BYTES = 16


def mint(
    house: House,
    actor: str,
    tenant_id: str,
    role: Role,
    name: str,
    expires_at: datetime | None = None,
) -> tuple[ApiKey, str]:
    """Return a new key and its text. The text is shown once and stored nowhere."""
    now = house.clock.now()
    key_id = house.secret(5).hex()
    text = text_of(key_id, house.secret(SECRET_BYTES))
    salt = house.secret(SALT_BYTES).hex()
    key = ApiKey(key_id, tenant_id, role, name, digest_of(text), now, expires_at, salt=salt)
    with house.store.work() as work:
        if tenant_id != SYSTEM:
            work.tenants.get(SYSTEM, tenant_id)
        work.keys.add(tenant_id, key)
        facts: dict[str, str | int | float | bool | None] = {
            "role": role.value,
            "holder": key.holder,
        }
        record(house, work, Event("key.created", tenant_id, "", key.id, now, facts), actor=actor)
        failpoint("key.before_commit")
    failpoint("key.after_commit")
    publish_keys(house)
    return key, text


def revoke(house: House, actor: str, tenant_id: str, key_id: str) -> ApiKey:
    """Revoke a key; revoking twice is revoking once."""
    now = house.clock.now()
    with house.store.work() as work:
        key = work.keys.get(tenant_id, key_id, lock=True)
        if key.revoked_at is None:
            key = replace(key, revoked_at=now)
            work.keys.save(tenant_id, key)
            event = Event("key.revoked", tenant_id, "", key.id, now, {"holder": key.holder})
            record(house, work, event, actor=actor)
    publish_keys(house)
    return key


def authenticate(house: House, text: str) -> Principal:
    """Return who holds the key; raise `key.malformed`, `key.unknown` or `key.expired`."""
    digest = digest_of(text)
    with house.store.read() as work:
        key = work.keys.by_digest(digest)
    if key is None:
        raise TenureError(Kind.DENIED, "key.unknown", "nobody knows this key")
    if not key.valid_at(house.clock.now()):
        raise TenureError(
            Kind.DENIED,
            "key.expired",
            "this key has expired or was revoked",
            hint="ask for a new one: tenure key create",
        )
    return Principal(key.id, key.tenant_id, key.role, key.name)
