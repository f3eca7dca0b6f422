"""Profiling: what clients were answered, counted per version, segment and hour as it is collected.

Counting is done before the unit of work that records the rows, adding within it, together with the
log's position: nothing is counted twice, and nothing of what was recorded is left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import groupby
from operator import add as add_up

import numpy as np
import polars as pl

from tenure.core.calendar import day_of
from tenure.core.columns import Role
from tenure.core.deployments import ANSWERED
from tenure.core.errors import Kind, TenureError
from tenure.core.grains import ALL, EPOCH, HOUR, KEEP_DAYS, Grain, ProfileWindow, due, window_id
from tenure.core.layouts import Layout, Tally, packed, unpacked
from tenure.core.models import Model
from tenure.core.stats.histograms import Counts
from tenure.ports.work import UnitOfWork
from tenure.services.counts import Counter
from tenure.services.house import House
from tenure.services.references import REFERENCES

Key = tuple[str, str]
"""Tenant and model."""
OVERTAKEN = "profile.overtaken"
_HOUR_US = HOUR // timedelta(microseconds=1)
_MOST = 1_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """The tally of one version in one segment and window."""

    key: Key
    version: int
    segment: str
    grain: Grain
    since: datetime
    tally: Tally

    @property
    def id(self) -> str:
        """The id of the window that it belongs to."""
        return window_id(self.key[1], self.version, self.grain, self.since, self.segment)


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of a batch. `unknown` are versions that had no reference to count on."""

    parts: tuple[Part, ...]
    unknown: frozenset[tuple[str, str, int]] = frozenset()


def count(house: House, tables: Mapping[Key, pl.DataFrame], grain: Grain = Grain.HOUR) -> Counted:
    """Return what the answers among logged rows add to their windows."""
    parts: list[Part] = []
    unknown = set()
    for key, table in tables.items():
        answered = table.filter(pl.col("lane").is_in(ANSWERED) & (pl.col("status") == "ok"))
        for version, rows in _versions(answered):
            counter = REFERENCES.counter(house, *key, version)
            if counter is None:
                unknown.add((*key, version))
            else:
                parts += _windows((key, version), counter, rows, grain)
    return Counted(tuple(parts), frozenset(unknown))


def _versions(answered: pl.DataFrame) -> Iterator[tuple[int, pl.DataFrame]]:
    versions = answered["version"].unique().sort().to_list()
    for version in versions:
        alone = len(versions) == 1
        yield version, answered if alone else answered.filter(pl.col("version") == version)


def _windows(
    of: tuple[Key, int], counter: Counter, rows: pl.DataFrame, grain: Grain
) -> Iterator[Part]:
    hours: Counts = rows["time"].dt.timestamp("us").to_numpy() // _HOUR_US
    windows = hours // (grain.length // HOUR)
    if (np.diff(windows) < 0).any():
        order = np.argsort(windows, kind="stable")
        rows, windows = rows[order], windows[order]
    starts = np.concatenate([[0], np.flatnonzero(np.diff(windows)) + 1]).tolist()
    tallies = counter.windows(with_outputs(rows, counter.layout), starts)
    for start, tally in zip(starts, tallies, strict=True):
        yield Part(*of, ALL, grain, EPOCH + int(windows[start]) * grain.length, tally)


def with_outputs(rows: pl.DataFrame, layout: Layout) -> pl.DataFrame:
    """Return logged rows with one column per output, where the layout has outputs."""
    names = [one.name for one in layout.fields if one.role is Role.OUTPUT]
    flat = rows["output"].explode().to_numpy()
    if len(flat) != rows.height * len(names):
        return rows
    outputs = flat.reshape(rows.height, len(names))
    return rows.with_columns(pl.Series(name, outputs[:, at]) for at, name in enumerate(names))


def add(work: UnitOfWork, counted: Counted) -> None:
    """Add what was counted to its windows, in the unit of work of what was read.

    Raises `profile.overtaken` when a version has got its reference since the rows were counted.
    """
    for tenant_id, model_id, number in sorted(counted.unknown):
        version = work.versions.find(tenant_id, f"{model_id}/{number}")
        if version is not None and version.reference:
            raise TenureError(Kind.UNAVAILABLE, OVERTAKEN, f"{version.id} can be profiled by now")
    for _, parts in groupby(counted.parts, lambda part: (part.key, part.version)):
        _add(work, list(parts))


def _add(work: UnitOfWork, parts: list[Part]) -> None:
    """Add what was counted of one version, all its windows together."""
    (tenant_id, model_id), grain = parts[0].key, parts[0].grain
    there = work.profiles.list(
        tenant_id,
        model_id=model_id,
        version=parts[0].version,
        grain=grain,
        since__gte=min(part.since for part in parts),
        since__lt=max(part.since for part in parts) + grain.length,
        limit=_MOST,
    )
    seen = {window.id: unpacked(window.data) for window in there}
    tallies = [seen[one.id] + one.tally if one.id in seen else one.tally for one in parts]
    windows = [_window(*pair, model_id) for pair in zip(parts, tallies, strict=True)]
    work.profiles.put_all(tenant_id, windows)


def _window(part: Part, tally: Tally, model_id: str) -> ProfileWindow:
    return ProfileWindow(
        id=part.id,
        tenant_id=part.key[0],
        model_id=model_id,
        version=part.version,
        segment=part.segment,
        grain=part.grain,
        since=part.since,
        rows=tally.rows,
        data=packed(tally),
    )


def fold(work: UnitOfWork, model: Model, now: datetime) -> None:
    """Move windows that are old enough into the coarser ones they are a part of."""
    for grain, before in ((Grain.HOUR, day_of(now)), (Grain.DAY, now - KEEP_DAYS)):
        fine = work.profiles.list(
            model.tenant_id, model_id=model.id, grain=grain, since__lt=before, limit=_MOST
        )
        for target, windows in due(fine, now).items():
            _move(work, target, windows)


def _move(work: UnitOfWork, target: str, windows: list[ProfileWindow]) -> None:
    first = windows[0]
    grain = Grain.DAY if first.grain is Grain.HOUR else Grain.MONTH
    coarse = work.profiles.find(first.tenant_id, target)
    tallies = [unpacked(one.data) for one in (*windows, *([coarse] if coarse else ()))]
    tally = reduce(add_up, tallies)
    moved = replace(first, id=target, grain=grain, since=grain.begin(first.since))
    work.profiles.put(first.tenant_id, replace(moved, rows=tally.rows, data=packed(tally)))
    work.profiles.remove_all(first.tenant_id, [one.id for one in windows])


def between(  # what is asked for, all its parts
    work: UnitOfWork, model: Model, version: int, segment: str, since: datetime, until: datetime
) -> Tally | None:
    """Return what was answered in [since, until), as far as whole windows lie in it; None for nothing."""
    windows = work.profiles.list(
        model.tenant_id,
        model_id=model.id,
        version=version,
        segment=segment,
        since__gte=since,
        since__lt=until,
        limit=_MOST,
    )
    tallies = [unpacked(window.data) for window in windows if window.until <= until]
    return reduce(add_up, tallies) if tallies else None
