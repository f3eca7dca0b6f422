"""A training while it runs: what it has told by now, where it can go on from, whether it is wanted."""

from dataclasses import replace

from tenure.core.errors import Kind, TenureError, conflict
from tenure.core.events import Event, Facts
from tenure.core.runs import RunProgress
from tenure.core.studies import ENDED, Run
from tenure.core.told import Told, courses, gone_on, points
from tenure.ports.training import Seen
from tenure.ports.work import UnitOfWork
from tenure.services.house import House
from tenure.services.record import business_now, record
from tenure.services.runs import run_of


class Recall:
    """Remembers what was last seen of a training; a `ports.training.Watch`."""

    def __init__(self) -> None:
        self.last = Seen(Told(), "")

    def __call__(self, seen: Seen) -> bool:
        self.last = seen
        return True

    def restored(self) -> bytes | None:
        """Return what a try before this one has left to go on from."""
        return None

    @property
    def told(self) -> Told:
        """All that the training has told, by the try that it went on from, too."""
        return self.last.told


class Watching(Recall):
    """Keeps with the run what is seen of its training, and asks whether somebody has ended it.

    What was kept survives whoever trains: a checkpoint is what the next try begins with.
    """

    def __init__(self, house: House, run: Run) -> None:
        super().__init__()
        self._house = house
        self._run = run
        self._points = 0
        self._kept: bytes | None = None
        self._before = Told()

    def __call__(self, seen: Seen) -> bool:
        is_new = seen.log != self.last.log or len(seen.told.points) != self._points
        self.last = replace(seen)
        try:
            if self.is_cancelled():
                return False
            if is_new or seen.told.checkpoint is not self._kept:
                self._keep(seen)
        except TenureError as error:  # a training is worth more than its news
            if error.kind is not Kind.UNAVAILABLE:
                raise
        return True

    def restored(self) -> bytes | None:
        known = self._progress()
        if not known.checkpoint:
            return None
        self._before = Told(points(known.courses), dict(known.params))
        return _without_name(self._run, self._house.blobs.get(known.checkpoint))

    @property
    def told(self) -> Told:
        return gone_on(self._before, self.last.told)

    def is_cancelled(self) -> bool:
        """Return whether somebody has ended the training."""
        return bool(self._progress().cancelled_by)

    def _progress(self) -> RunProgress:
        with self._house.store.read() as work:
            return _found(work, self._run)

    def _keep(self, seen: Seen) -> None:
        house, run, newest = self._house, self._run, seen.told.checkpoint
        digest = "" if newest is None else house.blobs.put(_with_name(run, newest))
        with house.store.work() as work:
            kept = _found(work, run)
            before = kept.checkpoint
            told = self.told
            went = courses(told.points)
            now = replace(kept, log=seen.log, courses=went, params=dict(told.params))
            work.progress.put(run.tenant_id, replace(now, checkpoint=digest or before))
        if digest and before not in {"", digest}:
            house.blobs.remove(before)
        self._points, self._kept = len(seen.told.points), newest


def cancel(
    house: House, actor: str, tenant_id: str, model_id: str, run_id: str, reason: str
) -> RunProgress:
    """End a training; its race goes on without it. Said twice it is said once.

    Raises `run.not_found`, `run.over`.
    """
    with house.store.work() as work:
        run_of(work, tenant_id, model_id, run_id)
        run = work.runs.get(tenant_id, run_id, lock=True)  # it may be about to end
        if run.state in ENDED:
            raise conflict("run.over", f"run {run_id} is over: {run.state.value}")
        progress = _found(work, run)
        if not progress.cancelled_by:
            progress = replace(progress, cancelled_by=actor, reason=reason)
            work.progress.put(tenant_id, progress)
            facts: Facts = {"reason": reason}
            now = business_now(house, work, tenant_id)
            event = Event("run.cancelled", tenant_id, model_id, run_id, now, facts)
            record(house, work, event, actor=actor)
    return progress


def end(work: UnitOfWork, run: Run) -> RunProgress:
    """Forget the progress of a run that is over; return it."""
    progress = _found(work, run)
    work.progress.remove(run.tenant_id, run.id)
    return progress


def _found(work: UnitOfWork, run: Run) -> RunProgress:
    kept = work.progress.find(run.tenant_id, run.id)
    return kept or RunProgress(run.id, run.tenant_id, run.model_id)


def _with_name(run: Run, data: bytes) -> bytes:
    """Return a checkpoint that no other run's equals, so that it can be deleted with its run."""
    return f"{run.tenant_id}/{run.id}\n".encode() + data


def _without_name(run: Run, data: bytes) -> bytes:
    return data.removeprefix(f"{run.tenant_id}/{run.id}\n".encode())
