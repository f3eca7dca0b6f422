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

PREFIX = "tnr"
SECRET_BYTES = 32


class Role(StrEnum):
    """What a principal is in a tenant. `ADMIN` of the system tenant runs the house."""

    VIEWER = "viewer"
    DEVELOPER = "developer"
    VALIDATOR = "validator"
    APPROVER = "approver"
    CLIENT_APPROVER = "client_approver"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    ADMIN = "admin"
    SERVICE = "service"  # an application: predicts, labels, logs; sees nothing else


class Permission(StrEnum):
    """What a route asks for."""

    READ = "read"
    PREDICT = "predict"
    WRITE_DATA = "write_data"  # labels, predictions made elsewhere
    DEVELOP = "develop"  # specs, datasets, studies
    OPERATE = "operate"  # deployments, findings, jobs, clock
    APPROVE = "approve"
    AUDIT = "audit"
    ADMINISTER = "administer"  # tenants, keys


_READERS = frozenset({Permission.READ})
_GRANTS: dict[Role, frozenset[Permission]] = {
    Role.VIEWER: _READERS,
    Role.SERVICE: frozenset({Permission.PREDICT, Permission.WRITE_DATA}),
    Role.DEVELOPER: _READERS | {Permission.DEVELOP, Permission.PREDICT, Permission.WRITE_DATA},
    Role.VALIDATOR: _READERS,
    Role.APPROVER: _READERS | {Permission.APPROVE},
    Role.CLIENT_APPROVER: _READERS | {Permission.APPROVE},
    Role.OPERATOR: _READERS | {Permission.OPERATE, Permission.PREDICT, Permission.WRITE_DATA},
    Role.AUDITOR: _READERS | {Permission.AUDIT},
    Role.ADMIN: frozenset(Permission),
}


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A stored key: its digest, never its text. `tenant_id` `_` means the whole house."""

    id: str
    tenant_id: str
    role: Role
    name: str
    digest: str
    created_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    salt: str = ""  # of its name in the ledger

    def valid_at(self, now: datetime) -> bool:
        """Return whether the key is neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

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

    def may(self, permission: Permission, tenant_id: str) -> bool:
        """Return whether the role grants the permission and the tenant is theirs."""
        from tenure.core.tenants import SYSTEM

        mine = self.tenant_id in {SYSTEM, tenant_id}
        return mine and permission in _GRANTS[self.role]


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
