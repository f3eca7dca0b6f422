"""Tenants whose business time moves together: predictions, then truths, then the clock.

A tenant's next step begins when all that was due in its last one has ended; the others may still be
at it.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from tenure.cli.replay.clocks import Clocks
from tenure.cli.replay.connection import Outgoing
from tenure.cli.replay.course import Course
from tenure.cli.replay.track import Track

_FINDINGS_EVERY = 7
_AGAIN = timedelta(days=30)
"""How often a model that nothing serves for gets the rows that have become known since."""
Span = tuple[datetime, datetime]
Prepared = list[list[Outgoing]]


class Convoy:
    """Some of the replay's tracks. `at` is how far they have come; `findings` of theirs are open."""

    def __init__(
        self,
        clocks: Clocks,
        tracks: Sequence[Track],
        course: Course,
        say: Callable[[str], None],
    ) -> None:
        self._clocks = clocks
        self._tracks = tracks
        self._course = course
        self._say = say
        self._tenants = sorted({track.tenant for track in tracks})
        self.at = min(clocks.stand[tenant] for tenant in self._tenants)
        self.findings = 0

    async def travel(
        self, beginning: datetime, until: datetime, passed: Callable[[], None]
    ) -> None:
        """Go step by step; a step's requests are made while the house works on the one before.

        `passed` is called after each step.
        """
        number, coming = 0, self._ahead(until)
        while self.at < until:
            begun = time.monotonic()
            span = self.at, self._next(self.at, until)
            if await asyncio.to_thread(self._wake, beginning, self.at):
                coming = self._ahead(until)
            await self._step(await coming, span)
            if number % _FINDINGS_EVERY == 0:
                self.findings = await asyncio.to_thread(self._open_findings)
            await asyncio.to_thread(self._clocks.advance, self._tenants, span[1])
            self.at, number = span[1], number + 1
            coming = self._ahead(until)
            passed()
            await self._keep_pace(span, begun)
        await asyncio.to_thread(self._clocks.settle, self._tenants)
        self.findings = await asyncio.to_thread(self._open_findings)

    def _ahead(self, until: datetime) -> asyncio.Task[Prepared]:
        """Begin to make the requests of the next step."""
        span = self.at, self._next(self.at, until)
        return asyncio.create_task(asyncio.to_thread(self._prepared, *span))

    def _prepared(self, since: datetime, until: datetime) -> Prepared:
        return [track.prepare(since, until) for track in self._tracks]

    def _next(self, now: datetime, until: datetime) -> datetime:
        return min(now + self._course.step, until)

    def _wake(self, beginning: datetime, now: datetime) -> bool:
        """Import the newer rows of who rests, now and then; return whether anybody serves now."""
        resting = [track for track in self._tracks if track.resting]
        before = now - self._course.step
        if not resting or (now - beginning) // _AGAIN == (before - beginning) // _AGAIN:
            return False
        self._clocks.settle(self._tenants)
        for track in resting:
            track.bring(now)
        self._clocks.settle(self._tenants)
        for track in resting:
            track.learn_shape()
            if not track.resting:
                self._say(f"{track.path}: serves since {now:%Y-%m-%d}")
        return not all(track.resting for track in resting)

    async def _step(self, prepared: Prepared, span: Span) -> None:
        """Predict tenant by tenant, each as soon as its last step is settled.

        Its labels are posted meanwhile, and the house works for those after it.
        """
        labels, settled = [], set[str]()
        for track, requests in zip(self._tracks, prepared, strict=True):
            if track.tenant not in settled:
                await asyncio.to_thread(self._clocks.settle, [track.tenant])
                settled.add(track.tenant)
            posting = asyncio.to_thread(track.label, *span, self._course.step)
            labels.append(asyncio.create_task(posting))
            await track.predict(requests)
        await asyncio.gather(*labels)

    def _open_findings(self) -> int:
        found = [one for track in self._tracks for one in track.handle.findings()]
        return sum(one["closed_at"] is None for one in found)

    async def _keep_pace(self, span: Span, begun: float) -> None:
        if self._course.speed:
            left = (span[1] - span[0]).total_seconds() / self._course.speed
            await asyncio.sleep(max(0.0, left - (time.monotonic() - begun)))
