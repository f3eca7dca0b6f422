"""Requests that leave features out: which rows still owe what, and to whom.

A feature that the request brings is taken as it is, for all rows; nobody is asked for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tenure.core.errors import TenureError, invalid
from tenure.core.lookups import Key, Lookup, template
from tenure.core.signatures import Signature
from tenure.serving.rows import Others, RowReader, Rows
from tenure.serving.tensors import key_texts


@dataclass(slots=True)
class Owed:
    """Features that one look-up has to bring, by the rows' keys; None for a row without one."""

    lookup: Lookup
    features: tuple[str, ...]
    keys: Sequence[Key | None]
    different: Sequence[Key]


@dataclass(slots=True)
class PartialRows(Rows):
    """Rows that lack what is owed; nobody may ask a model with them."""

    owed: tuple[Owed, ...] = ()


@dataclass(slots=True)
class LookedUpRows(Rows):
    """Rows that were completed. `told` says of each how, as the log holds it."""

    told: Sequence[str] = ()


class LookupReader(RowReader):
    """Reads requests for a signature some of whose features are looked up."""

    def __init__(
        self,
        signature: Signature,
        key_columns: tuple[str, ...],
        time_column: str | None,
        lookups: Sequence[Lookup],
    ) -> None:
        also = {column for lookup in lookups for column in lookup.columns}
        super().__init__(signature, key_columns, time_column, also)
        self._lookups = [
            (one, one.columns, template(one.key) if one.key else None) for one in lookups
        ]
        self._looked_up = {name for lookup in lookups for name in lookup.features}

    def _incomplete(
        self, columns: dict[str, list[Any]], others: Others, count: int, now_us: int
    ) -> Rows:
        if not self.features.keys() - columns.keys() <= self._looked_up:
            raise self._missing(columns.keys() | self._looked_up)
        texts: dict[str, list[str | None]] = {}
        owed = []
        for lookup, key_columns, form in self._lookups:
            left = tuple(name for name in lookup.features if name not in columns)
            if not left:
                continue
            for name in key_columns:
                if name not in others:
                    raise _no_key(left, name)
                if name not in texts:
                    texts[name] = key_texts(*others[name])
            keys = [
                None if None in key else key
                for key in zip(*(texts[name] for name in key_columns), strict=True)
            ]
            different = [key for key in dict.fromkeys(keys) if key is not None]
            if form is not None:
                for key in different:
                    form.fill(key)
            owed.append(Owed(lookup, left, keys, different))
        self.hopeful = False
        return PartialRows(
            count,
            self._names,
            None,
            self._keys(others) if self._key_columns else None,
            self._times(others, now_us) if self._time_column in others else None,
            columns,
            tuple(owed),
        )


def _no_key(left: Sequence[str], name: str) -> TenureError:
    words = f"not sent: {name}, by which {', '.join(left[:5])} would be looked up"
    return invalid("request.missing_input", words, hint=f"send {name}, or the features themselves")
