"""API keys and what their roles may do.

A key reads `tnr_<id>_<secret><checksum>`; only its SHA-256 is stored. 256 random bits need no
slow hash. The checksum lets a client and a secret scanner tell a typing error from a wrong key.
"""

import base64
import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tenure.core.digests import salted
from tenure.core.errors import Kind, TenureError
from tenure.core.tenants import SYSTEM

PREFIX = "tnr"
SECRET_BYTES = 32


class Role(StrEnum):
    """What a principal is in a tenant. `ADMIN` of the system tenant runs the house, and may not approve.

    `SOLE_USER` is the one user of a home on a machine of their own: all roles in one.
    """

    VIEWER = "viewer"
    DEVELOPER = "developer"
    VALIDATOR = "validator"
    APPROVER = "approver"
    CLIENT_APPROVER = "client_approver"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SERVICE = "service"  # an application: predicts, labels, logs; sees nothing else
    SOLE_USER = "sole_user"


class Permission(StrEnum):
    """What a route asks for."""

    READ = "read"
    PREDICT = "predict"
    WRITE_DATA = "write_data"  # labels, predictions made elsewhere
    DEVELOP = "develop"  # specs, datasets, studies
    OPERATE = "operate"  # deployments, findings, jobs, clock
    VALIDATE = "validate"
    APPROVE = "approve"
    BREAK_GLASS = "break_glass"  # let a version pass without approvals, for hours
    AUDIT = "audit"
    ADMINISTER = "administer"  # tenants, keys


class Origin(StrEnum):
    """How a key came to be."""

    MINTED = "minted"  # by an admin, or by the home itself
    SIGN_IN = "sign_in"  # a person's session
    WORKLOAD = "workload"  # a CI's token was exchanged for it


_READERS = frozenset({Permission.READ})
_GRANTS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _READERS,
    Role.SERVICE: frozenset({Permission.PREDICT, Permission.WRITE_DATA}),
    Role.DEVELOPER: _READERS | {Permission.DEVELOP, Permission.PREDICT, Permission.WRITE_DATA},
    Role.VALIDATOR: _READERS | {Permission.VALIDATE},
    Role.APPROVER: _READERS | {Permission.APPROVE},
    Role.CLIENT_APPROVER: _READERS | {Permission.APPROVE},
    Role.OPERATOR: _READERS
    | {Permission.OPERATE, Permission.PREDICT, Permission.WRITE_DATA, Permission.BREAK_GLASS},
    Role.AUDITOR: _READERS | {Permission.AUDIT},
    Role.ADMIN: frozenset(Permission),
    Role.SOLE_USER: frozenset(Permission),
}
_OF_TENANTS = frozenset({Permission.VALIDATE, Permission.APPROVE, Permission.BREAK_GLASS})
"""A word for a version is the tenant's own: who runs the house may not give it."""


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A stored key: its digest, never its text. `tenant_id` `_` means the whole house.

    `person` is who holds it, the id of their first key, or what their identity provider's word for
    them stands for; several keys of one person count as one.
    `only` narrows what the role may do. `used_at` is when the control plane saw it last.
    """

    id: str
    tenant_id: str
    role: Role
    name: str
    digest: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    salt: str = ""  # of its name in the ledger
    person: str = ""  # "" = `id`
    only: tuple[Permission, ...] = ()  # () = all that the role may
    deputy_of: str = ""  # the person who delegated their word
    used_at: datetime | None = None
    origin: Origin = Origin.MINTED
    by: str = ""  # the person behind a workload, in the words of its issuer
    commit: str = ""  # what a workload runs at, by its issuer's word

    def valid_at(self, now: datetime) -> bool:
        """Return whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def principal(self) -> "Principal":
        """Who asks with this key."""
        person = self.person or self.id
        return Principal(
            self.id, self.tenant_id, self.role, self.name, person, self.only, self.deputy_of
        )

    @property
    def holder(self) -> str:
        """What the ledger says instead of the name, which may be a person's."""
        return salted(self.salt, self.name)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: the key behind a request. `tenant_id` `_` reaches every tenant."""

    key_id: str
    tenant_id: str
    role: Role
    name: str = ""
    person: str = ""
    only: tuple[Permission, ...] = ()
    deputy_of: str = ""

    def may(self, permission: Permission, tenant_id: str) -> bool:
        """Return whether role and key grant the permission and the tenant is theirs."""
        if self.tenant_id not in {SYSTEM, tenant_id} or permission not in _GRANTS[self.role]:
            return False
        if (
            self.tenant_id == SYSTEM
            and self.role is not Role.SOLE_USER
            and permission in _OF_TENANTS
        ):
            return False
        return not self.only or permission in self.only


def text_of(key_id: str, secret: bytes) -> str:
    """Return the text of a key. `secret` is `SECRET_BYTES` of randomness that is handed in."""
    body = base64.b32encode(secret).decode().rstrip("=").lower()
    return f"{PREFIX}_{key_id}_{body}{_checksum(key_id, body)}"


def digest_of(text: str) -> str:
    """Return what is stored of a key; raises `key.malformed` on a text that no key can have."""
    parts = text.split("_")
    if len(parts) != 3 or parts[0] != PREFIX or parts[2][-8:] != _checksum(parts[1], parts[2][:-8]):  # noqa: PLR2004
        raise TenureError(
            Kind.DENIED, "key.malformed", "this is not an API key", hint="keys begin with tnr_"
        )
    return hashlib.sha256(text.encode()).hexdigest()


def _checksum(key_id: str, body: str) -> str:
    return f"{zlib.crc32(f'{key_id}_{body}'.encode()):08x}"
