"""One look-up of one model: who asks in the same moment is asked for together.

For the event loop only. Calls are made in threads, a few at a time; whoever has waited as long as the
look-up allows goes on without an answer, whatever the thread is doing.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import chain

from tenure.core.errors import Kind, TenureError
from tenure.core.lookups import ERROR, NOT_ASKED, TIMEOUT, Key, Lookup
from tenure.ports.lookups import Fetched, LookupStore
from tenure.serving.lookups.breaker import Breaker
from tenure.serving.lookups.hands import Hands
from tenure.serving.lookups.meters import LookupMeter

FLYING = 2
"""Calls under way at the same time: a slow one does not hold up all that comes after it."""
MOST_KEYS = 1000
_BAD_KEY, _TIMEOUT = "lookup.bad_key", "lookup.timeout"
_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Ask:
    """One request's keys. `alone`: it shall not spoil others' calls any more."""

    keys: Sequence[Key]
    answer: "asyncio.Future[Fetched | str]"
    alone: bool = False


class Asker:
    """Asks a store; `meter` is told what became of it."""

    def __init__(
        self, lookup: Lookup, store: LookupStore, hands: Hands, meter: LookupMeter, where: str
    ) -> None:
        self.lookup = lookup
        self.meter = meter
        self._store = store
        self._hands = hands
        self._where = where
        self._seconds = lookup.timeout_ms / 1000
        self._breaker = Breaker(self._seconds)
        self._waiting: deque[_Ask] = deque()
        self._flying = 0
        self._called = False
        meter.watch(lambda: self._breaker.is_open)

    async def ask(self, keys: Sequence[Key]) -> Fetched | str:
        """Return what the store has of different keys (of others, too), or how that failed."""
        if not keys:
            return {}
        loop = asyncio.get_running_loop()
        if not self._breaker.asks(loop.time()):
            return NOT_ASKED
        ask = _Ask(keys, loop.create_future())
        self._waiting.append(ask)
        if not self._called:
            self._called = True
            loop.call_soon(self._go)
        try:
            async with asyncio.timeout(self._seconds):
                return await ask.answer
        except TimeoutError:
            self._failed(TIMEOUT)
            return TIMEOUT

    def _go(self) -> None:
        self._called = False
        loop = asyncio.get_running_loop()
        while self._flying < FLYING and (asks := self._next()):
            self.meter.calls += 1
            if not self._hands.take(partial(self._call, loop, asks)):
                self._waiting.extendleft(reversed(asks))  # until somebody is free, or they give up
                return
            self._flying += 1

    def _next(self) -> list[_Ask]:
        """Take who still waits, as far as the keys fit into one call."""
        asks: list[_Ask] = []
        keys = 0
        while self._waiting:
            ask = self._waiting[0]
            if not ask.answer.done():
                keys += len(ask.keys)
                if asks and (keys > MOST_KEYS or ask.alone or asks[0].alone):
                    break
                asks.append(ask)
            self._waiting.popleft()
        return asks

    def _call(self, loop: asyncio.AbstractEventLoop, asks: list[_Ask]) -> None:
        """Ask the store, in a thread."""
        outcome: Fetched | TenureError
        try:
            outcome = found = Fetched()
            for keys in _chunks(list(dict.fromkeys(chain.from_iterable(a.keys for a in asks)))):
                found |= self._store.fetch(keys)
        except TenureError as error:
            outcome = error
        except Exception as error:  # noqa: BLE001  # a driver may raise anything; told without its words
            outcome = TenureError(Kind.FAILED, "lookup.failed", type(error).__name__)
        with suppress(RuntimeError):  # the loop has ended meanwhile
            loop.call_soon_threadsafe(self._landed, asks, outcome)

    def _landed(self, asks: list[_Ask], outcome: Fetched | TenureError) -> None:
        self._flying -= 1
        alive = [ask for ask in asks if not ask.answer.done()]
        if not isinstance(outcome, TenureError):
            if alive:  # else it came too late
                self._breaker.succeeded()
            _tell(alive, outcome)
        elif outcome.code == _BAD_KEY and len(asks) > 1:
            for ask in reversed(alive):
                ask.alone = True
                self._waiting.appendleft(ask)
        elif outcome.code == _BAD_KEY:
            _tell(alive, ERROR)
        else:
            self._failed(outcome.message)
            _tell(alive, TIMEOUT if outcome.code == _TIMEOUT else ERROR)
        self._go()

    def _failed(self, why: str) -> None:
        if self._breaker.failed(asyncio.get_running_loop().time()):
            _log.warning("%s is left alone for a while: %s", self._where, why)


def _tell(asks: list[_Ask], answer: Fetched | str) -> None:
    for ask in asks:
        ask.answer.set_result(answer)


def _chunks(keys: list[Key]) -> Iterator[list[Key]]:
    for start in range(0, len(keys), MOST_KEYS):
        yield keys[start : start + MOST_KEYS]
