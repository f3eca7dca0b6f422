"""What settings are made of: where processes listen, who is believed, where checkpoints are kept."""

from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tenure.app.forms import Bytes, Span
from tenure.core.identity import GroupRule, Identities, SignIn, Trust

EVERYWHERE = frozenset({"0.0.0.0", "::", ""})
"""Hosts that mean every address of the machine."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """Two PEM files: a certificate with its chain, and the private key."""

    chain: Path
    key: Path


@dataclass(frozen=True, slots=True)
class Address:
    """Where a process listens."""

    host: str
    port: int
    secure: bool = False  # speaks TLS

    @property
    def url(self) -> str:
        host = "127.0.0.1" if self.host in EVERYWHERE else self.host
        return f"http{'s' * self.secure}://{Address(host, self.port).authority}"

    @property
    def authority(self) -> str:
        host = self.host or "0.0.0.0"
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Watched(Address):
    """Where a process listens, and where it writes its access log: "off", "stdout" or a file.

    A relative file is one of the home. `access_share` is that of the requests that went well.
    """

    access_log: str = "off"
    access_share: float = 1.0


@dataclass(frozen=True, slots=True)
class ServingAddress(Watched):
    """Where serving listens for HTTP, and for gRPC on the same host unless `grpc_port` is 0.

    `workers` processes answer there, each with all models, its own log segment and its own word.
    """

    grpc_port: int = 0
    workers: int = 1
    memory: Bytes = field(default_factory=lambda: Bytes(2 << 30))  # of models, all processes
    rate: int = 0  # requests a second of one tenant; 0: as many as come
    concurrent: int = 256  # requests under way of one tenant; 0: as many as come
    payload: Bytes = field(default_factory=lambda: Bytes(16 << 20))  # of one request

    @property
    def grpc(self) -> Address | None:
        return Address(self.host, self.grpc_port) if self.grpc_port else None


@dataclass(frozen=True, slots=True)
class LedgerPlaces:
    """The key that signs checkpoints (a reference), where they are kept, and how often.

    Relative files and folders are of the home; `every` "off" leaves them to be asked for.
    """

    key: str
    checkpoints: str
    every: Span


@dataclass(frozen=True, slots=True)
class Tls:
    """The house's own certificate (with its chain) and private key, PEM files; "" speaks plainly.

    Relative files are of the home.
    """

    certificate: str
    key: str


@dataclass(frozen=True, slots=True)
class SignInRules:
    """Whom to believe about who people are (`issuer`), and which workloads (`trust`).

    `groups` is the claim of an ID token that lists a person's groups, `client_secret` a reference.
    """

    issuer: str
    client_id: str
    client_secret: str
    scopes: tuple[str, ...]
    groups: str
    roles: tuple[GroupRule, ...]
    session: Span
    trust: tuple[Trust, ...]
    workload: Span
    keep: Span

    @property
    def identities(self) -> Identities:
        people = SignIn(
            self.issuer,
            self.client_id,
            self.client_secret,
            self.scopes,
            self.groups,
            self.roles,
            timedelta(seconds=self.session),
        )
        workload, keep = (timedelta(seconds=one) for one in (self.workload, self.keep))
        return Identities(people, self.trust, workload, keep)
