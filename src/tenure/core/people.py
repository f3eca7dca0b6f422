"""People with an account of the house's own: for houses without an identity provider."""

import re
from dataclasses import dataclass
from datetime import datetime

from tenure.core.errors import invalid
from tenure.core.identity import Seat, person_of, seat_of

LEAST, MOST = 12, 1024
"""Characters of a password."""
_ISSUER = "local"
_NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")


@dataclass(frozen=True, slots=True)
class Person:
    """An account. `id` is what is typed to sign in; `seats` are texts such as `DL/approver`."""

    id: str
    name: str  # what people call them
    seats: tuple[str, ...]
    sealed: str  # of the password, never the password
    created_at: datetime
    salt: str = ""  # of the name in the ledger

    @property
    def person(self) -> str:
        """Who they are in keys and approvals."""
        return person_of(_ISSUER, self.id)

    @property
    def offered(self) -> list[Seat]:
        """Where they may sit."""
        return sorted(seat_of(one) for one in self.seats)


def checked_login(text: str) -> str:
    """Return what may be typed to sign in; raise `person.bad_name`."""
    if _NAME.fullmatch(text) is None:
        raise invalid(
            "person.bad_name",
            f"{text[:100]!r} is no name to sign in with",
            hint="small letters, digits, '.', '_', '@', '+' and '-', at most 100",
        )
    return text


def checked_seats(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Return the seats, each once; raise `person.bad_seat`."""
    try:
        seats = sorted({seat_of(text) for text in texts})
    except ValueError as error:
        raise invalid("person.bad_seat", str(error), hint="--role DL/approver") from error
    if not seats:
        raise invalid("person.bad_seat", "nobody signs in without a role", hint="--role DL/viewer")
    return tuple(map(str, seats))


def check_password(text: str, login: str) -> None:
    """Raise `person.weak_password` for one that is short or the login itself (NIST SP 800-63B)."""
    if not LEAST <= len(text) <= MOST or text.lower() == login.lower() or len(set(text)) == 1:
        raise invalid(
            "person.weak_password",
            f"a password has {LEAST} characters at least, not all the same, and is not the name",
            hint="four words that have nothing to do with one another do well",
        )
