"""A tenant's business time over HTTP. A replay moves it and waits until all due work has ended."""

import time
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

router = Router("clock")
_PATH = "/tenants/{tenant}/clock"
LONGEST_WAIT = 30.0
_SHORTEST_NAP, _LONGEST_NAP = 0.01, 0.1
Wait = Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="seconds to wait for `settled`")]


class Target(Body):
    """Where business time is moved to."""

    to: Instant


@router.on("GET", _PATH, Permission.READ, gives=clock.ClockView)
async def show_clock(request: Request, house: HouseIn, tenant: str, wait: Wait = 0.0) -> Response:
    """Show the clock; with `wait`, as soon as it is settled, or after so many seconds."""
    until, nap = time.monotonic() + wait, _SHORTEST_NAP
    while True:
        view = await run_in_threadpool(clock.show, house, tenant)
        left = until - time.monotonic()
        if view.settled or left <= 0 or await request.is_disconnected():
            return reply(view)
        await anyio.sleep(min(nap, left))
        nap = min(nap * 1.5, _LONGEST_NAP)


@router.on("POST", _PATH, Permission.OPERATE, gives=clock.ClockView)
def advance_clock(house: HouseIn, who: Who, tenant: str, body: Target) -> Response:
    """Move business time forward; from then on only requests move it."""
    return reply(clock.advance(house, who.key_id, tenant, body.to))


class Targets(Body):
    """Which tenants' business time is moved, and where to."""

    tenants: Annotated[list[str], Field(min_length=1, max_length=10_000)]
    to: Instant


@router.on("POST", "/clocks", Permission.OPERATE, gives=list[clock.ClockView], house=True)
def advance_clocks(house: HouseIn, who: Who, body: Targets) -> Response:
    """Move the business time of several tenants forward together: serving flushes once."""
    return reply(clock.advance_all(house, who.key_id, body.tenants, body.to))


@router.on("DELETE", _PATH, Permission.OPERATE, gives=clock.ClockView)
def give_clock_back(house: HouseIn, who: Who, tenant: str) -> Response:
    """Let business time be the time of day again."""
    return reply(clock.wall(house, who.key_id, tenant))
