"""References: made when a version is released, from the rows that trained it; kept as an object.

Every answer of the version is counted on the reference's bins from then on. A version that was
released before there were references gets one the first time its answers are judged.
"""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from threading import Lock

import numpy as np
import polars as pl

from tenure.core import profiles
from tenure.core.columns import Column, ColumnType, Role
from tenure.core.drift import Rules
from tenure.core.events import Event, Facts
from tenure.core.layouts import BINS, Field, Layout, Tally
from tenure.core.outcomes import FEATURE_PREFIX
from tenure.core.profiles import ColumnKind, Profile
from tenure.core.references import (
    QUIET_DAYS,
    Quiet,
    Reference,
    from_bytes,
    to_bytes,
    window_days,
)
from tenure.core.sensitivity import explained
from tenure.core.shifting import quiet_of
from tenure.core.signatures import Signature
from tenure.core.stats.histograms import Floats, grid_of
from tenure.core.studies import Run
from tenure.core.versions import Version
from tenure.services.counts import Counter
from tenure.services.dataset_rows import rows_of, untimed, with_roles
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.record import record
from tenure.services.runs import outputs_of

LABEL = "label"
RULES = Rules()
_KINDS = {
    ColumnType.FLOAT: ColumnKind.NUMBER,
    ColumnType.INT: ColumnKind.NUMBER,
    ColumnType.BOOL: ColumnKind.NUMBER,
    ColumnType.TIME: ColumnKind.TIME,
}
_NUMBERS_FROM = 100
"""A category with more levels than this, and with half as many as rows, is text."""


def output_names(signature: Signature) -> tuple[str, ...]:
    """Return what the outputs are called beside the features, whose names have a prefix."""
    if signature.width == 1:
        return ("prediction",)
    return tuple(f"prediction:{name}" for name in signature.classes)


def make(house: House, version: Version) -> Reference:
    """Return the reference of a version, computed from its dataset and what it was judged by."""
    with house.store.read() as work:
        run = work.runs.get(version.tenant_id, version.run_id)
        dataset = work.datasets.get(version.tenant_id, run.dataset_id)
    signature = version.signature
    trained = _rows(rows_of(house, dataset), signature, run, "train")
    answered = held_out(house, version)
    parts = [
        *((column, Role.FEATURE) for column in signature.features),
        *((Column(name, ColumnType.FLOAT), Role.OUTPUT) for name in output_names(signature)),
        (Column(LABEL, ColumnType.FLOAT), Role.LABEL),
    ]
    return counted(parts, trained, answered)


def counted(
    parts: Sequence[tuple[Column, Role]], trained: pl.DataFrame, answered: pl.DataFrame
) -> Reference:
    """Return the reference of rows: of what was trained on, and of rows with what was answered to them.

    Both have `__time`, `label` and the features as the log has them; `answered` has the outputs too.
    """
    fields, seen = [], []
    for column, role in parts:
        name = f"{FEATURE_PREFIX}{column.name}" if role is Role.FEATURE else column.name
        one, profile = _field(column, role, (answered if role is Role.OUTPUT else trained)[name])
        fields.append(one)
        seen.append(profile)
    layout = Layout(tuple(fields))
    whole = layout.tally(seen, trained.height)
    days = _days(trained)
    length = window_days(days.rows.height, len(days.starts))
    quiet = _quiet(layout, whole, length, (days, _days(answered)))
    return Reference(layout, whole, length, quiet, _importance(layout, answered))


def _rows(table: pl.DataFrame, signature: Signature, run: Run, role: str) -> pl.DataFrame:
    """Return the rows that a run trained on or held out: time, label, features as the log has them."""
    rows = with_roles(table, run).filter(pl.col("__role") == role)
    return rows.select(
        "__time",
        pl.col("__label").cast(pl.Float64).alias(LABEL),
        *(pl.col(one.name).alias(f"{FEATURE_PREFIX}{one.name}") for one in signature.features),
    )


def held_out(house: House, version: Version) -> pl.DataFrame:
    """Return the rows that a version was judged on: `__time`, label, features, what it answered.

    They are named as the log names them; there are none where its answers are not known.
    """
    with house.store.read() as work:
        judged = work.runs.get(version.tenant_id, version.judged_run)
        dataset = work.datasets.get(version.tenant_id, judged.dataset_id)
    signature = version.signature
    names = output_names(signature)
    rows = _rows(rows_of(house, dataset), signature, judged, "holdout")
    found: Floats = np.empty((0, len(names)))
    if judged.holdout_outputs and rows.height:
        found = np.asarray(outputs_of(house, judged), dtype=np.float64).reshape(-1, len(names))
    if len(found) != rows.height:
        rows, found = rows.clear(), np.empty((0, len(names)))
    return rows.with_columns(pl.Series(name, found[:, at]) for at, name in enumerate(names))


def _importance(layout: Layout, answered: pl.DataFrame) -> dict[str, float] | None:
    """Return how much of the answers goes with each feature; None where too few are known."""
    if answered.height < RULES.least:
        return None
    names = [one.name for one in layout.fields if one.role is Role.OUTPUT]
    outputs = answered.select(names).to_numpy()
    found = {}
    for one in layout.fields:
        if one.role is Role.FEATURE:
            column = answered[f"{FEATURE_PREFIX}{one.name}"]
            if one.grid is not None and one.kind is not ColumnKind.TEXT:
                tenths = one.grid.edges[one.grid.deciles]
                cells = np.searchsorted(tenths, column.to_numpy(), side="right")
            else:
                cells = column.rank("dense").fill_null(0).to_numpy()
            found[one.name] = explained(cells, outputs)
    return found


def _field(column: Column, role: Role, series: pl.Series) -> tuple[Field, Profile]:
    """Return how a column is counted, and what of it the reference has."""
    nulls = series.null_count()
    if column.type is ColumnType.CATEGORY:
        counted = series.drop_nulls().value_counts()
        counts: dict[str, int] = dict(counted.iter_rows())
        many = series.len() - nulls
        if len(counts) <= min(profiles.MOST_KNOWN, max(_NUMBERS_FROM, many // 2)):
            levels = profiles.levels_of(counts)
            one = Field(column.name, role, ColumnKind.CATEGORY, levels=levels)
            amounts = np.asarray(list(counts.values()), dtype=np.int64)
            at = profiles.places(levels, list(counts))
            absent = profiles.Absent(nulls=nulls)
            return one, profiles.categories(levels, list(counts), amounts, at, absent)
        series = series.str.len_chars().cast(pl.Float64)
    kind = _KINDS.get(column.type, ColumnKind.TEXT)
    ordered = np.sort(series.drop_nulls().to_numpy().astype(np.float64))
    grid = grid_of(profiles.finite(ordered), BINS)
    return Field(column.name, role, kind, grid), profiles.ordered_numbers(grid, ordered, nulls)


@dataclass(frozen=True, slots=True)
class _Days:
    """Rows in order of their days, and where each day begins."""

    rows: pl.DataFrame
    starts: list[int]


def _days(table: pl.DataFrame) -> _Days:
    """Return the newest days of a table; none where rows carry no time."""
    if table.is_empty() or untimed(table):
        return _Days(table.clear(), [])
    day = pl.col("__time").dt.truncate("1d").alias("__day")
    rows = table.with_columns(day).sort("__day", maintain_order=True)
    days = rows["__day"].to_physical().to_numpy()
    starts = np.concatenate([[0], np.flatnonzero(np.diff(days)) + 1])[-QUIET_DAYS:]
    return _Days(rows[int(starts[0]) :], (starts - starts[0]).tolist())


def _quiet(
    layout: Layout, whole: Tally, length: int, histories: tuple[_Days, _Days]
) -> dict[str, Quiet]:
    """Return how far windows of history lie from the rest: of the trained rows, and of the answers."""
    counter = Counter(layout, FEATURE_PREFIX)
    quiet: dict[str, Quiet] = {}
    outputs = {at for at, one in enumerate(layout.fields) if one.role is Role.OUTPUT}
    others = set(range(len(layout.fields))) - outputs
    for days, wanted in zip(histories, (others, outputs), strict=True):
        if len(days.starts) > length:
            tallies = counter.windows(days.rows, days.starts)
            quiet |= quiet_of(layout, whole, tallies, length, RULES, sorted(wanted))
    return quiet


@dataclass(frozen=True, slots=True)
class _Kept:
    reference: Reference
    counter: Counter


class References:
    """References that were read lately, by tenant, model and version; they never change."""

    def __init__(self, most: int = 256) -> None:
        self._most = most
        self._found: OrderedDict[tuple[str, str, int], _Kept] = OrderedDict()
        self._lock = Lock()

    def of(self, house: House, tenant_id: str, model_id: str, version: int) -> Reference | None:
        """Return a version's reference; None when it was not made yet."""
        kept = self._get(house, (tenant_id, model_id, version))
        return kept.reference if kept else None

    def counter(self, house: House, tenant_id: str, model_id: str, version: int) -> Counter | None:
        """Return what counts logged rows of a version; None when it has no reference yet."""
        kept = self._get(house, (tenant_id, model_id, version))
        return kept.counter if kept else None

    def forget(self) -> None:
        """Let go of all of them."""
        with self._lock:
            self._found.clear()

    def _get(self, house: House, key: tuple[str, str, int]) -> _Kept | None:
        with self._lock:
            if key in self._found:
                self._found.move_to_end(key)
                return self._found[key]
        tenant_id, model_id, number = key
        with house.store.read() as work:
            version = work.versions.find(tenant_id, f"{model_id}/{number}")
        if version is None or not version.reference:
            return None
        reference = from_bytes(house.blobs.get(version.reference))
        kept = _Kept(reference, Counter(reference.layout, FEATURE_PREFIX))
        with self._lock:
            self._found[key] = kept
            while len(self._found) > self._most:
                self._found.popitem(last=False)
        return kept


REFERENCES = References()


def keep(house: House, tenant_id: str, version_id: str, now: datetime) -> None:
    """Make a version's reference and record it; a version that has one is left alone."""
    with house.store.read() as work:
        version = work.versions.get(tenant_id, version_id)
    if version.reference:
        return
    digest = house.blobs.put(to_bytes(make(house, version)))
    failpoint("references.after_blob")
    with house.store.work() as work:
        # collecting locks it too: what was counted without the reference is counted again
        work.clocks.get(tenant_id, tenant_id, lock=True)
        current = work.versions.get(tenant_id, version_id, lock=True)
        if not current.reference:
            work.versions.save(tenant_id, replace(current, reference=digest))
            facts: Facts = {"object": digest}
            event = Event("version.profiled", tenant_id, version.model_id, version_id, now, facts)
            record(house, work, event)
        failpoint("references.before_commit")
    failpoint("references.after_commit")
