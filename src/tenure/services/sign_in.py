"""Let people and workloads in by the word of their identity provider: each gets a key that ends soon.

A session is such a key: its text is stored nowhere, it is listed, revoked and noted in the ledger as
every other one is.
"""

from collections.abc import Iterator

from tenure.core.errors import Kind, TenureError, not_found
from tenure.core.identity import (
    Claims,
    chosen,
    groups_of,
    issuer_of,
    name_of,
    person_of,
    seats,
    workload_of,
)
from tenure.core.keys import ApiKey, Origin, Principal
from tenure.core.tenants import SYSTEM
from tenure.ports.identity import Code, Device, Providers
from tenure.services import keys, people
from tenure.services.house import House

_PAGE = 1000


def authorization_url(house: House) -> str:
    """Return the page on which people say who they are; raise `sign_in.off` where they cannot."""
    _check_on(house)
    return _providers(house).authorization_url(house.identities.people, house.clock.now())


def person(house: House, code: Code, tenant_id: str = "", role: str = "") -> tuple[ApiKey, str]:
    """Return a session for whom the code speaks of, in the seat that is chosen, and its text.

    Raises `sign_in.…` when the provider or its token is not good, the person has no such role, or
    has several and none was named.
    """
    _check_on(house)
    claims = _providers(house).redeem(house.identities.people, code, house.clock.now())
    return _let_in(house, claims, tenant_id, role)


def by_password(
    house: House, login: str, password: str, tenant_id: str = "", role: str = ""
) -> tuple[ApiKey, str]:
    """Return a session for a person with an account of the house's own, and its text.

    Raises `sign_in.wrong_password`, for names that nobody has as well and after as long.
    """
    with house.store.read() as work:
        known = work.people.find(SYSTEM, login)
    good = people.passwords(house).opens(password, known.sealed if known else None)
    if known is None or not good:
        raise TenureError(
            Kind.DENIED,
            "sign_in.wrong_password",
            "nobody has this name and this password",
            hint="who runs the house sets another: tenure person password",
        )
    seat = chosen(known.offered, tenant_id, role)
    grant = keys.Grant(person=known.person, origin=Origin.SIGN_IN, told={"issuer": "local"})
    until = house.clock.now() + house.identities.people.session
    return keys.mint(house, known.person, seat.tenant_id, seat.role, known.name, until, grant)


def device(house: House) -> Device:
    """Return what a person has to do in a browser elsewhere; raise `sign_in.off`, `sign_in.…`."""
    _check_on(house)
    return _providers(house).begin(house.identities.people, house.clock.now())


def person_elsewhere(
    house: House, device_code: str, tenant_id: str = "", role: str = ""
) -> tuple[ApiKey, str]:
    """Return a session for who has answered for the device, as `person` does.

    Raises `sign_in.pending` while nobody has, `sign_in.slow_down` for a look that came too soon.
    """
    _check_on(house)
    claims = _providers(house).finish(house.identities.people, device_code, house.clock.now())
    return _let_in(house, claims, tenant_id, role)


def _let_in(house: House, claims: Claims, tenant_id: str, role: str) -> tuple[ApiKey, str]:
    asked = house.identities.people
    offered = seats(asked.roles, groups_of(claims, asked.groups))
    seat = chosen(offered, tenant_id, role)
    who = person_of(asked.issuer, claims["sub"])
    grant = keys.Grant(person=who, origin=Origin.SIGN_IN, told={"issuer": asked.issuer})
    until = house.clock.now() + asked.session
    return keys.mint(house, who, seat.tenant_id, seat.role, name_of(claims), until, grant)


def workload(house: House, token: str, tenant_id: str = "", role: str = "") -> tuple[ApiKey, str]:
    """Return a key for the workload that a token of its issuer speaks of, and its text.

    Raises `sign_in.…`; what the settings do not trust is refused like what is not true.
    """
    trusted = [one for one in house.identities.workloads if one.issuer == issuer_of(token)]
    if not trusted:
        raise _untrusted()
    audiences = {one.audience for one in trusted}
    claims = _providers(house).checked(token, trusted[0].issuer, audiences, house.clock.now())
    good = {one.seat: one for one in trusted if one.holds(claims)}
    if not good:
        raise _untrusted()
    seat = chosen(sorted(good), tenant_id, role)
    until = house.clock.now() + house.identities.workload_length
    told, trust = workload_of(claims), good[seat]
    who = person_of(trust.issuer, told.by or claims["sub"])
    grant = keys.Grant(
        trust.only,
        who,
        origin=Origin.WORKLOAD,
        told=told.facts(),
        by=told.by,
        commit=told.commit,
    )
    name = claims["sub"][:200]
    return keys.mint(house, who, seat.tenant_id, seat.role, name, until, grant)


def sessions(house: House, who: Principal) -> list[ApiKey]:
    """Return the sessions of the person who asks that still work, in their tenant."""
    now = house.clock.now()
    return [
        key
        for key in _keys(house, who.tenant_id)
        if key.origin is Origin.SIGN_IN and key.principal.person == who.person and key.valid_at(now)
    ]


def end(house: House, who: Principal, key_id: str) -> ApiKey:
    """End a session of the person who asks; raise `session.not_found` for another's."""
    with house.store.read() as work:
        key = work.keys.find(who.tenant_id, key_id)
    if key is None or key.origin is not Origin.SIGN_IN or key.principal.person != who.person:
        raise not_found("session.not_found", f"you have no session {key_id!r}")
    return keys.revoke(house, who.key_id, who.tenant_id, key_id)


def _keys(house: House, tenant_id: str) -> Iterator[ApiKey]:
    after = None
    while True:
        with house.store.read() as work:
            page = work.keys.list(tenant_id, limit=_PAGE, after=after)
        yield from page
        if len(page) < _PAGE:
            return
        after = page[-1].id


def _check_on(house: House) -> None:
    if not house.identities.people.issuer:
        raise _off("nobody signs in here: keys are minted by an admin", "sign_in.issuer = …")


def _providers(house: House) -> Providers:
    if house.providers is None:
        raise _off("this process asks no identity provider", "")
    return house.providers


def _off(why: str, hint: str) -> TenureError:
    return not_found("sign_in.off", why, hint=hint)


def _untrusted() -> TenureError:
    return TenureError(
        Kind.DENIED,
        "sign_in.not_trusted",
        "no rule of this house trusts such a workload",
        hint="the operator writes them: sign_in.trust",
    )
