"""Mint, rotate, revoke and check API keys. Serving learns of them through the release index."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tenure.core.digests import salted
from tenure.core.errors import Kind, TenureError, conflict, invalid
from tenure.core.events import Event, Facts
from tenure.core.keys import (
    SECRET_BYTES,
    ApiKey,
    Origin,
    Permission,
    Principal,
    Role,
    digest_of,
    text_of,
)
from tenure.core.tenants import SYSTEM
from tenure.ports.work import UnitOfWork
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.publish import publish_keys
from tenure.services.record import record

SALT_BYTES = 16
SEEN_EVERY = timedelta(hours=1)
"""How exactly a key's last use is known: a write for each request would cost more than it tells."""
LONGEST_OVERLAP = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Grant:
    """What a new key may less than its role, for whom it speaks, and how it came to be.

    `told` is what the ledger says besides; `by` stands there as a digest with the key's salt.
    """

    only: tuple[Permission, ...] = ()
    person: str = ""
    deputy_of: str = ""
    origin: Origin = Origin.MINTED
    by: str = ""
    commit: str = ""
    told: Facts = field(default_factory=dict)


def mint(
    house: House,
    actor: str,
    tenant_id: str,
    role: Role,
    name: str,
    expires_at: datetime | None = None,
    grant: Grant | None = None,
) -> tuple[ApiKey, str]:
    """Return a new key and its text. The text is shown once and stored nowhere.

    Raises `key.bad_scope` for permissions that the role does not have, `key.bad_role` for a sole
    user of a tenant.
    """
    given = grant or Grant()
    now = house.clock.now()
    key, text = _fresh(house, tenant_id, role, name, now)
    key = replace(
        key,
        expires_at=expires_at,
        only=tuple(sorted(set(given.only))),
        person=given.person,
        deputy_of=given.deputy_of,
        origin=given.origin,
        by=given.by,
        commit=given.commit,
    )
    _check(key)
    with house.store.work() as work:
        if tenant_id != SYSTEM:
            work.tenants.get(SYSTEM, tenant_id)
        _add(house, work, key, actor, given.told)
        failpoint("key.before_commit")
    failpoint("key.after_commit")
    publish_keys(house)
    return key, text


def rotate(
    house: House, actor: str, tenant_id: str, key_id: str, overlap: timedelta
) -> tuple[ApiKey, str]:
    """Return a successor with the same rights, and its text; the old key works for the overlap.

    Raises `key.not_valid` for a key that works no more, `key.bad_overlap`.
    """
    if not timedelta(0) <= overlap <= LONGEST_OVERLAP:
        raise invalid(
            "key.bad_overlap", f"two keys overlap for {LONGEST_OVERLAP.days} days at most"
        )
    now = house.clock.now()
    with house.store.work() as work:
        old = work.keys.get(tenant_id, key_id, lock=True)
        if not old.valid_at(now):
            raise conflict("key.not_valid", f"key {key_id} works no more: it has no successor")
        until = now + overlap if old.expires_at is None else min(now + overlap, old.expires_at)
        fresh, text = _fresh(house, tenant_id, old.role, old.name, now)
        key = replace(
            fresh,
            expires_at=old.expires_at,
            person=old.person or old.id,
            only=old.only,
            deputy_of=old.deputy_of,
            origin=old.origin,
            by=old.by,
            commit=old.commit,
        )
        _add(house, work, key, actor, {"succeeds": old.id})
        work.keys.save(tenant_id, replace(old, expires_at=until))
        told: Facts = {"successor": key.id, "until": until.isoformat()}
        record(house, work, Event("key.rotated", tenant_id, "", old.id, now, told), actor=actor)
        failpoint("key.before_rotation")
    failpoint("key.after_rotation")
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
    now = house.clock.now()
    if not key.valid_at(now):
        raise TenureError(
            Kind.DENIED,
            "key.expired",
            "this key has expired or was revoked",
            hint="tenure login, or a new one of an admin: tenure key create",
        )
    return key.principal


class LastUse:
    """Notes which keys are in use, each at most once an hour, and never at their holders' cost."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._noted: dict[str, datetime] = {}

    def note(self, who: Principal) -> None:
        """Note a use; a database that is busy just then is let be for an hour."""
        now = self._house.clock.now()
        last = self._noted.get(who.key_id)
        if last is not None and now - last < SEEN_EVERY:
            return
        self._noted[who.key_id] = now
        try:
            self._write(who, now)
        except TenureError as error:
            if error.kind is not Kind.UNAVAILABLE:
                raise

    def _write(self, who: Principal, now: datetime) -> None:
        with self._house.store.read() as work:
            used_at = work.keys.get(who.tenant_id, who.key_id).used_at
        if used_at is not None and now - used_at < SEEN_EVERY:
            return
        with self._house.store.work() as work:
            key = work.keys.get(who.tenant_id, who.key_id, lock=True)
            work.keys.save(who.tenant_id, replace(key, used_at=now))


def _fresh(
    house: House, tenant_id: str, role: Role, name: str, now: datetime
) -> tuple[ApiKey, str]:
    key_id = house.secret(5).hex()
    text = text_of(key_id, house.secret(SECRET_BYTES))
    salt = house.secret(SALT_BYTES).hex()
    return ApiKey(key_id, tenant_id, role, name, digest_of(text), now, salt=salt), text


def _check(key: ApiKey) -> None:
    if key.role is Role.SOLE_USER and key.tenant_id != SYSTEM:
        raise invalid("key.bad_role", "only the house has a sole user", hint="role = admin")
    whole = replace(key, only=()).principal
    beyond = [one.value for one in key.only if not whole.may(one, key.tenant_id)]
    if beyond:
        raise invalid(
            "key.bad_scope",
            f"a key with the role {key.role} may not {', '.join(beyond)} in the first place",
        )


def _add(house: House, work: UnitOfWork, key: ApiKey, actor: str, more: Facts) -> None:
    work.keys.add(key.tenant_id, key)
    facts: Facts = {"role": key.role.value, "holder": key.holder, **more}
    if key.only:
        facts["only"] = ",".join(key.only)
    if key.origin is not Origin.MINTED:
        facts["origin"] = key.origin.value
    if key.by:
        facts["by"] = salted(key.salt, key.by)
    if key.deputy_of:
        facts["deputy_of"] = key.deputy_of
    event = Event("key.created", key.tenant_id, "", key.id, key.created_at, facts)
    record(house, work, event, actor=actor)
