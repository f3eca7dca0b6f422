"""The look-ups of one endpoint: what they brought becomes columns of its rows."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from functools import partial

from tenure.core.errors import Kind, TenureError, invalid
from tenure.core.lookup_values import Cell, UnfitError, fitted
from tenure.core.lookups import ERROR, FOUND, MISSING, REFUSE, Key, Lookup, told
from tenure.core.signatures import Signature
from tenure.ports.lookups import Fetched
from tenure.ports.releases import Release
from tenure.serving.lookups.asker import Asker
from tenure.serving.lookups.rows import LookedUpRows, LookupReader, Owed, PartialRows
from tenure.serving.rows import Rows, of_columns
from tenure.serving.work import LOOP_ROWS, Workshop

_Got = tuple[Sequence[Cell], str]
"""The values of a key's features, and how they came."""


class Lookups:
    """Completes rows. `askers` are in the order of the release's look-ups."""

    def __init__(self, release: Release, askers: Sequence[Asker]) -> None:
        self._signature: Signature = release.signature
        self._columns = {column.name: column for column in release.signature.features}
        self._askers = {asker.lookup.name: asker for asker in askers}
        self.reader = LookupReader(
            release.signature, release.key_columns, release.time_column, release.lookups
        )

    async def complete(self, rows: PartialRows, workshop: Workshop) -> Rows:
        """Return the rows with all features; raise `lookup.missing` or `lookup.unavailable`."""
        answers = await asyncio.gather(
            *(self._askers[owed.lookup.name].ask(owed.different) for owed in rows.owed)
        )
        if rows.count > LOOP_ROWS:
            return await workshop.run(partial(self._filled, rows, answers))
        return self._filled(rows, answers)

    def _filled(self, rows: PartialRows, answers: Sequence[Fetched | str]) -> Rows:
        columns = dict(rows.columns)
        hows: list[list[str]] = []
        for owed, answer in zip(rows.owed, answers, strict=True):
            got = self._got(owed, answer)
            each = [got[key] for key in owed.keys]
            for place, name in enumerate(owed.features):
                columns[name] = [values[place] for values, _ in each]
                self._count_unseen(name, columns[name])
            hows.append([how for _, how in each])
            meter = self._askers[owed.lookup.name].meter
            for how, count in Counter(hows[-1]).items():
                meter.count(how, count)
            if owed.lookup.otherwise == REFUSE:
                _refuse_bad(owed.lookup, hows[-1])
        full = of_columns(self._signature, columns)
        return LookedUpRows(
            rows.count, full.names, full.block, rows.keys, rows.times, full.given, _told(rows, hows)
        )

    def _got(self, owed: Owed, answer: Fetched | str) -> dict[Key | None, _Got]:
        """Return what each key gets."""
        instead = self._instead(owed)
        got: dict[Key | None, _Got] = {None: (instead, MISSING)}
        if isinstance(answer, str):
            return got | dict.fromkeys(owed.different, (instead, answer))
        places = [owed.lookup.features.index(name) for name in owed.features]
        for key in owed.different:
            raw = answer.get(key, ())
            if raw is None:
                got[key] = (instead, ERROR)
                continue
            try:
                values = [
                    fitted(self._columns[name], raw[place]) if raw else None
                    for name, place in zip(owed.features, places, strict=True)
                ]
            except UnfitError:
                got[key] = (instead, ERROR)
                continue
            is_there = bool(raw) and all(
                value is not None or self._columns[name].nulls
                for name, value in zip(owed.features, values, strict=True)
            )
            got[key] = (values, FOUND) if is_there else (instead, MISSING)
        return got

    def _instead(self, owed: Owed) -> list[Cell]:
        otherwise = owed.lookup.otherwise
        if isinstance(otherwise, str):
            return [None] * len(owed.features)
        return [fitted(self._columns[name], otherwise[name]) for name in owed.features]

    def _count_unseen(self, name: str, values: Sequence[Cell]) -> None:
        levels = self._columns[name].levels
        if levels:
            known = {*levels, None}
            self.reader.features[name].unseen += sum(value not in known for value in values)


def _refuse_bad(lookup: Lookup, hows: Sequence[str]) -> None:
    row = next((row for row, how in enumerate(hows) if how != FOUND), None)
    if row is None:
        return
    how, hint = hows[row], f"send {', '.join(lookup.features[:5])} with the request"
    if how == MISSING:
        words = f"row {row}: {lookup.name!r} has nothing under this key"
        raise invalid("lookup.missing", words, hint=hint)
    words = f"row {row}: {lookup.name!r} could not be looked up ({how})"
    raise TenureError(Kind.UNAVAILABLE, "lookup.unavailable", words, hint=hint)


def _told(rows: PartialRows, hows: Sequence[Sequence[str]]) -> list[str]:
    """Return what the log says of each row; few different things are said."""
    texts: dict[tuple[str, ...], str] = {}
    found = []
    for each in zip(*hows, strict=True):
        text = texts.get(each)
        if text is None:
            pairs = zip(rows.owed, each, strict=True)
            text = texts[each] = told({n: how for owed, how in pairs for n in owed.features})
        found.append(text)
    return found
