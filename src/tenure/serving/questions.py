"""A request to an endpoint on its way, and what became of it. No protocol is known here."""

from collections.abc import Callable
from dataclasses import dataclass, field

from tenure.core.errors import TenureError, invalid
from tenure.ports.releases import Arm
from tenure.serving.endpoints import Endpoint, LoadedArm
from tenure.serving.entries import Asked
from tenure.serving.flights import Flight
from tenure.serving.outputs import Numbers
from tenure.serving.routes import unknown_version
from tenure.serving.rows import Rows

_MAX_ID = 200


@dataclass(slots=True)
class Question(Asked):
    """A request to an endpoint. A codec's `Read` fills in what the body says.

    `request_id` is ours until `call` replaces it by the client's. `wanted` names the outputs,
    `binary` those of them that are to be answered as bytes.
    """

    endpoint: Endpoint = field(kw_only=True)
    loaded: LoadedArm = field(kw_only=True)  # who answers
    size: int = field(kw_only=True)  # of the body, in bytes
    started_ns: int = field(kw_only=True)
    done: "Callable[[Answer], None]" = field(kw_only=True)
    is_named: bool = False  # by the client
    wanted: list[str] | None = None
    binary: frozenset[str] = frozenset()
    admitted: bool = False  # within its limits
    flight: Flight | None = None  # while it waits for something

    def call(self, request_id: str) -> None:
        """Keep the client's id, which is echoed even when the request is refused afterwards."""
        if len(request_id) > _MAX_ID or not request_id.isprintable():
            raise invalid(
                "request.bad_id", f"an id is printable text of at most {_MAX_ID} characters"
            )
        self.request_id = request_id
        self.is_named = True

    @property
    def understood(self) -> Rows:
        """The rows, once a codec has set them."""
        assert self.rows is not None  # noqa: S101  # a codec sets them or raises
        return self.rows


Read = Callable[[Question], None]
"""Sets `rows` and `wanted` (and calls the question by its id); raises what is wrong with the body.

Runs on the event loop when the body is small, else in a thread.
"""


@dataclass(slots=True)
class Answer:
    """What became of a question. Logged and counted already; `error` is None when it is sound."""

    endpoint: Endpoint
    question: Question
    arm: Arm  # who answered, or would have
    request_id: str
    is_named: bool
    wanted: list[str]
    outputs: Numbers
    binary: frozenset[str] = frozenset()
    error: TenureError | None = None


def choose(question: Question, version: str | None) -> None:
    if version is not None:
        loaded = question.endpoint.arm(version)
        if loaded is None:
            raise unknown_version(question.endpoint, version)
        question.loaded = loaded


def split(question: Question, version: str | None) -> None:
    """Let the canary answer its share of what names no version."""
    endpoint = question.endpoint
    if version is None and endpoint.canary is not None:
        question.loaded = endpoint.choose(question.request_id, question.understood.keys)
