"""The replay itself: predictions, then truths, then the clock; step by step.

A tenant's next step begins when all that was due in its last one has ended; the others may still be
at it. Every step may be cut and repeated: requests and labels repeat harmlessly, and the clocks say
where to go on.
"""

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

import uvloop

from tenure.cli.replay.connection import Outgoing
from tenure.cli.replay.stream import Stream
from tenure.cli.replay.track import Track
from tenure.core.clock import ClockMode
from tenure.core.errors import Kind, TenureError, conflict, invalid
from tenure.sdk.client import Client

_PATIENCE_SECONDS = 1800.0
_FINDINGS_EVERY = 7
_AGAIN = timedelta(days=30)
"""How often a model that nothing serves for gets the rows that have become known since."""
Prepared = list[list[Outgoing]]


@dataclass(frozen=True, slots=True)
class Course:
    """From where to where, in which steps. `speed` is business seconds a second; 0 = at once."""

    since: datetime | None
    until: datetime | None
    step: timedelta
    speed: float = 0.0


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
        self._client = client
        self._tracks = tracks
        self._course = course
        self._progress = progress
        self._tenants = sorted({track.tenant for track in tracks})
        self._findings = 0

    def run(self) -> tuple[datetime, datetime]:
        """Replay everything; return the span over which the outcome is judged."""
        beginning, now = self._begin()
        until = self._course.until or self._end(now)
        for track in self._tracks:
            track.declare(beginning)
        self._progress.say("training the first versions")
        self._settle()
        for track in self._tracks:
            track.learn_shape()
        self._say_who_rests()
        self._progress.begin(now, until)
        try:
            self._steps(beginning, now, until)
        finally:
            self._progress.end()
        return beginning, until

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

    def _steps(self, beginning: datetime, now: datetime, until: datetime) -> None:
        """Go step by step; a step's requests are made while the house works on the one before."""
        with (
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
            ThreadPoolExecutor(1) as ahead,
        ):
            number, coming = 0, ahead.submit(self._prepared, now, until)
            while now < until:
                begun = time.monotonic()
                following = self._next(now, until)
                if self._wake(beginning, now):
                    coming = ahead.submit(self._prepared, now, until)
                runner.run(self._step(coming.result(), (now, following)))
                if number % _FINDINGS_EVERY == 0:
                    self._findings = self._open_findings()
                self._client.advance(self._tenants, following)
                coming = ahead.submit(self._prepared, following, until)
                if following < until:
                    self._progress.step(following, self._tracks, self._findings)
                self._keep_pace(following - now, begun)
                now, number = following, number + 1
            self._settle()
            if number:  # the last line says how it ended, when all has
                self._findings = self._open_findings()
                self._progress.step(until, self._tracks, self._findings)

    def _wake(self, beginning: datetime, now: datetime) -> bool:
        """Import the newer rows of who rests, now and then; return whether anybody serves now."""
        resting = [track for track in self._tracks if track.resting]
        before = now - self._course.step
        if not resting or (now - beginning) // _AGAIN == (before - beginning) // _AGAIN:
            return False
        self._settle()
        for track in resting:
            track.bring(now)
        self._settle()
        for track in resting:
            track.learn_shape()
            if not track.resting:
                self._progress.say(f"{track.path}: serves since {now:%Y-%m-%d}")
        return not all(track.resting for track in resting)

    async def _step(self, prepared: Prepared, span: tuple[datetime, datetime]) -> None:
        """Predict tenant by tenant, each as soon as its last step is settled.

        Its labels are posted meanwhile, and the house works for those after it.
        """
        labels, settled = [], set[str]()
        for track, requests in zip(self._tracks, prepared, strict=True):
            if track.tenant not in settled:
                await asyncio.to_thread(self._settle, [track.tenant])
                settled.add(track.tenant)
            posting = asyncio.to_thread(track.label, *span, self._course.step)
            labels.append(asyncio.create_task(posting))
            await track.predict(requests)
        await asyncio.gather(*labels)

    def _prepared(self, now: datetime, until: datetime) -> Prepared:
        return [track.prepare(now, self._next(now, until)) for track in self._tracks]

    def _next(self, now: datetime, until: datetime) -> datetime:
        return min(now + self._course.step, until)

    def _open_findings(self) -> int:
        found = [one for track in self._tracks for one in track.handle.findings()]
        return sum(one["closed_at"] is None for one in found)

    def _begin(self) -> tuple[datetime, datetime]:
        """Return the replay's beginning and where business time stands; start it when new."""
        clocks = {tenant: self._clock(tenant) for tenant in self._tenants}
        replayed = {t: c for t, c in clocks.items() if c["mode"] == ClockMode.REPLAY}
        if not replayed:
            since = self._course.since
            if since is None:
                raise no_beginning([track.stream for track in self._tracks])
            self._advance(since)
            return since, since
        if len(replayed) < len(clocks):
            fresh = ", ".join(sorted(set(clocks) - set(replayed)))
            raise conflict(
                "replay.mixed",
                f"the other tenants' time has begun to run, and {fresh} would come too late",
                hint="replay them in a home of their own: tenure --home FOLDER replay …",
            )
        now = min(_instant(clock["now"]) for clock in replayed.values())
        self._progress.say(f"going on from {now:%Y-%m-%d %H:%M}")
        return self._first_dataset() or now, now

    def _clock(self, tenant: str) -> dict[str, Any]:
        try:
            return self._client.clock(tenant).show()
        except TenureError as error:
            if error.code != "tenant.not_found":
                raise
            self._client.tenants.create(tenant)
            return self._client.clock(tenant).show()

    def _first_dataset(self) -> datetime | None:
        """Return the business time of the first import: where this replay once began."""
        found = [
            _instant(dataset["known_until"])
            for track in self._tracks
            if (dataset := _first(track)) is not None
        ]
        return min(found, default=None)

    def _advance(self, to: datetime) -> None:
        self._client.advance(self._tenants, to)
        self._settle()

    def _settle(self, tenants: Sequence[str] = ()) -> None:
        """Wait until all due work of these tenants, or of all of them, has ended."""
        waited = tenants or self._tenants
        views = self._client.settled(waited, _PATIENCE_SECONDS)
        for tenant, view in zip(waited, views, strict=True):
            if view["parked"]:
                self._progress.say(
                    f"{tenant}: {view['parked']} jobs failed too often and wait for a person: "
                    f"tenure job list --tenant {tenant} --state parked"
                )

    def _keep_pace(self, span: timedelta, begun: float) -> None:
        if self._course.speed:
            left = span.total_seconds() / self._course.speed - (time.monotonic() - begun)
            time.sleep(max(0.0, left))


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


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _step_after(last: datetime, start: datetime, step: timedelta) -> datetime:
    """Return the end of the step that holds `last`, counted from `start`."""
    return start + step * max(0, (last - start) // step + 1)
