"""Counts and latencies per tenant, model and version, and gauges that are read on demand.

Plain integers that only the event loop changes; they are gathered when somebody scrapes.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from tenure.serving.families import FAMILIES

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
MAX_METERS = 20_000
"""So many versions are told apart; what comes later is counted together, as version 0 of `_`."""
_OTHER = ("_", "_", 0)
OK = "ok"
_LATENCY = "tenure_prediction_latency_seconds"


class Sample(msgspec.Struct, array_like=True, gc=False):
    """One line of the exposition. `tenant_id` is empty for figures of the house."""

    family: str
    series: str
    tenant_id: str
    value: float


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
    explained_rows: int = 0
    explanations: dict[str, int] = field(
        default_factory=dict
    )  # requests by code, "ok" or an error's
    errors: dict[str, int] = field(default_factory=dict)
    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS_US) + 1))

    def answered(self, rows: int, latency_us: int) -> None:
        self.requests += 1
        self.rows += rows
        self.latency_us += latency_us
        self.buckets[bisect_left(BOUNDS_US, latency_us)] += 1

    def explained(self, rows: int) -> None:
        self.explained_rows += rows
        self.not_explained(OK)

    def not_explained(self, code: str) -> None:
        self.explanations[code] = self.explanations.get(code, 0) + 1

    def weighing(self, size: int) -> Sample:
        """Return what the version takes in memory."""
        name = "tenure_version_resident_bytes"
        return Sample(name, f"{name}{{{_labels(self)}}}", self.tenant_id, size)

    def failed(self, code: str) -> None:
        self.errors[code] = self.errors.get(code, 0) + 1


class Meters:
    """Every meter of the process, and gauges that others read out on demand."""

    def __init__(self) -> None:
        self._meters: dict[tuple[str, str, int], Meter] = {}
        self._unseen: dict[tuple[str, str, str], int] = {}
        self._readings: dict[str, Callable[[], float]] = {}

    def of(self, tenant_id: str, model_id: str, version: int) -> Meter:
        key = (tenant_id, model_id, version)
        meter = self._meters.get(key)
        if meter is None:
            if len(self._meters) >= MAX_METERS:
                key = _OTHER
            meter = self._meters.setdefault(key, Meter(*key))
        return meter

    def unseen(self, tenant_id: str, model_id: str, counts: Mapping[str, int]) -> None:
        """Add values of categories, by feature, that training never saw."""
        for feature, count in counts.items():
            key = (tenant_id, model_id, feature)
            self._unseen[key] = self._unseen.get(key, 0) + count

    def watch(self, name: str, read: Callable[[], float]) -> None:
        """Add a figure of the process; `families.py` says what it is."""
        assert name in FAMILIES, name  # noqa: S101  # a slip of ours, seen at every start
        self._readings[name] = read

    def samples(self) -> list[Sample]:
        """Return everything that was counted so far."""
        found = [one for meter in list(self._meters.values()) for one in _of_version(meter)]
        name = "tenure_category_unseen_total"
        for (tenant_id, model_id, feature), count in list(self._unseen.items()):
            labels = f'tenant="{tenant_id}",model="{model_id}",feature="{_escaped(feature)}"'
            found.append(Sample(name, f"{name}{{{labels}}}", tenant_id, count))
        found += [Sample(name, name, "", read()) for name, read in self._readings.items()]
        return found


def _of_version(meter: Meter) -> Iterator[Sample]:
    labels = _labels(meter)
    counts = {
        "tenure_prediction_requests_total": meter.requests,
        "tenure_prediction_rows_total": meter.rows,
        "tenure_shadow_rows_total": meter.shadow_rows,
        "tenure_explanation_rows_total": meter.explained_rows,
    }
    for name, count in counts.items():
        if count:
            yield Sample(name, f"{name}{{{labels}}}", meter.tenant_id, count)
    coded = {
        "tenure_prediction_errors_total": meter.errors,
        "tenure_explanation_requests_total": meter.explanations,
    }
    for name, codes in coded.items():
        for code, count in sorted(codes.items()):
            yield Sample(name, f'{name}{{{labels},code="{code}"}}', meter.tenant_id, count)
    if meter.requests:
        yield from _histogram(meter, labels)


def _labels(meter: Meter) -> str:
    return f'tenant="{meter.tenant_id}",model="{meter.model_id}",version="{meter.version}"'


def _histogram(meter: Meter, labels: str) -> Iterator[Sample]:
    below = 0
    for bound, count in zip((*BOUNDS_US, None), list(meter.buckets), strict=True):
        below += count
        edge = "+Inf" if bound is None else f"{bound / 1e6:g}"
        series = f'{_LATENCY}_bucket{{{labels},le="{edge}"}}'
        yield Sample(_LATENCY, series, meter.tenant_id, below)
    yield Sample(_LATENCY, f"{_LATENCY}_sum{{{labels}}}", meter.tenant_id, meter.latency_us / 1e6)
    yield Sample(_LATENCY, f"{_LATENCY}_count{{{labels}}}", meter.tenant_id, below)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
