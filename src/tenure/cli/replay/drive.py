"""The replay itself: the tenants' first versions, then their business time, step by step.

Every step may be cut and repeated: requests and labels repeat harmlessly, and the clocks say where
to go on.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

import uvloop

from tenure.cli.replay.clocks import Clocks
from tenure.cli.replay.convoy import Convoy
from tenure.cli.replay.course import Course
from tenure.cli.replay.stream import Stream
from tenure.cli.replay.track import Track
from tenure.core.errors import Kind, TenureError, conflict, invalid
from tenure.sdk.client import Client

_CONVOYS = 2
"""While the house works on what one convoy brought, the next one asks for predictions."""


class Progress(Protocol):
    """Shows where the replay is."""

    def begin(self, since: datetime, until: datetime) -> None:
        """Say which span lies ahead."""
        ...

    def say(self, words: str) -> None:
        """Say something once."""
        ...

    def step(self, at: datetime, tracks: Sequence[Track], findings: int) -> None:
        """Say that business time has reached `at`."""
        ...

    def end(self) -> None:
        """Stop showing."""
        ...


class Replay:
    """Drives the tenants of its tracks together."""

    def __init__(
        self, client: Client, tracks: Sequence[Track], course: Course, progress: Progress
    ) -> None:
        self._tracks = tracks
        self._course = course
        self._progress = progress
        self._tenants = sorted({track.tenant for track in tracks})
        self._clocks = Clocks(client, self._tenants, progress.say)

    def run(self) -> tuple[datetime, datetime]:
        """Replay everything; return the span over which the outcome is judged."""
        beginning = self._begin()
        now = min(self._clocks.stand.values())
        until = self._course.until or self._end(now)
        for track in self._tracks:
            track.declare(beginning)
        self._progress.say("training the first versions")
        self._clocks.settle(self._tenants)
        for track in self._tracks:
            track.learn_shape()
        self._say_who_rests()
        self._progress.begin(now, until)
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(self._travel(beginning, until))
        finally:
            self._progress.end()
        return beginning, until

    async def _travel(self, beginning: datetime, until: datetime) -> None:
        """Let the convoys go, each at its own pace; the last line says how it ended."""
        convoys = [
            Convoy(self._clocks, tracks, self._course, self._progress.say)
            for tracks in self._parted()
        ]
        shown = min(convoy.at for convoy in convoys)

        def passed() -> None:
            nonlocal shown
            slowest = min(convoy.at for convoy in convoys)
            if shown < slowest < until:
                shown = slowest
                findings = sum(convoy.findings for convoy in convoys)
                self._progress.step(slowest, self._tracks, findings)

        if shown < until:
            await asyncio.gather(*(one.travel(beginning, until, passed) for one in convoys))
            findings = sum(convoy.findings for convoy in convoys)
            self._progress.step(until, self._tracks, findings)

    def _parted(self) -> list[list[Track]]:
        """Return the tracks of each convoy; a tenant's are together, and no convoy is empty."""
        parts = [self._tenants[first::_CONVOYS] for first in range(_CONVOYS)]
        return [[t for t in self._tracks if t.tenant in part] for part in parts if part]

    def _end(self, now: datetime) -> datetime:
        """Return the end of the step in which the last truth is posted."""
        step = self._course.step
        lasts = (track.stream.last + step * track.steps_late for track in self._tracks)
        return _step_after(max(lasts), now, step)

    def _say_who_rests(self) -> None:
        """Say which models nothing serves for; raise `replay.nothing_serves` when it is all."""
        resting = [track for track in self._tracks if track.resting]
        if len(resting) == len(self._tracks):
            reasons = "; ".join(f"{track.path}: {track.resting}" for track in resting)
            raise TenureError(
                Kind.REFUSED,
                "replay.nothing_serves",
                f"no version was good enough to serve: {reasons}",
                hint="tenure study list says more; a later --from gives more rows, "
                "[gate] holdout says how many of them judge instead of train",
            )
        for track in resting:
            self._progress.say(f"{track.path}: rests until more rows are known: {track.resting}")

    def _begin(self) -> datetime:
        """Return the replay's beginning; start business time when it is new."""
        stand = self._clocks.read()
        if not stand:
            since = self._course.since
            if since is None:
                raise no_beginning([track.stream for track in self._tracks])
            self._clocks.advance(self._tenants, since)
            self._clocks.settle(self._tenants)
            return since
        if len(stand) < len(self._tenants):
            fresh = ", ".join(sorted(set(self._tenants) - set(stand)))
            raise conflict(
                "replay.mixed",
                f"the other tenants' time has begun to run, and {fresh} would come too late",
                hint="replay them in a home of their own: tenure --home FOLDER replay …",
            )
        now = min(stand.values())
        self._progress.say(f"going on from {now:%Y-%m-%d %H:%M}")
        return self._first_dataset() or now

    def _first_dataset(self) -> datetime | None:
        """Return the business time of the first import: where this replay once began."""
        found = [
            datetime.fromisoformat(dataset["known_until"])
            for track in self._tracks
            if (dataset := _first(track)) is not None
        ]
        return min(found, default=None)


def no_beginning(streams: Sequence[Stream]) -> TenureError:
    """Return the error that asks for a beginning, with one that would do."""
    first = min(stream.first for stream in streams)
    last = max(stream.last for stream in streams)
    guess = first + (last - first) / 6
    return invalid(
        "replay.no_from",
        "say when the replay begins: rows known before train, later ones are predicted",
        hint=f"the stream goes from {first:%Y-%m-%d} to {last:%Y-%m-%d}: --from {guess:%Y-%m-%d}",
    )


def _first(track: Track) -> dict[str, Any] | None:
    try:
        return next(iter(track.handle.datasets()), None)
    except TenureError as error:
        if error.code != "model.not_found":
            raise
        return None


def _step_after(last: datetime, start: datetime, step: timedelta) -> datetime:
    """Return the end of the step that holds `last`, counted from `start`."""
    return start + step * max(0, (last - start) // step + 1)
