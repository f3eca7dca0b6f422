"""`ports.passwords.Passwords` by Argon2id, with the parameters that RFC 9106 gives for little memory."""

from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 2
"""Each takes 64 MiB and a core for some hundredths of a second."""


class Argon2Passwords:
    """Safe to use from several threads; a few work at a time, the others wait."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._room = BoundedSemaphore(_AT_ONCE)
        self._nobodys = ""

    def sealed(self, password: str) -> str:
        with self._room:
            return self._hasher.hash(password)

    def opens(self, password: str, sealed: str | None) -> bool:
        if sealed is None:
            if not self._nobodys:
                self._nobodys = self.sealed("of nobody")
            self._is_it(password, self._nobodys)
            return False
        return self._is_it(password, sealed)

    def _is_it(self, password: str, sealed: str) -> bool:
        try:
            with self._room:
                return self._hasher.verify(sealed, password)
        except (VerificationError, InvalidHashError):
            return False
