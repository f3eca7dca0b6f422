"""The index in parts: a small head that names them by digest, so that one change costs one part.

With ten thousand models the whole index is a megabyte; a barrier changes a few bytes of it. A
model belongs to the part that its name says, for ever. Parts are immutable: what a reader has read
once it keeps.
"""

import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

import msgspec

from tenure import decoders
from tenure.adapters.releases import codec
from tenure.core import digests
from tenure.ports.releases import Index, KeyGrant

FORMAT = 2
_PARTS = 64
_ENCODER = msgspec.json.Encoder(order="deterministic")

Read = Callable[[str], bytes]
Write = Callable[[str, bytes], None]
T = TypeVar("T")


class Head(msgspec.Struct, frozen=True):
    """What index.json holds. `parts` and `keys` are digests."""

    generation: int
    barrier: int
    parts: dict[str, str]
    keys: str
    format: int = FORMAT
    rates: dict[str, float] = {}

    @property
    def digests(self) -> frozenset[str]:
        return frozenset({*self.parts.values(), self.keys})


class Part(msgspec.Struct, frozen=True):
    """The models of one part."""

    releases: dict[str, str] = {}
    gone: dict[str, str] = {}
    resident: list[str] = []


@dataclass(frozen=True, slots=True)
class Whole:
    """An index with the head and the parts that it was put together from."""

    index: Index
    head: Head
    parts: dict[str, Part] = field(default_factory=dict)  # by digest


NOTHING = Whole(Index(0, 0, {}, ()), Head(0, 0, {}, ""))


def put_together(head: Head, known: Whole, read: Read) -> Whole:
    """Return the index of a head; only parts that `known` does not have are read."""
    if head == known.head:
        return known
    parts = {}
    for digest in head.parts.values():
        parts[digest] = known.parts.get(digest) or _decoded(read(digest), digest, Part)
    same_parts = head.parts == known.head.parts
    keys = known.index.keys
    if head.keys != known.head.keys:
        keys = _decoded(read(head.keys), head.keys, tuple[KeyGrant, ...])
    if same_parts:
        releases, gone, resident = known.index.releases, known.index.gone, known.index.resident
    else:
        found = parts.values()
        releases = _merged(one.releases for one in found)
        gone = _merged(one.gone for one in found) or None
        resident = tuple(sorted(name for one in found for name in one.resident))
    rates = head.rates or None
    index = Index(head.generation, head.barrier, releases, keys, gone, resident, rates)
    return Whole(index, head, parts)


def take_apart(index: Index, known: Whole, write: Write) -> Whole:
    """Return the index with its head; parts that differ from `known` are written."""
    parts = {number: known.parts[digest] for number, digest in known.head.parts.items()}
    named = dict(known.head.parts)
    before = known.index if known.head.keys else NOTHING.index  # nothing of it is in parts yet
    for number, names in _changed(index, before).items():
        parts[number] = _part(parts.get(number, Part()), names, index)
        named[number] = _written(_ENCODER.encode(parts[number]), write)
    keys = known.head.keys
    if index.keys != known.index.keys or not keys:
        keys = _written(_ENCODER.encode(index.keys), write)
    head = Head(index.generation, index.barrier, named, keys, rates=index.rates or {})
    return Whole(index, head, {named[number]: part for number, part in parts.items()})


def encode(head: Head) -> bytes:
    return _ENCODER.encode(head)


def decode(data: bytes) -> Head:
    return decoders.of_json(Head).decode(data)


def number_of(name: str) -> str:
    """Return which part a model belongs to."""
    return f"{zlib.crc32(name.encode()) % _PARTS:02d}"


def _written(data: bytes, write: Write) -> str:
    digest = digests.of_bytes(data)
    write(digest, data)
    return digest


def _part(before: Part, names: set[str], index: Index) -> Part:
    """Return a part in which these models are as the index has them."""
    gone, resident = index.gone or {}, names.intersection(index.resident)
    return Part(
        _with(before.releases, names, index.releases),
        _with(before.gone, names, gone),
        sorted(resident.union(before.resident) - (names - resident)),
    )


def _with(before: dict[str, str], names: set[str], now: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in before.items() if name not in names}
    return {**kept, **{name: now[name] for name in names if name in now}}


def _changed(index: Index, known: Index) -> dict[str, set[str]]:
    """Return the models that are not as they were, by their part."""
    names = _differing(index.releases, known.releases)
    names |= _differing(index.gone or {}, known.gone or {})
    names |= set(index.resident) ^ set(known.resident)
    parts: dict[str, set[str]] = {}
    for name in names:
        parts.setdefault(number_of(name), set()).add(name)
    return parts


def _differing(new: Mapping[str, str], old: Mapping[str, str]) -> set[str]:
    if new is old:
        return set()
    changed = {name for name, value in new.items() if old.get(name) != value}
    return changed | (old.keys() - new.keys())


def _merged(parts: Iterable[Mapping[str, str]]) -> dict[str, str]:
    merged: dict[str, str] = {}
    for one in parts:
        merged.update(one)
    return merged


def _decoded(data: bytes, digest: str, kind: type[T]) -> T:
    if digests.of_bytes(data) != digest:
        raise codec.corrupt(digest, "its digest does not match its name")
    return decoders.of_json(kind).decode(data)
