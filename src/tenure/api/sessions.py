"""Signing in over HTTP: a provider's word is exchanged for a key that ends soon."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request, Response
from pydantic import StringConstraints

from tenure.api.bodies import Body
from tenure.api.keys import KeyView, MintedKey, view
from tenure.api.replies import reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.api.throttle import Throttle
from tenure.core.keys import Role
from tenure.core.people import MOST
from tenure.ports.identity import Code, Device
from tenure.services import sign_in

router = Router("session")
Word = Annotated[str, StringConstraints(min_length=1, max_length=4096, pattern=r"^[\x21-\x7e]+$")]
Loopback = Annotated[
    str,
    StringConstraints(max_length=100, pattern=r"^http://(127\.0\.0\.1|\[::1\]):[0-9]{1,5}/$"),
]
"""Where a code comes back to: a port of the asker's own machine (RFC 8252 §7.3)."""


async def tries_of(request: Request) -> Throttle:
    """Return who counts how often somebody tries a name."""
    tries: Throttle = request.app.state.tries
    return tries


TriesIn = Annotated[Throttle, Depends(tries_of)]


class Chosen(Body):
    """Which of one's roles is meant; what is left out chooses nothing."""

    tenant: Annotated[str, StringConstraints(max_length=63)] = ""
    role: Role | None = None

    @property
    def role_name(self) -> str:
        """The role, or "" where none was named."""
        return self.role.value if self.role else ""


class CodeIn(Chosen):
    """A code of the provider's page, and what shows that the asker began this (PKCE, nonce)."""

    code: Word
    verifier: Annotated[Word, StringConstraints(min_length=43, max_length=128)]
    nonce: Word
    redirect: Loopback


class PasswordIn(Chosen):
    """Name and password of an account of the house's own."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=MOST)]


class DeviceIn(Chosen):
    """A device's code, once a person has answered for it in a browser elsewhere."""

    code: Word


class WorkloadIn(Chosen):
    """A token of the CI's issuer."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=16_384)]


@dataclass(frozen=True, slots=True)
class SignInPage:
    """Where people say who they are, and what has to be asked for there (RFC 6749 §4.1.1)."""

    authorization_url: str
    client_id: str
    scopes: tuple[str, ...]


@router.on("GET", "/sign-in", None, gives=SignInPage)
def show_sign_in(house: HouseIn) -> Response:
    """Say where people sign in."""
    url, people = sign_in.authorization_url(house), house.identities.people
    return reply(SignInPage(url, people.client_id, people.scopes))


@router.on("POST", "/sign-in/code", None, gives=MintedKey, status=201)
def sign_in_person(house: HouseIn, body: CodeIn) -> Response:
    """Exchange a code of the provider's for a session of the person."""
    code = Code(body.code, body.verifier, body.nonce, body.redirect)
    key, text = sign_in.person(house, code, body.tenant, body.role_name)
    return reply(MintedKey(view(key), text), 201)


@router.on("POST", "/sign-in/device", None, gives=Device, status=201)
def begin_sign_in(house: HouseIn) -> Response:
    """Begin a sign-in that a person ends in a browser of another machine (RFC 8628)."""
    return reply(sign_in.device(house), 201)


@router.on("POST", "/sign-in/device/session", None, gives=MintedKey, status=201)
def sign_in_elsewhere(house: HouseIn, body: DeviceIn) -> Response:
    """Exchange a device's code for a session; 409 `sign_in.pending` while nobody has answered."""
    key, text = sign_in.person_elsewhere(house, body.code, body.tenant, body.role_name)
    return reply(MintedKey(view(key), text), 201)


@router.on("POST", "/sign-in/password", None, gives=MintedKey, status=201)
def sign_in_by_password(house: HouseIn, tries: TriesIn, body: PasswordIn) -> Response:
    """Exchange name and password of an account of the house's own for a session."""
    tries.check(f"name {body.name}")
    key, text = sign_in.by_password(house, body.name, body.password, body.tenant, body.role_name)
    return reply(MintedKey(view(key), text), 201)


@router.on("POST", "/sign-in/workload", None, gives=MintedKey, status=201)
def sign_in_workload(house: HouseIn, body: WorkloadIn) -> Response:
    """Exchange a token of a CI's workload for a key that works for minutes."""
    key, text = sign_in.workload(house, body.token, body.tenant, body.role_name)
    return reply(MintedKey(view(key), text), 201)


@router.on("GET", "/sessions", None, gives=KeyView, paged=True)
def list_sessions(house: HouseIn, who: Who) -> Response:
    """List the sessions of the person who asks that still work, in their tenant."""
    return reply({"items": [view(key) for key in sign_in.sessions(house, who)], "next": None})


@router.on("DELETE", "/sessions/{session_id}", None, gives=KeyView)
def end_session(house: HouseIn, who: Who, session_id: str) -> Response:
    """End one of one's own sessions; twice is once."""
    return reply(view(sign_in.end(house, who, session_id)))
