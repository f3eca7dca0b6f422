"""What explains one version: brought into memory by the first who asks, evicted like any other.

It is apart from what predicts, so that nobody who asks for a prediction waits for an explanation.
"""

import logging
import threading
from collections.abc import Callable

from tenure.core.errors import Kind, TenureError
from tenure.ports.training import Contributed, Explainer
from tenure.serving.residence import Failure, Held, Residence, failed, not_loaded
from tenure.serving.rows import Rows

_log = logging.getLogger(__name__)
Make = Callable[[], tuple[Explainer | None, int]]
"""Returns what explains a version, None for a black box, and how many bytes it takes."""


class LoadedExplainer(Held):
    """An explainer, in memory or not. For threads: who calls waits for the load and for its turn."""

    __slots__ = ("_explainer", "_failure", "_lock", "_make")

    def __init__(self, residence: Residence, name: str, make: Make) -> None:
        super().__init__(residence, f"{name} (explained)", kept=False)
        self._make = make
        self._explainer: Explainer | None = None
        self._failure: Failure | None = None
        self._lock = threading.Lock()

    def explain(self, rows: Rows) -> Contributed:
        """Return exact contributions; raise `explain.black_box`, `model.not_loaded`."""
        with self._lock:
            if not self.bytes:
                self._come()
            explainer = self._explainer
            self.used = self.residence.turn
            if explainer is None:
                raise black_box(self.name)
            return explainer.explain(rows.columns, rows.count)

    def let_go(self) -> None:
        self._explainer = None

    def _come(self) -> None:
        if self._failure is not None and not self._failure.is_over:
            raise not_loaded(self.name)
        try:
            self._explainer, size = self._make()
        except Exception as error:  # noqa: BLE001  # a model's files may break in any way: recorded
            self._failure = failed(error, self._failure)
            _log.error("%s could not be loaded: %s", self.name, self._failure.why)  # no trace
            raise not_loaded(self.name) from None
        self._failure = None
        self.hold(size)


def black_box(name: str) -> TenureError:
    return TenureError(
        Kind.CONFLICT,
        "explain.black_box",
        f"{name}: what its features add to an answer is not known exactly",
        hint="trees and linear models are explained here; a version made by an older release has to "
        "be trained or handed in again",
    )
