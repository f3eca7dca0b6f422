"""/metrics: what all processes of a home have counted, added up, whichever of them is asked.

Whoever is scraped rings a bell, waits a moment for the others to publish and adds everything up.
What a killed process published last is still counted: sums never fall.
"""

import time
from collections.abc import Callable

import msgspec

from tenure import decoders
from tenure.ports.figures import Figures
from tenure.serving.families import FAMILIES
from tenure.serving.meters import Sample

PATIENCE_SECONDS = 0.5
ENDED_SECONDS = 3600.0
"""Who has published nothing for so long has ended; a living process publishes every minute."""
_EVERY_SECONDS = 60.0
_ENDED = "ended"
_PAUSE_SECONDS = 0.01
_ADD: dict[str, Callable[[float, float], float]] = {
    "sum": lambda a, b: a + b,
    "max": max,
    "min": min,
}


class _Published(msgspec.Struct, array_like=True):
    at: float  # time.time()
    samples: list[Sample]


_DECODER = decoders.of_msgpack(_Published)


class Board:
    """Publishes one process's figures and reads everybody's. For threads, not for the loop."""

    def __init__(self, process: str, figures: Figures, samples: Callable[[], list[Sample]]) -> None:
        self._process = process
        self._figures = figures
        self._samples = samples
        self._seen: object = figures.asked()
        self._published_at = time.monotonic()

    def answer(self) -> None:
        """Publish when somebody has asked since."""
        asked = self._figures.asked()
        if asked != self._seen or time.monotonic() > self._published_at + _EVERY_SECONDS:
            self._seen = asked
            self.publish()

    def publish(self) -> None:
        self._published_at = time.monotonic()
        data = msgspec.msgpack.encode(_Published(time.time(), self._samples()))
        self._figures.publish(self._process, data)

    def fold(self, ended_seconds: float = ENDED_SECONDS) -> None:
        """Add up what processes left that ended long ago, so that their files do not pile up."""

        def make(found: dict[str, bytes]) -> tuple[str, bytes, set[str]]:
            before = time.time() - ended_seconds
            published = {name: _decoded(data) for name, data in found.items()}
            gone = {name for name, one in published.items() if one.at < before or name == _ENDED}
            sums = _added({name: published[name] for name in gone}, set())
            kept = [one for family in sums.values() for one in family.values()]
            return _ENDED, msgspec.msgpack.encode(_Published(time.time(), kept)), gone

        self._figures.fold(make)

    def text(self, tenant_id: str | None, living: Callable[[], set[str]]) -> str:
        """Return the exposition: everything, or only one tenant's figures.

        `living` names the processes that still say that they serve: their figures are waited for.
        """
        asked = time.time()
        self._figures.ask()
        self.publish()
        until = time.monotonic() + PATIENCE_SECONDS
        while True:
            found = {name: _decoded(data) for name, data in self._figures.published().items()}
            late = [n for n in living() - {self._process} if n not in found or found[n].at < asked]
            if not late or time.monotonic() > until:
                break
            time.sleep(_PAUSE_SECONDS)
        alive = living() | {self._process}
        return _text(_added(found, alive), tenant_id)


def _decoded(data: bytes) -> _Published:
    try:
        return _DECODER.decode(data)
    except msgspec.DecodeError:  # of another release of ours: it will publish anew
        return _Published(0.0, [])


def _added(found: dict[str, _Published], alive: set[str]) -> dict[str, dict[str, Sample]]:
    """Return the sums by family and series; a gauge of a process that has ended is no more."""
    sums: dict[str, dict[str, Sample]] = {name: {} for name in FAMILIES}
    for process, published in found.items():
        for one in published.samples:
            family = FAMILIES.get(one.family)
            if family is None or (family.kind == "gauge" and process not in alive):
                continue
            known = sums[one.family].get(one.series)
            if known is not None:
                value = _ADD[family.across](known.value, one.value)
                one = Sample(one.family, one.series, one.tenant_id, value)  # noqa: PLW2901  # added
            sums[one.family][one.series] = one
    return sums


def _text(sums: dict[str, dict[str, Sample]], tenant_id: str | None) -> str:
    lines: list[str] = []
    for name, family in FAMILIES.items():
        shown = [one for one in sums[name].values() if tenant_id in {None, one.tenant_id}]
        if shown:
            lines += [f"# HELP {name} {family.says}", f"# TYPE {name} {family.kind}"]
            lines += [f"{one.series} {one.value:.15g}" for one in shown]
    return "\n".join(lines) + "\n"
