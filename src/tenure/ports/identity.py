"""What identity providers say, checked. Decides nothing about what follows."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tenure.core.identity import Claims, SignIn


@dataclass(frozen=True, slots=True)
class Code:
    """What came back from a provider's page, and what the asker kept to show it was theirs.

    `verifier` is PKCE's (RFC 7636), `nonce` stands in the ID token, `redirect` is where it came back.
    """

    code: str
    verifier: str
    nonce: str
    redirect: str


@dataclass(frozen=True, slots=True)
class Device:
    """A question that a person answers in a browser elsewhere (RFC 8628).

    `code` is the asker's, `shown` is what the person types at `address` unless they go to `complete`.
    """

    code: str
    shown: str
    address: str
    complete: str  # with the code in it; "" where the provider gives none
    seconds: int  # for how long it may be answered
    pause: int  # seconds between two looks


class Providers(Protocol):
    """OpenID Connect providers and issuers of workload tokens.

    All raise `sign_in.unreachable` when the provider does not answer, `sign_in.bad_provider` when it
    answers what no provider does, `sign_in.bad_token` when a token is not what it should be; none
    says what was in it.
    """

    def authorization_url(self, people: SignIn, now: datetime) -> str:
        """Return the address of the page on which people say who they are."""
        ...

    def redeem(self, people: SignIn, code: Code, now: datetime) -> Claims:
        """Return the claims of the ID token that the code is exchanged for.

        Raises `sign_in.refused` when the provider does not take the code.
        """
        ...

    def begin(self, people: SignIn, now: datetime) -> Device:
        """Begin a sign-in that ends in a browser of another machine."""
        ...

    def finish(self, people: SignIn, device_code: str, now: datetime) -> Claims:
        """Return the claims of who has answered; raise `sign_in.pending` while nobody has.

        Raises `sign_in.slow_down` for a look that came too soon, `sign_in.refused` for a no.
        """
        ...

    def checked(self, token: str, issuer: str, audiences: Collection[str], now: datetime) -> Claims:
        """Return the claims of a token that this issuer signed for one of these audiences."""
        ...
