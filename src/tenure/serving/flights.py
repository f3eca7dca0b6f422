"""Requests under way, so that a barrier can wait for those accepted before it and no others."""

import asyncio


class Flight:
    """Requests that began in the same span between two barriers."""

    __slots__ = ("_empty", "count")

    def __init__(self) -> None:
        self.count = 0
        self._empty = asyncio.Event()
        self._empty.set()

    def board(self) -> None:
        self.count += 1
        self._empty.clear()

    def leave(self) -> None:
        self.count -= 1
        if self.count == 0:
            self._empty.set()

    async def landed(self) -> None:
        await self._empty.wait()


class Flights:
    """The flight that boards, and those that have left. For the event loop only."""

    def __init__(self) -> None:
        self._boarding = Flight()
        self._departed: list[Flight] = []

    @property
    def count(self) -> int:
        """How many requests are under way."""
        self._departed = [one for one in self._departed if one.count]
        return self._boarding.count + sum(one.count for one in self._departed)

    def enter(self) -> Flight:
        self._boarding.board()
        return self._boarding

    async def landed(self) -> None:
        """Return when every request that entered before has left."""
        departed, self._boarding = self._boarding, Flight()
        self._departed.append(departed)
        await departed.landed()
