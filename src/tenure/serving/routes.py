"""Paths and headers of a request: which tenant, model and version, asked with which key."""

import hashlib
import time
from dataclasses import dataclass
from datetime import datetime

from tenure.core.errors import Kind, TenureError, not_found
from tenure.core.tenants import SYSTEM
from tenure.ports.releases import KeyGrant
from tenure.serving.endpoints import Endpoint, Snapshot

Headers = list[tuple[bytes, bytes]]
PAGES = frozenset({"ready", "infer", "invocations", "explain"})
"""What a model's address may end in."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a path names. `tenant_id` is None when the key has to say it."""

    page: str  # "server" | "model" | "ready" | "infer" | "invocations" | "explain"
    tenant_id: str | None = None
    model_id: str = ""
    version: str | None = None


def parse(path: str) -> Target | None:
    """Return what a path of the protocol names; None for any other path."""
    parts = path.split("/")
    tenant_id = None
    if len(parts) > 2 and parts[1] == "t":  # noqa: PLR2004  # /t/{tenant}/…
        tenant_id = parts[2]
        parts = parts[2:]
    match parts[1:]:
        case ["v2"]:
            return Target("server", tenant_id)
        case ["v2", "models", model_id, *rest] if model_id:
            return _model(tenant_id, model_id, rest)
        case _:
            return None


def _model(tenant_id: str | None, model_id: str, rest: list[str]) -> Target | None:
    version = None
    if len(rest) > 1 and rest[0] == "versions":
        version, rest = rest[1], rest[2:]
    match rest:
        case []:
            return Target("model", tenant_id, model_id, version)
        case [page] if page in PAGES:
            return Target(page, tenant_id, model_id, version)
        case _:
            return None


def header(headers: Headers, name: bytes) -> bytes | None:
    for key, value in headers:
        if key == name:
            return value
    return None


def granted(snapshot: Snapshot, headers: Headers) -> KeyGrant:
    """Return the grant of the request's key.

    Raises `serving.not_ready`, `key.missing`, `key.unknown` or `key.expired`.
    """
    if not snapshot.applied:
        raise TenureError(Kind.UNAVAILABLE, "serving.not_ready", "no release has been read yet")
    text = header(headers, b"authorization")
    if text is None or text[:7].lower() != b"bearer ":
        raise _denied("key.missing", "an API key is needed", "Authorization: Bearer tnr_…")
    grant = snapshot.keys.get(hashlib.sha256(text[7:].strip()).hexdigest())
    if grant is None:
        raise _denied("key.unknown", "this API key is not known here", "ask for a key")
    if grant.expires_at is not None and _is_past(grant.expires_at):
        raise _denied("key.expired", "this API key has expired", "ask for a new one")
    return grant


def tenant_of(grant: KeyGrant, named: str | None) -> str:
    """Return whose models are meant. Another tenant's path does not exist for a tenant's key."""
    if grant.tenant_id == SYSTEM:
        if named is None:
            raise not_found(
                "tenant.not_named",
                "a key of the house has to name the tenant",
                hint="use /t/{tenant}/v2/…",
            )
        return named
    if named not in {None, grant.tenant_id}:
        raise not_found("page.not_found", "there is nothing here")
    return grant.tenant_id


def find(snapshot: Snapshot, grant: KeyGrant, target: Target) -> Endpoint:
    """Return the endpoint; raise `model.not_found` or `model.gone`.

    A key of the house is told a tenant without models apart, as a spelling mistake: `tenant.not_found`.
    """
    mine = grant.tenant_id in {SYSTEM, target.tenant_id or grant.tenant_id}
    if mine:
        tenant_id = tenant_of(grant, target.tenant_id)
        name = f"{tenant_id}/{target.model_id}"
        endpoint = snapshot.endpoints.get(name)
        gone = (snapshot.index.gone or {}).get(name)
        if gone is not None:
            raise TenureError(Kind.GONE, "model.gone", f"{target.model_id!r} was retired: {gone}")
        if endpoint is not None:
            return endpoint
        if grant.tenant_id == SYSTEM and not _has_models(snapshot, tenant_id):
            raise not_found(
                "tenant.not_found",
                f"no model of a tenant {tenant_id[:100]!r} answers here",
                hint="tenure tenant list",
            )
    raise not_found(
        "model.not_found",
        f"there is no model {target.model_id[:100]!r} here",
        hint="a model answers once a version of it is live",
    )


def _has_models(snapshot: Snapshot, tenant_id: str) -> bool:
    known = (*snapshot.index.releases, *(snapshot.index.gone or ()))
    return any(name.startswith(f"{tenant_id}/") for name in known)


def unknown_version(endpoint: Endpoint, version: str) -> TenureError:
    return not_found(
        "version.not_found",
        f"version {version[:100]!r} does not answer here",
        hint=f"these do: {', '.join(endpoint.versions)}",
    )


def _is_past(at: datetime) -> bool:
    return at.timestamp() <= time.time()


def _denied(code: str, message: str, hint: str) -> TenureError:
    return TenureError(Kind.DENIED, code, message, hint=hint)
