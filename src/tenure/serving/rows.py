"""A request's tensors as rows of one model: features, key and time, checked against its signature.

Nothing of a client's mistake passes here: what a predictor gets, it can answer.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import chain
from typing import Any

import numpy as np

from tenure.core.columns import ColumnType
from tenure.core.errors import TenureError, invalid
from tenure.core.outcomes import KEY_SEPARATOR
from tenure.core.signatures import Signature
from tenure.serving import blocks
from tenure.serving.columns import (
    ColumnReader,
    instant,
    shown,
)
from tenure.serving.tensors import MAX_ROWS, flat, key_texts, split, too_many_rows
from tenure.serving.wire import FloatRequest, FloatTensor, InferRequest, Tensor

FUTURE_SECONDS = 300
Others = dict[str, tuple[Tensor, list[Any]]]
"""What was sent beside the features: keys and times."""
_ONE_ROW = [1]
_MATRIX_TYPES = frozenset({ColumnType.FLOAT, ColumnType.INT, ColumnType.BOOL})


@dataclass(slots=True)
class Rows:
    """Checked rows. `times` are µs since 1970, or None when the request brought none.

    `block` (blocks.py) is there when every feature is a number, in the order of `names`.
    """

    count: int
    names: Sequence[str] = ()
    block: bytes | None = None
    keys: Sequence[str | None] | None = None
    times: Sequence[int] | None = None
    given: dict[str, list[Any]] | None = None

    @property
    def columns(self) -> dict[str, list[Any]]:
        """Raw values by feature: text for categories, None where one is missing."""
        if self.given is None:
            self.given = blocks.columns(self.block or b"", self.names, self.count)
        return self.given


def joined(parts: Sequence[Rows]) -> Rows:
    """Return the rows of several requests to one endpoint as one, for a predictor."""
    first = parts[0]
    if len(parts) == 1:
        return first
    count, given, block = sum(part.count for part in parts), None, None
    if first.block is not None:
        block = b"".join([part.block or b"" for part in parts])
    else:
        every = [part.columns for part in parts]
        given = {name: list(chain.from_iterable([g[name] for g in every])) for name in every[0]}
    return Rows(count, first.names, block, given=given)


def of_columns(signature: Signature, columns: dict[str, list[Any]]) -> Rows:
    """Return normalised columns as rows without key and time."""
    names = [column.name for column in signature.features]
    ordered = {name: columns[name] for name in names}
    count = len(ordered[names[0]])
    block = _block(ordered, names, count) if _only_numbers(signature) else None
    return Rows(count, names, block, given=ordered)


class RowReader:
    """Reads requests for one signature, with optional key and time columns."""

    def __init__(
        self,
        signature: Signature,
        key_columns: tuple[str, ...],
        time_column: str | None,
        also: Iterable[str] = (),
    ) -> None:
        self.features = {column.name: ColumnReader(column) for column in signature.features}
        self._others = frozenset({*key_columns, time_column, *also} - {None})
        self._matrix = all(c.type in _MATRIX_TYPES for c in signature.features)
        self._key_columns = key_columns
        self._time_column = time_column
        self._plain = {
            name: plain
            for name, reader in self.features.items()
            if (plain := reader.plain) is not None and name not in self._others
        }
        self._known = dict.fromkeys([*self.features, *sorted(str(name) for name in self._others)])
        self._names = list(self.features)
        self._numbers = _only_numbers(signature)
        self._floats = all(rule[1] is float for rule in self._plain.values()) and (
            len(self._plain) == len(self.features)
        )
        self.hopeful = self._floats

    def read_floats(self, request: FloatRequest) -> Rows | None:
        """Return the rows of a request that holds one plain float per feature and row.

        None means that a closer look is needed: `read` takes it, or says what is wrong.
        """
        tensors = request.inputs
        if len(tensors) != 1:
            return self._float_row(tensors)
        (tensor,) = tensors
        if tensor.datatype == "FP64" and self._fits(tensor):
            return Rows(tensor.shape[0], self._names, blocks.packed(tensor.data))
        return None

    def _float_row(self, tensors: Sequence[FloatTensor]) -> Rows | None:
        """Return the row of one tensor per feature, in the order of the signature."""
        names, values = self._names, []
        if len(tensors) != len(names):
            return None
        for tensor, name in zip(tensors, names, strict=True):
            data = tensor.data
            if (
                tensor.name != name
                or tensor.shape != _ONE_ROW
                or tensor.datatype != "FP64"
                or len(data) != 1
            ):
                return None
            values.append(data[0])
        return Rows(1, names, blocks.packed(values))

    def read(self, request: InferRequest, now_us: int) -> Rows:
        """Return the rows; raise `request.…`, `feature.…`, `key.…` or `time.…` otherwise."""
        whole = self._array_rows(request.inputs)
        if whole is not None:
            return whole
        columns: dict[str, list[Any]] = {}
        others: Others = {}
        rest = self._take_plain(self._tensors(request), columns)
        count = 1 if columns else -1
        features, known_others = self.features, self._others
        for tensor in rest:
            name = tensor.name
            values = flat(tensor)
            if len(values) != count:
                count = self._same_count(count, len(values), name)
            if name in columns or name in others:
                raise invalid("request.repeated_input", f"input {shown(name)} was sent twice")
            reader = features.get(name)
            if reader is not None:
                columns[name] = reader.read(tensor.datatype, values)
            elif name not in known_others:
                raise self._unknown(name)
            if name in known_others:
                others[name] = (tensor, values)
        if len(columns) != len(features):
            return self._incomplete(columns, others, count, now_us)
        keys = self._keys(others) if self._key_columns else None
        times = self._times(others, now_us) if self._time_column in others else None
        self.hopeful = self._floats and not others
        block = _block(columns, self._names, count) if self._numbers else None
        return Rows(count, self._names, block, keys, times, columns)

    def _incomplete(self, columns: dict[str, list[Any]], *_: Any) -> Rows:
        """Say what was not sent. Look-ups make something else of it (`lookups/rows.py`)."""
        raise self._missing(columns)

    def _array_rows(self, tensors: Sequence[Tensor]) -> Rows | None:
        """Return the rows of one array that fits as it is; any other becomes a list.

        Codecs of bytes bring arrays: matrices of finite float64.
        """
        for tensor in tensors:
            array: Any = tensor.data
            if type(array) is not np.ndarray:
                continue
            if len(tensors) == 1 and self._floats and self._fits(tensor):
                return Rows(tensor.shape[0], self._names, array.tobytes())
            tensor.data = array.tolist()
        return None

    def _fits(self, tensor: Tensor) -> bool:
        """Whether it is a matrix of all features, of as many values as it says."""
        count, width = tensor.shape[0] if tensor.shape else 0, len(self._names)
        return (
            tensor.shape == [count, width]
            and 0 < count <= MAX_ROWS
            and len(tensor.data) == count * width
            and tensor.name not in self._known
        )

    def _take_plain(self, tensors: Iterable[Tensor], columns: dict[str, list[Any]]) -> list[Tensor]:
        """Take single values that pass as they are; return the tensors that need a closer look.

        Nearly every input of nearly every request ends here.
        """
        rest, rules = [], self._plain
        for tensor in tensors:
            rule, values = rules.get(tensor.name), tensor.data
            if (
                rule is not None
                and tensor.shape == _ONE_ROW
                and len(values) == 1
                and type(values[0]) is rule[1]
                and tensor.datatype == rule[0]
                and (not rule[2] or values[0] in rule[2])
                and tensor.name not in columns
            ):
                columns[tensor.name] = values
            else:
                rest.append(tensor)
        return rest

    def _tensors(self, request: InferRequest) -> Iterable[Tensor]:
        """Return one tensor per column; a lone matrix is taken apart."""
        tensors = request.inputs
        if not tensors:
            raise invalid("request.no_inputs", "the request has no inputs")
        if len(tensors) > 1 + len(self._others) or not self._matrix:
            return tensors
        rest = [tensor for tensor in tensors if tensor.name not in self._known]
        if len(rest) == 1 and len(rest[0].shape) == 2:  # noqa: PLR2004  # a matrix
            sides = [tensor for tensor in tensors if tensor is not rest[0]]
            return chain(split(rest[0], list(self.features)), sides)
        return tensors

    def _same_count(self, count: int, found: int, name: str) -> int:
        if count >= 0:
            raise invalid(
                "request.unequal_rows",
                f"input {shown(name)} has {found} rows, the inputs before it {count}",
            )
        if found == 0:
            raise invalid("request.no_rows", "the request has no rows")
        if found > MAX_ROWS:
            raise too_many_rows(found)
        return found

    def _unknown(self, name: str) -> TenureError:
        near = get_close_matches(name[:200], self._known, n=1, cutoff=0.0)
        ask = f'did you mean "{near[0]}"?' if near else ""
        return invalid("request.unknown_input", f"no input is called {shown(name)}", hint=ask)

    def _missing(self, columns: Collection[str]) -> TenureError:
        names = [name for name in self.features if name not in columns]
        more = f" and {len(names) - 5} more" if len(names) > 5 else ""  # noqa: PLR2004  # enough to see
        return invalid(
            "request.missing_input",
            f"not sent: {', '.join(names[:5])}{more}",
            hint="send null where a value is missing and the feature allows it",
        )

    def _keys(self, others: Others) -> list[str | None] | None:
        sent = [others[name] for name in self._key_columns if name in others]
        if not sent:
            return None
        if len(sent) != len(self._key_columns):
            names = ", ".join(self._key_columns)
            raise invalid("key.incomplete", f"the key is {names}: send all of them, or none")
        parts = [key_texts(tensor, values) for tensor, values in sent]
        if len(parts) == 1:
            return parts[0]
        return [
            None if None in row else KEY_SEPARATOR.join(row) for row in zip(*parts, strict=True)
        ]

    def _times(self, others: Others, now_us: int) -> list[int]:
        name = str(self._time_column)
        tensor, values = others[name]
        times = [instant(name, row, tensor.datatype, v) for row, v in enumerate(values)]
        latest = max(times)
        if latest > now_us + FUTURE_SECONDS * 1_000_000:
            row = times.index(latest)
            raise invalid(
                "time.in_future",
                f"input {name!r}, row {row}: {shown(values[row])} lies in the future",
                hint="send the instant of the prediction; it is read as UTC without an offset",
            )
        return times


def _only_numbers(signature: Signature) -> bool:
    return all(column.type is not ColumnType.CATEGORY for column in signature.features)


def _block(columns: dict[str, list[Any]], names: Sequence[str], count: int) -> bytes:
    return blocks.of_columns([columns[name] for name in names], count)
