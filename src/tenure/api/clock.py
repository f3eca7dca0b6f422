"""A tenant's business time over HTTP. A replay moves it and waits until all due work has ended."""

import time
from collections.abc import Sequence
from typing import Annotated

import anyio
from fastapi import Query, Request, Response
from pydantic import Field
from starlette.concurrency import run_in_threadpool

from tenure.api.bodies import Body, Instant
from tenure.api.replies import reply
from tenure.api.routes import HouseIn, Router, Who
from tenure.core.keys import Permission
from tenure.services import clock
from tenure.services.house import House

router = Router("clock")
_PATH = "/tenants/{tenant}/clock"
LONGEST_WAIT = 30.0
_SHORTEST_NAP, _LONGEST_NAP = 0.01, 0.025
Tenants = Annotated[list[str], Query(min_length=1, max_length=1000)]
Wait = Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="seconds to wait for `settled`")]


class Target(Body):
    """Where business time is moved to."""

    to: Instant


@router.on("GET", _PATH, Permission.READ, gives=clock.ClockView)
async def show_clock(request: Request, house: HouseIn, tenant: str, wait: Wait = 0.0) -> Response:
    """Show the clock; with `wait`, as soon as it is settled, or after so many seconds."""
    return reply((await _when_settled(request, house, [tenant], wait))[0])


async def _when_settled(
    request: Request, house: House, tenants: Sequence[str], wait: float
) -> list[clock.ClockView]:
    """Return the clocks once they are all settled, or as they stand when the time is over.

    Nothing settles without a commit, so the clocks are read again only when there was one.
    """
    until, nap = time.monotonic() + wait, _SHORTEST_NAP
    seen: object = object()

    def look() -> bool:
        nonlocal seen
        before, seen = seen, house.store.changes()
        return seen != before and clock.are_settled(house, tenants)

    while wait and not await run_in_threadpool(look):
        left = until - time.monotonic()
        if left <= 0 or await request.is_disconnected():
            break
        await anyio.sleep(min(nap, left))
        nap = min(nap * 1.5, _LONGEST_NAP)
    return await run_in_threadpool(clock.show_all, house, tenants)


@router.on("POST", _PATH, Permission.OPERATE, gives=clock.ClockView)
def advance_clock(house: HouseIn, who: Who, tenant: str, body: Target) -> Response:
    """Move business time forward; from then on only requests move it."""
    return reply(clock.advance(house, who.key_id, tenant, body.to))


class Targets(Body):
    """Which tenants' business time is moved, and where to."""

    tenants: Annotated[list[str], Field(min_length=1, max_length=10_000)]
    to: Instant


@router.on("GET", "/clocks", Permission.READ, gives=list[clock.ClockView], house=True)
async def show_clocks(
    request: Request, house: HouseIn, tenants: Tenants, wait: Wait = 0.0
) -> Response:
    """Show several tenants' clocks, in their order; with `wait`, as soon as all are settled."""
    return reply(await _when_settled(request, house, tenants, wait))


@router.on("POST", "/clocks", Permission.OPERATE, gives=list[clock.ClockView], house=True)
def advance_clocks(house: HouseIn, who: Who, body: Targets) -> Response:
    """Move the business time of several tenants forward together: serving flushes once."""
    return reply(clock.advance_all(house, who.key_id, body.tenants, body.to))


@router.on("DELETE", _PATH, Permission.OPERATE, gives=clock.ClockView)
def give_clock_back(house: HouseIn, who: Who, tenant: str) -> Response:
    """Let business time be the time of day again."""
    return reply(clock.wall(house, who.key_id, tenant))
