"""Exit codes: the one map from a kind of failure to what a script can tell apart."""

from tenure.core.errors import Kind

OK = 0
FAILED = 1
USAGE = 2
NOT_FOUND = 3
DENIED = 4
REFUSED = 5
CONFLICT = 6
UNREACHABLE = 7
UNKNOWN = 8
INTERRUPTED = 130

CHANGES = 2
"""`tenure plan` found something to do. UNKNOWN: `tenure drift` or `evaluate` could judge nothing."""

EXIT: dict[Kind, int] = {
    Kind.INVALID: USAGE,
    Kind.DENIED: DENIED,
    Kind.NOT_FOUND: NOT_FOUND,
    Kind.CONFLICT: CONFLICT,
    Kind.REFUSED: REFUSED,
    Kind.TOO_LARGE: USAGE,
    Kind.LIMITED: FAILED,
    Kind.GONE: NOT_FOUND,
    Kind.UNAVAILABLE: UNREACHABLE,
    Kind.TIMED_OUT: FAILED,
    Kind.FAILED: FAILED,
}
