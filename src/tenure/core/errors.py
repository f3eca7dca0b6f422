"""What can go wrong, said so that a person can mend it.

Every error has a stable `code` (`noun.what`), says what and where, and hints at the mending. The
`kind` decides the HTTP status and the exit code at the faces; it is never shown to people.
"""

from enum import StrEnum


class Kind(StrEnum):
    """The few classes of failure that a face must tell apart."""

    INVALID = "invalid"  # the input is wrong: 422, exit 2
    DENIED = "denied"  # not with this key: 401/403, exit 4
    NOT_FOUND = "not_found"  # or not yours: 404, exit 3
    CONFLICT = "conflict"  # the state forbids it: 409, exit 6
    REFUSED = "refused"  # a gate or policy said no: 409, exit 5
    TOO_LARGE = "too_large"  # 413, exit 2
    LIMITED = "limited"  # too many at once: 429, exit 1
    GONE = "gone"  # decommissioned: 410, exit 3
    UNAVAILABLE = "unavailable"  # try again: 503, exit 7
    TIMED_OUT = "timed_out"  # it took too long: 504, exit 1
    FAILED = "failed"  # ours or the machine's: 500, exit 1


class TenureError(Exception):
    """One failure: `code` is for programs, `message` and `hint` for people.

    `where` is a place a person can open: `tenure.toml:31`, `row 17`, `DL/arrival-delay`.
    """

    def __init__(
        self, kind: Kind, code: str, message: str, *, where: str = "", hint: str = ""
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.code = code
        self.message = message
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"error[{self.code}]: {place}{self.message}{hint}"


def invalid(code: str, message: str, *, where: str = "", hint: str = "") -> TenureError:
    """Return an error for wrong input."""
    return TenureError(Kind.INVALID, code, message, where=where, hint=hint)


def not_found(code: str, message: str, *, where: str = "", hint: str = "") -> TenureError:
    """Return an error for something that is not there, or belongs to another tenant."""
    return TenureError(Kind.NOT_FOUND, code, message, where=where, hint=hint)


def conflict(code: str, message: str, *, where: str = "", hint: str = "") -> TenureError:
    """Return an error for a request that the present state forbids."""
    return TenureError(Kind.CONFLICT, code, message, where=where, hint=hint)


def refused(code: str, message: str, *, where: str = "", hint: str = "") -> TenureError:
    """Return an error for what a gate or a policy says no to."""
    return TenureError(Kind.REFUSED, code, message, where=where, hint=hint)
