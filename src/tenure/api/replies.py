"""What goes out: core values as JSON, and pages of them. Nothing is renamed on the way."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, TypeVar

import msgspec
from fastapi import Depends, Query, Response

MOST = 1000
"""Longest page; a longer list is asked for page by page."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page is asked for: at most `limit` items after the one named `after`."""

    limit: int
    after: str | None

    @property
    def one_more(self) -> int:
        """Ask for one item too many, to know whether there is a next page."""
        return self.limit + 1

    def reply(self, items: Sequence[T], name: Callable[[T], str]) -> Response:
        """Answer with a page; `name` gives what `after` has to say to get the next one."""
        shown = items[: self.limit]
        following = name(shown[-1]) if len(items) > self.limit else None
        return reply({"items": shown, "next": following})


def paging(
    limit: Annotated[int, Query(ge=1, le=MOST, description="longest page")] = 100,
    after: Annotated[
        str | None, Query(max_length=300, description="`next` of the page before")
    ] = None,
) -> Paging:
    """Read `?limit=&after=`."""
    return Paging(limit, after)


def counting(
    limit: Annotated[int, Query(ge=1, le=MOST, description="longest page")] = 100,
    after: Annotated[int, Query(ge=0, lt=2**63, description="`next` of the page before")] = 0,
) -> Paging:
    """Read `?limit=&after=` of lists that are numbered."""
    return Paging(limit, str(after))


PageIn = Annotated[Paging, Depends(paging)]
CountIn = Annotated[Paging, Depends(counting)]


def reply(value: object, status: int = 200) -> Response:
    """Answer with a value made of dataclasses, enums, times and JSON types."""
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")
