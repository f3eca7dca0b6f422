"""The access log: what each request was, for whoever runs the house. Off the request path."""

from typing import Protocol

FIELDS = (
    "time",  # of the request's arrival; µs since 1970 in a line, RFC 3339 where it is written
    "protocol",  # http | grpc
    "page",  # infer | invocations | model | ready | server | metrics | …, a route of the API
    "method",  # of HTTP
    "tenant",  # whose key asked; the model's owner where a model was found
    "model",
    "version",  # who answered, or would have
    "lane",
    "request_id",
    "trace_id",
    "status",  # of HTTP, or gRPC's number; absent when the client was gone
    "code",  # "ok", or the code of the error
    "rows",  # answered
    "bytes_in",  # of the body
    "bytes_out",  # of the body
    "latency_us",  # from the arrival until the answer was handed to the connection
    "client",  # address without port
)
"""Never among them: a key, a value of a feature, an output, a path that a client made up."""

STATUS_CODE = FIELDS.index("code")
OK = "ok"
Line = tuple[
    int,
    str,
    str,
    str | None,
    str | None,
    str | None,
    int | None,
    str | None,
    str | None,
    str | None,
    int | None,
    str,
    int | None,
    int,
    int,
    int,
    str | None,
]
"""One value for each of `FIELDS`; None is not written. A tuple, because it costs the least."""


class AccessLog(Protocol):
    """Takes lines at once and writes them later, or loses and counts them."""

    def put(self, line: Line) -> None:
        """Take the line of a request that has ended; never waits, never raises."""
        ...

    @property
    def dropped_lines(self) -> int:
        """How many were lost: no room for them, or the file could not be written."""
        ...

    def close(self) -> None:
        """Write the rest; waits."""
        ...
