"""From what a person names to addresses at the API.

`DL/arrival-delay` names a model wherever one is asked for; the tenant may be left out when the key
or `--tenant` says it, or when there is only one.
"""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from tenure.cli.session import Session
from tenure.core.errors import TenureError, invalid, not_found
from tenure.core.tenants import SYSTEM
from tenure.sdk.nouns import address

Json = dict[str, Any]


def tenant_ids(session: Session) -> list[str]:
    """Return the tenants that are meant: the named one, or all that the key may see."""
    if session.settings.tenant:
        return [session.settings.tenant]
    return [str(tenant["id"]) for tenant in session.client.tenants.list()]


def tenant_id(session: Session) -> str:
    """Return the one tenant that is meant; raise `tenant.not_named`."""
    found = tenant_ids(session)
    if len(found) == 1:
        return found[0]
    raise invalid(
        "tenant.not_named",
        "say whose thing is meant" if found else "there is no tenant yet",
        hint=f"--tenant {found[0]}" if found else "tenure tenant create DL",
    )


def model_of(session: Session, text: str) -> tuple[str, str]:
    """Return tenant and model of `DL/arrival-delay` or `arrival-delay`."""
    owner, slash, name = text.partition("/")
    return (owner, name) if slash else (tenant_id(session), text)


def models(session: Session, text: str | None) -> list[tuple[str, str]]:
    """Return the named model, or all models of the tenants that are meant."""
    if text is not None:
        return [model_of(session, text)]
    return [
        (owner, str(model["id"]))
        for owner in tenant_ids(session)
        for model in session.client.models.list(owner)
    ]


def model_address(model: tuple[str, str], *rest: str) -> str:
    """Return the address of a model, or of something of it."""
    return address("tenants", model[0], "models", model[1], *rest)


def listed(session: Session, text: str | None, noun: str, **where: object) -> list[Json]:
    """Return the things of one model, or of all of them, each with its model's path."""
    return [
        {"model": "/".join(model), **thing}
        for model in models(session, text)
        for thing in session.client.pages(
            model_address(model, noun),
            **where,  # type: ignore[arg-type]  # a filter is never called limit
        )
    ]


def part_of_model(session: Session, text: str, noun: str, plural: str) -> Json:
    """Return `DL/arrival-delay/st_…`, or a bare id that is looked for in every model."""
    *path, name = text.split("/")
    if path:
        model = model_of(session, "/".join(path))
        found: Json = session.client.get(model_address(model, plural, name))
        return {"model": "/".join(model), **found}
    places = [(model_address(model, plural, name), model) for model in models(session, None)]
    return _only(session, places, noun, name)


def part_of_tenant(session: Session, name: str, noun: str, plural: str) -> Json:
    """Return what a bare id names among the tenants that are meant."""
    places = [(address("tenants", one, plural, name), (one, "")) for one in tenant_ids(session)]
    return _only(session, places, noun, name)


def version_of(session: Session, text: str) -> tuple[tuple[str, str], str]:
    """Return model and number of `DL/arrival-delay/3`."""
    path, _, number = text.rpartition("/")
    if not path or not number.isdigit():
        raise invalid(
            "version.bad_name", f"{text!r} names no version", hint="such as DL/arrival-delay/3"
        )
    return model_of(session, path), number


def ledger_owners(session: Session) -> list[str]:
    """Return whose ledgers are meant: the tenants', and the house's own when the key may."""
    own = session.client.principal["tenant_id"] == SYSTEM and not session.settings.tenant
    return [*([SYSTEM] if own else []), *tenant_ids(session)]


def _only(
    session: Session, places: list[tuple[str, tuple[str, str]]], noun: str, name: str
) -> Json:
    """Return what an id names; ids are a tenant's own, so several tenants may have the same."""
    found = list(islice(_those_there(session, places, f"{noun}.not_found"), 2))
    if not found:
        hint = f"tenure {noun} list"
        raise not_found(f"{noun}.not_found", f"there is no {noun} {name!r}", hint=hint)
    if len(found) > 1:
        owners = [one["model"].partition("/")[0] for one in found]
        why = f"{name!r} is a {noun} of {owners[0]} and of {owners[1]}: say whose is meant"
        raise invalid("tenant.not_named", why, hint=f"--tenant {owners[0]}")
    return found[0]


def _those_there(
    session: Session, places: list[tuple[str, tuple[str, str]]], absent: str
) -> Iterator[Json]:
    for place, (owner, model) in places:
        try:
            found: Json = session.client.get(place)
        except TenureError as error:
            if error.code != absent:
                raise
        else:
            yield {"model": f"{owner}/{found.get('model_id', model)}", **found}
