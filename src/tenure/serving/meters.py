"""Counts and latencies per tenant, model and version, and their Prometheus text.

Plain integers that only the event loop changes; added up when somebody asks.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

BOUNDS_US = (
    100,
    200,
    500,
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    500_000,
    2_000_000,
)


@dataclass(slots=True)
class Meter:
    """What one version of one model did."""

    tenant_id: str
    model_id: str
    version: int
    requests: int = 0
    rows: int = 0
    shadow_rows: int = 0
    latency_us: int = 0
    errors: dict[str, int] = field(default_factory=dict)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_US) + 1))

    def answered(self, rows: int, latency_us: int) -> None:
        self.requests += 1
        self.rows += rows
        self.latency_us += latency_us
        self.buckets[bisect_left(BOUNDS_US, latency_us)] += 1

    def failed(self, code: str) -> None:
        self.errors[code] = self.errors.get(code, 0) + 1


class Meters:
    """Every meter of the process, and gauges that others read out on demand."""

    def __init__(self) -> None:
        self._meters: dict[tuple[str, str, int], Meter] = {}
        self._readings: list[tuple[str, str, Callable[[], float]]] = []

    def of(self, tenant_id: str, model_id: str, version: int) -> Meter:
        key = (tenant_id, model_id, version)
        meter = self._meters.get(key)
        if meter is None:
            meter = self._meters.setdefault(key, Meter(*key))
        return meter

    def watch(self, name: str, kind: str, read: Callable[[], float]) -> None:
        """Add a figure of the process: `kind` is counter or gauge."""
        self._readings.append((name, kind, read))

    def text(self, tenant_id: str | None) -> str:
        """Return the exposition: everything, or only one tenant's figures."""
        meters = [m for m in self._meters.values() if tenant_id in {None, m.tenant_id}]
        lines = list(_families(meters))
        if tenant_id is None:
            for name, kind, read in self._readings:
                lines += [f"# TYPE {name} {kind}", f"{name} {read():g}"]
        return "\n".join(lines) + "\n"


def _families(meters: list[Meter]) -> Iterator[str]:
    counts: tuple[tuple[str, Callable[[Meter], int]], ...] = (
        ("tenure_prediction_requests_total", lambda m: m.requests),
        ("tenure_prediction_rows_total", lambda m: m.rows),
        ("tenure_shadow_rows_total", lambda m: m.shadow_rows),
    )
    for name, read in counts:
        yield f"# TYPE {name} counter"
        for meter in meters:
            yield f"{name}{{{_labels(meter)}}} {read(meter)}"
    yield "# TYPE tenure_prediction_errors_total counter"
    for meter in meters:
        for code, count in sorted(meter.errors.items()):
            yield f'tenure_prediction_errors_total{{{_labels(meter)},code="{code}"}} {count}'
    yield "# TYPE tenure_prediction_latency_seconds histogram"
    for meter in meters:
        yield from _histogram(meter)


def _histogram(meter: Meter) -> Iterable[str]:
    name, labels, below = "tenure_prediction_latency_seconds", _labels(meter), 0
    for bound, count in zip((*BOUNDS_US, None), meter.buckets, strict=True):
        below += count
        edge = "+Inf" if bound is None else f"{bound / 1e6:g}"
        yield f'{name}_bucket{{{labels},le="{edge}"}} {below}'
    yield f"{name}_sum{{{labels}}} {meter.latency_us / 1e6:g}"
    yield f"{name}_count{{{labels}}} {below}"


def _labels(meter: Meter) -> str:
    return f'tenant="{meter.tenant_id}",model="{meter.model_id}",version="{meter.version}"'
