"""One version of a model: loaded when it is asked for, evicted when its memory is needed."""

import logging
import math
import threading
from collections.abc import Callable
from contextlib import suppress

from tenure.core.errors import TenureError
from tenure.ports.training import ApartPredictor, GoneError, Predictor
from tenure.serving.loaders import Done
from tenure.serving.outputs import Numbers
from tenure.serving.residence import (
    Failure,
    Held,
    Residence,
    failed,
    fallen,
    not_loaded,
    restarting,
    still_loading,
)
from tenure.serving.rows import Rows

_log = logging.getLogger(__name__)

Gains = bool | None
Make = Callable[[Gains], tuple["Ready", int]]
"""Returns what is ready to answer and how many bytes it takes.

Gets whether it gains from being asked for several requests at once, when that is known already.
"""


class Ready:
    """A warm predictor. One caller at a time."""

    __slots__ = ("_by_block", "_predictor", "deadline_seconds", "gains", "is_apart")

    def __init__(self, predictor: Predictor) -> None:
        self.deadline_seconds: float = getattr(predictor, "deadline_seconds", math.inf)
        self.is_apart = self.deadline_seconds < math.inf  # it answers in a process of its own
        self.gains = False  # from being asked for several requests at once: measured by `batches`
        self._predictor = predictor
        self._by_block: Callable[[bytes, int], Numbers] | None
        self._by_block = getattr(predictor, "predict_block", None)

    @property
    def bytes(self) -> int:
        """What the predictor says of its own weight; 0 when it says nothing."""
        said = getattr(self._predictor, "bytes", 0)
        return said if isinstance(said, int) else 0

    @property
    def is_alive(self) -> bool:
        """Whether it can answer: what answers apart may have ended."""
        predictor: ApartPredictor | Predictor = self._predictor
        return not self.is_apart or bool(getattr(predictor, "is_alive", True))

    def predict(self, rows: Rows) -> Numbers:
        if self._by_block is not None and rows.block is not None:
            return self._by_block(rows.block, rows.count)
        return self._predictor.predict(rows.columns, rows.count)


class Version(Held):
    """A version, in memory or not. One caller at a time: the event loop never waits, threads do."""

    __slots__ = (
        "_load",
        "_lock",
        "_make",
        "_ready",
        "_starting",
        "deadline_seconds",
        "failure",
        "fall",
        "gains",
        "is_proved",
        "tenant_id",
    )

    def __init__(
        self, residence: Residence, tenant_id: str, name: str, make: Make, *, kept: bool = False
    ) -> None:
        super().__init__(residence, name, kept=kept)
        self.tenant_id = tenant_id
        self.gains = False  # see `Ready`
        self.is_proved = False  # it was loaded once and answered its trial rows
        self.failure: Failure | None = None
        self.fall: Failure | None = None  # when its process has ended, if it has one
        self.deadline_seconds = math.inf  # of a call, when it answers apart
        self._make = make
        self._ready: Ready | None = None
        self._load: Done | None = None
        self._lock = threading.Lock()
        self._starting = threading.Lock()

    @property
    def is_loaded(self) -> bool:
        """Whether it can answer at once."""
        return self._ready is not None

    @property
    def needs_proof(self) -> bool:
        """Whether it is not known that it can answer: it has to be loaded to find out."""
        fell = self.fall is not None and self._ready is None
        return fell or self.failure is not None or not self.is_proved

    @property
    def is_apart(self) -> bool:
        """Whether it answers in a process of its own: a thread has to wait for it."""
        return self.deadline_seconds < math.inf

    def try_predict(self, rows: Rows) -> Numbers | None:
        """Return the outputs; None at once when it is not loaded or a thread has to be asked."""
        ready = self._ready
        if ready is None or ready.is_apart or not self._lock.acquire(blocking=False):
            return None
        self.used = self.residence.turn
        try:
            return ready.predict(rows)
        finally:
            self._lock.release()

    def predict(self, rows: Rows) -> Numbers:
        """Return the outputs; waits for its turn, and for the load when it was just evicted."""
        ready = self._ready
        while ready is None or not ready.is_alive:
            if ready is not None:
                self._fell(ready, "its process has ended")
            self.settle(self.residence.patience)
            ready = self._ready
        self.used = self.residence.turn
        try:
            with self._lock:
                return ready.predict(rows)
        except GoneError as gone:
            self.residence.late += gone.code == "model.deadline"
            self._fell(ready, str(gone))
            raise

    def look(self) -> None:
        """Notice when its process has ended."""
        ready = self._ready
        if ready is not None and not ready.is_alive:
            self._fell(ready, "its process has ended")

    async def bring(self) -> None:
        """Have it loaded; raise `model.loading` when that takes long, `model.not_loaded`."""
        await self.residence.wait(self._started(), self.name)
        if self.failure is not None:
            raise not_loaded(self.name)

    def begin(self) -> None:
        """Begin to load it if it is not; what failed a moment ago is tried again."""
        if self._ready is None:
            self._started(anew=True)

    def settle(self, seconds: float) -> None:
        """Have it loaded, from a thread; raise as `bring` does."""
        try:
            self._started().result(seconds)
        except TimeoutError:
            raise still_loading(self.name) from None
        if self.failure is not None:
            raise not_loaded(self.name)

    def let_go(self) -> None:
        self._ready = None

    def _fell(self, ready: Ready, why: str) -> None:
        """Drop a process that has ended, and begin to start another, unless it falls often."""
        with self._starting:
            if self._ready is not ready:  # somebody else has noticed
                return
            self.fall = fallen(why, self.fall)
            self.residence.falls += 1
            self.residence.drop(self)
        _log.error("%s fell over: %s", self.name, why)
        with suppress(TenureError):
            self._started()

    def _started(self, *, anew: bool = False) -> Done:
        """Return the load that is under way, or begin one."""
        with self._starting:
            if self._load is None:
                if self.failure is not None and not anew and not self.failure.is_over:
                    raise not_loaded(self.name)
                if self.fall is not None and not self.fall.is_over:
                    raise restarting(self.name)
                self._load = self.residence.submit(self.tenant_id, self._come)
            return self._load

    def _come(self) -> None:
        """Load. Whoever waits looks at `failure` afterwards."""
        try:
            if self._ready is None:
                ready, size = self._make(self.gains if self.is_proved else None)
                self._ready, self.gains, self.is_proved = ready, ready.gains, True
                self.deadline_seconds = ready.deadline_seconds
                self.residence.loads += 1
                self.hold(size)
            self.failure = None
        except Exception as error:  # noqa: BLE001  # a model's files may break in any way: recorded
            self.failure = failed(error, self.failure)
            self.residence.failures += 1
            _log.error("%s could not be loaded: %s", self.name, self.failure.why)  # no trace
        with self._starting:  # whoever began this has noted it by then
            self._load = None
