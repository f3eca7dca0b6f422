"""Heads of requests that a connection has sent before: known by their bytes, without parsing.

Everything of a head is remembered but the digits of its length, and a `traceparent`, if it brings one.
"""

import re

from tenure.core.traces import TRACEPARENT_LENGTH
from tenure.serving import routes, tracing
from tenure.serving.endpoints import NOTHING, Endpoint, Snapshot
from tenure.serving.replies import MAX_BODY_BYTES
from tenure.serving.routes import Headers, Target

_LENGTH = b"\r\ncontent-length:"
_TRACEPARENT = re.compile(rb"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_PLAIN_HEADERS = frozenset({b"content-encoding", b"transfer-encoding", b"expect", b"upgrade"})


class Known:
    """A head that this connection has sent: everything of it but the digits of its length."""

    __slots__ = (
        "after",
        "before",
        "endpoint",
        "expires",
        "headers",
        "snapshot",
        "target",
        "traceparent",
    )

    def __init__(self, before: bytes, after: bytes, target: Target, headers: Headers) -> None:
        self.before = before
        self.after = after
        self.target = target
        self.headers = headers
        self.snapshot: Snapshot = NOTHING
        self.endpoint: Endpoint | None = None
        self.expires = False
        self.traceparent: bytes | None = None  # of the request that `body_of` has just read

    def body_of(self, data: bytes) -> bytes | None:
        """Return the body when `data` is this head and the whole of its body."""
        before, after = self.before, self.after
        if not data.startswith(before):
            return None
        start = len(before)
        end = data.find(b"\r", start, start + 10)
        digits = data[start:end]
        if end < 0 or not digits.isdigit() or not data.startswith(after, end):
            return None
        start = end + len(after)
        length = int(digits)
        return data[start:] if len(data) - start == length <= MAX_BODY_BYTES else None

    def found(self, snapshot: Snapshot) -> Endpoint:
        """Return the endpoint; raise as the long way does."""
        endpoint = self.endpoint
        if endpoint is None or self.snapshot is not snapshot or self.expires or not endpoint.bytes:
            grant = routes.granted(snapshot, self.headers)
            endpoint = self.endpoint = routes.find(snapshot, grant, self.target)
            self.snapshot, self.expires = snapshot, grant.expires_at is not None
        endpoint.used = endpoint.residence.turn
        return endpoint


class Traced(Known):
    """A head with a `traceparent`, which is another one with every request."""

    __slots__ = ("_at", "_behind", "_first")

    def __init__(self, known: Known, first: bytes, at: int) -> None:
        super().__init__(known.before, known.after, known.target, known.headers)
        self.traceparent = self._first = first
        self._behind = at > len(known.before)  # the length, whose digits may be more or fewer
        self._at = at - len(known.before) if self._behind else at

    def body_of(self, data: bytes) -> bytes | None:
        at = self._at + (data.find(b"\r", len(self.before)) if self._behind else 0)
        end = at + TRACEPARENT_LENGTH
        given = data[at:end]
        if at < 0 or _TRACEPARENT.fullmatch(given) is None:
            return None
        self.traceparent = given
        return super().body_of(b"".join((data[:at], self._first, data[end:])))


def known_of(head: bytes, headers: Headers, path: str) -> Known | None:
    """Return what to remember of a parsed head; None when it is not of the ordinary kind."""
    target = routes.parse(path)
    at = head.lower().find(_LENGTH)
    names = [name for name, _ in headers]
    if (
        target is None
        or target.page != "infer"
        or at < 0
        or names.count(b"content-length") != 1
        or not _PLAIN_HEADERS.isdisjoint(names)
        or not _is_json(headers)
    ):
        return None
    start = at + len(_LENGTH)
    start += len(head[start:]) - len(head[start:].lstrip(b" "))
    end = head.index(b"\r", start)
    if not head[start:end].isdigit():
        return None
    known = Known(head[:start], head[end:], target, headers)
    return _traced(known, head, end) if tracing.TRACEPARENT in names else known


def _traced(known: Known, head: bytes, end: int) -> Known | None:
    """Return what to remember of a head with a trace; `end` is where its length ends."""
    given = [value for name, value in known.headers if name == tracing.TRACEPARENT]
    at = head.lower().find(b"\r\n%b:" % tracing.TRACEPARENT)
    at += len(head[at:].split(b":", 1)[0]) + 1
    at += len(head[at:]) - len(head[at:].lstrip(b" "))
    ordinary = len(given) == 1 and _TRACEPARENT.fullmatch(given[0]) is not None
    if not ordinary or head[at : at + TRACEPARENT_LENGTH + 1] != given[0] + b"\r":
        return None
    return Traced(known, given[0], at if at < end else at - end + len(known.before))


def _is_json(headers: Headers) -> bool:
    kind = routes.header(headers, b"content-type") or b"application/json"
    binary = routes.header(headers, b"inference-header-content-length")
    return kind.split(b";")[0].strip().lower() == b"application/json" and binary is None
