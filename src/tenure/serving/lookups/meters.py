"""What became of look-ups, counted by tenant, model and look-up."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tenure.serving.meters import Sample

_ROWS, _CALLS, _OPEN = (
    "tenure_lookup_rows_total",
    "tenure_lookup_calls_total",
    "tenure_lookup_open_breakers",
)


@dataclass(slots=True)
class LookupMeter:
    """One look-up of one model."""

    tenant_id: str
    model_id: str
    name: str
    calls: int = 0
    rows: dict[str, int] = field(default_factory=dict)  # by how
    _is_open: Callable[[], bool] = bool

    def watch(self, is_open: Callable[[], bool]) -> None:
        """Read from here whether the store is left alone."""
        self._is_open = is_open

    def count(self, how: str, rows: int) -> None:
        self.rows[how] = self.rows.get(how, 0) + rows

    def samples(self) -> Iterator[Sample]:
        labels = f'tenant="{self.tenant_id}",model="{self.model_id}",lookup="{self.name}"'
        for how, rows in sorted(self.rows.items()):
            yield Sample(_ROWS, f'{_ROWS}{{{labels},how="{how}"}}', self.tenant_id, rows)
        yield Sample(_CALLS, f"{_CALLS}{{{labels}}}", self.tenant_id, self.calls)
        yield Sample(_OPEN, f"{_OPEN}{{{labels}}}", self.tenant_id, int(self._is_open()))


class LookupMeters:
    """Every meter of the process: they outlive the releases that count with them."""

    def __init__(self) -> None:
        self._meters: dict[tuple[str, str, str], LookupMeter] = {}

    def of(self, tenant_id: str, model_id: str, name: str) -> LookupMeter:
        key = (tenant_id, model_id, name)
        return self._meters.setdefault(key, LookupMeter(*key))

    def samples(self) -> list[Sample]:
        return [sample for meter in list(self._meters.values()) for sample in meter.samples()]
