"""Who somebody is, by the word of an identity provider: people who sign in, workloads of a CI.

The operator's settings say whom to believe and what follows: groups of people have roles in tenants,
workloads whose claims are as demanded get a key for minutes. A provider says who; it never says what for.
"""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tenure.core.digests import short
from tenure.core.errors import Kind, TenureError
from tenure.core.events import Facts
from tenure.core.keys import Permission, Role
from tenure.core.tenants import SYSTEM

Claims = Mapping[str, Any]
_ANY = "*"


@dataclass(frozen=True, slots=True, order=True)
class Seat:
    """A role in a tenant (`_`: in the house): what a sign-in may lead to."""

    tenant_id: str
    role: Role

    def __str__(self) -> str:
        return f"{self.tenant_id}/{self.role}"


@dataclass(frozen=True, slots=True)
class GroupRule:
    """Whoever is in `group` may sit there: `DL/approver=risk-office` in the settings."""

    seat: Seat
    group: str

    def __str__(self) -> str:
        return f"{self.seat}={self.group}"


@dataclass(frozen=True, slots=True)
class Trust:
    """Workloads of an issuer whose claims are as demanded may sit there, with a key for minutes.

    `claims` are exact texts, or their beginnings when they end in `*`. In the settings:
    `DL/developer iss=https://… aud=tenure repository=delta/models only=develop+read`.
    """

    seat: Seat
    issuer: str
    audience: str
    claims: tuple[tuple[str, str], ...]
    only: tuple[Permission, ...] = ()

    def __str__(self) -> str:
        pairs = [("iss", self.issuer), ("aud", self.audience), *self.claims]
        scope = [("only", "+".join(self.only))] if self.only else []
        return " ".join([str(self.seat), *(f"{name}={text}" for name, text in [*pairs, *scope])])

    def holds(self, claims: Claims) -> bool:
        """Return whether audience and claims are as demanded; a claim that is not there never is."""
        return self.audience in audiences_of(claims) and all(
            _is_as(text, claims.get(name)) for name, text in self.claims
        )


@dataclass(frozen=True, slots=True)
class SignIn:
    """Whom to believe about people. Without an `issuer` nobody signs in.

    `groups` is the claim that lists a person's groups. A session ends after `session`.
    """

    issuer: str = ""
    client_id: str = ""
    client_secret: str = ""  # a reference; "" for a public client
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    groups: str = "groups"
    roles: tuple[GroupRule, ...] = ()
    session: timedelta = timedelta(hours=8)


@dataclass(frozen=True, slots=True)
class Identities:
    """Everybody who may come in by another's word. A workload's key works for `workload_length`.

    Keys that came about so are listed for `keep` after they have ended.
    """

    people: SignIn = field(default_factory=SignIn)
    workloads: tuple[Trust, ...] = ()
    workload_length: timedelta = timedelta(minutes=15)
    keep: timedelta = timedelta(days=90)


def group_rule(text: str) -> GroupRule:
    """Return what `TENANT/ROLE=GROUP` says; raise ValueError."""
    place, equals, group = text.partition("=")
    if not equals or not group.strip() or "," in group:
        raise ValueError('such as "DL/approver=risk-office" was expected')
    return GroupRule(seat_of(place.strip()), group.strip())


def trust(text: str) -> Trust:
    """Return whom `TENANT/ROLE iss=… aud=… CLAIM=TEXT … [only=…]` trusts; raise ValueError.

    At least one claim has to be demanded: an issuer such as GitHub speaks for everybody's workloads.
    """
    place, *rest = text.split()
    pairs = [part.partition("=") for part in rest]
    if any(not name or not equals or not value or "," in value for name, equals, value in pairs):
        raise ValueError("claims are written name=text, without spaces and commas")
    named = [(name, value) for name, _, value in pairs]
    known = dict(named)
    if len(known) != len(named):
        raise ValueError("a claim is demanded twice")
    only = known.pop("only", "")
    issuer, audience = known.pop("iss", ""), known.pop("aud", "")
    if not issuer or not audience:
        raise ValueError("iss=… and aud=… are missing")
    if not known:
        raise ValueError("one claim at least has to be demanded, such as repository=delta/models")
    if any(_ANY in value[:-1] or value == _ANY for value in known.values()):
        raise ValueError("* stands at the end of a text, after its beginning")
    scope = tuple(Permission(one) for one in only.split("+") if one)
    return Trust(seat_of(place), issuer.rstrip("/"), audience, tuple(known.items()), scope)


def seats(rules: Sequence[GroupRule], groups: Sequence[str]) -> list[Seat]:
    """Return where somebody in these groups may sit, in order."""
    return sorted({rule.seat for rule in rules if rule.group in groups})


def chosen(offered: Sequence[Seat], tenant_id: str, role: str) -> Seat:
    """Return the seat that is meant among those offered; empty texts choose nothing.

    Raises `sign_in.no_role` when none is left, `sign_in.choose` when there are several.
    """
    left = [
        one for one in offered if tenant_id in {"", one.tenant_id} and role in {"", one.role.value}
    ]
    if not left:
        raise TenureError(
            Kind.DENIED,
            "sign_in.no_role",
            "you have no such role here, or none at all",
            hint="the operator gives roles to groups: sign_in.roles",
        )
    if len(left) > 1:
        raise TenureError(
            Kind.INVALID,
            "sign_in.choose",
            f"say which of your roles is meant: {', '.join(map(str, left))}",
            hint=f"tenure login --tenant {left[0].tenant_id} --role {left[0].role}",
        )
    return left[0]


def groups_of(claims: Claims, name: str) -> list[str]:
    """Return the groups in a claim: a list of texts, or one text. A dotted name looks inside."""
    found: Any = claims.get(name)
    if found is None:
        found = claims
        for part in name.split("."):
            found = found.get(part) if isinstance(found, Mapping) else None
    if isinstance(found, str):
        return [found]
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []


def audiences_of(claims: Claims) -> list[str]:
    """Return whom a token is meant for."""
    given = claims.get("aud")
    return [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, str)]


def issuer_of(token: str) -> str:
    """Return who a token says has issued it, unchecked; "" when it is no token."""
    parts = token.split(".")
    try:
        body = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        issuer = json.loads(body)["iss"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return ""
    return issuer.rstrip("/") if isinstance(issuer, str) else ""


def person_of(issuer: str, subject: str) -> str:
    """Return the id of a person: the same for everybody whom the issuer calls by this subject."""
    return short("p", issuer.rstrip("/"), subject)


def name_of(claims: Claims) -> str:
    """Return what people call the person."""
    for claim in ("name", "preferred_username", "email", "sub"):
        if isinstance(text := claims.get(claim), str) and text.strip():
            return "".join(c for c in text.strip() if c.isprintable())[:200]
    return "somebody"


@dataclass(frozen=True, slots=True)
class Workload:
    """What a CI's token says of its workload, in GitHub's or GitLab's words; "" for what it does not."""

    place: str  # repository or project
    commit: str
    ref: str
    by: str  # the person whose act it was
    run: str

    def facts(self) -> Facts:
        """Return what the ledger says of it: all that is known but the person, who is personal."""
        known = {"place": self.place, "commit": self.commit, "ref": self.ref, "run": self.run}
        return {name: text for name, text in known.items() if text}


def workload_of(claims: Claims) -> Workload:
    """Return what the claims say of the workload behind them."""

    def first(*names: str) -> str:
        texts = (claims.get(name) for name in names)
        return next((str(one)[:200] for one in texts if isinstance(one, str | int) and one), "")

    return Workload(
        first("repository", "project_path"),
        first("sha", "commit"),
        first("ref"),
        first("actor", "user_login", "user_email"),
        first("run_id", "pipeline_id", "jti"),
    )


def _is_as(text: str, found: object) -> bool:
    if isinstance(found, bool):
        found = "true" if found else "false"
    if not isinstance(found, str | int):
        return False
    said = str(found)
    return said.startswith(text[:-1]) if text.endswith(_ANY) else said == text


def seat_of(text: str) -> Seat:
    """Return the seat that `TENANT/ROLE` names; raise ValueError."""
    tenant_id, slash, role = text.partition("/")
    roles = [one.value for one in Role if one is not Role.SOLE_USER]
    if not slash or not tenant_id or role not in roles:
        raise ValueError(f"TENANT/ROLE was expected ({SYSTEM}/… for the house): {', '.join(roles)}")
    return Seat(tenant_id, Role(role))
