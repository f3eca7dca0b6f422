"""Where models are asked: small questions on the event loop, large ones in a few threads.

The event loop never waits for a predictor that a thread is using. What a model does wrong becomes
`model.failed`; the reason goes to the process's own log, not to the client.
"""

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from tenure.core.errors import Kind, TenureError
from tenure.ports.training import GoneError, ModelError
from tenure.serving.lines import Lines
from tenure.serving.outputs import Numbers, OutputWriter
from tenure.serving.residence import NotLoadedError
from tenure.serving.rows import Rows
from tenure.serving.versions import Version

LOOP_ROWS = 256
LOOP_BYTES = 128 << 10
_THREADS = 2
_MAX_WAITING = 64
_log = logging.getLogger(__name__)
T = TypeVar("T")


class Workshop:
    """The threads of one process and the rule who goes there."""

    def __init__(self, threads: int = _THREADS) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="tenure-rows")
        self.waiting = 0
        self.lines = Lines()

    async def run(self, work: Callable[[], T]) -> T:
        """Run in a thread; raise `serving.busy` when too many are waiting."""
        if self.waiting >= _MAX_WAITING:
            raise TenureError(
                Kind.LIMITED, "serving.busy", "too many large requests at once", hint="try again"
            )
        self.waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self.waiting -= 1

    async def predict(self, version: Version, writer: OutputWriter, rows: Rows) -> Numbers:
        """Return sound outputs; raise `model.failed`, `serving.busy`, or that it is not loaded.

        Of a model that answers apart also `model.busy`, `model.deadline`, `model.crashed`.
        """
        if not version.is_loaded:
            await version.bring()
        if version.is_apart:
            return await self._ask_apart(version, writer, rows)
        outputs = predict_now(version, writer, rows)
        if outputs is None:
            outputs = await self.run(lambda: _asked(version.predict, writer, rows))
            assert outputs is not None  # noqa: S101  # who waits for a turn gets one
        return outputs

    async def _ask_apart(self, version: Version, writer: OutputWriter, rows: Rows) -> Numbers:
        try:
            outputs = await self.lines.ask(version, rows)
        except TenureError:
            raise
        except Exception as error:
            raise _failed(error) from error  # foreign code may raise anything
        return _sound(outputs, writer, rows)

    def close(self) -> None:
        self._threads.shutdown()


def predict_now(version: Version, writer: OutputWriter, rows: Rows) -> Numbers | None:
    """Return sound outputs, or None when a thread has to be asked; raise `model.failed`."""
    return _asked(version.try_predict, writer, rows) if rows.count <= LOOP_ROWS else None


def _asked(
    ask: Callable[[Rows], Numbers | None], writer: OutputWriter, rows: Rows
) -> Numbers | None:
    try:
        outputs = ask(rows)
    except (NotLoadedError, GoneError):
        raise
    except Exception as error:
        raise _failed(error) from error  # foreign code may raise anything
    return None if outputs is None else _sound(outputs, writer, rows)


def _sound(outputs: Numbers, writer: OutputWriter, rows: Rows) -> Numbers:
    if not writer.sound(outputs, rows.count):
        raise _failed(ModelError("outputs of a wrong width or count, or not finite"))
    return outputs


def _failed(error: Exception) -> TenureError:
    _log.error(
        "a model failed: %s", error if isinstance(error, ModelError) else ModelError.of(error)
    )
    return TenureError(Kind.FAILED, "model.failed", "the model could not answer this request")
