"""The ledger: hash-chained entries, one chain per tenant.

hash(n) = SHA-256(canonical JSON of entry n without its hash, with prev = hash(n-1)). Anyone can
verify a chain offline; a Merkle root over the hashes (RFC 9162 §2.1) names a whole chain.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from json.encoder import encode_basestring as _quoted

import rfc8785

from tenure.core import digests, merkle
from tenure.core.errors import TenureError, invalid
from tenure.core.events import Facts

GENESIS = "sha256:" + "0" * 64
FORMAT = 1
_FLOATS_ONLY = 2**53  # RFC 8785 writes integers up to here; 1e20 is written with all its zeros


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the story. `at` is machine time, `business_at` the tenant's business time."""

    tenant_id: str
    seq: int  # 1, 2, 3 … without a gap
    at: datetime
    business_at: datetime
    actor: str  # key id, "loop", or "system"
    kind: str
    model_id: str
    subject: str
    facts: Facts
    prev: str
    hash: str


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry that has no place in the chain yet."""

    tenant_id: str
    at: datetime
    business_at: datetime
    actor: str
    kind: str
    model_id: str
    subject: str
    facts: Facts


@dataclass(frozen=True, slots=True)
class Verification:
    """What reading a whole chain showed. `first_bad` is the number of the first wrong entry."""

    ok: bool
    entries: int
    root: str
    first_bad: int | None = None
    why: str = ""


def follow(head: tuple[int, str], draft: Draft) -> Entry:
    """Return the entry that continues the chain after `head` (seq and hash of the last one).

    Raises `ledger.bad_fact`, as `hash_of` does.
    """
    seq, prev = head[0] + 1, head[1]
    return Entry(
        draft.tenant_id,
        seq,
        draft.at,
        draft.business_at,
        draft.actor,
        draft.kind,
        draft.model_id,
        draft.subject,
        draft.facts,
        prev,
        digests.of_bytes(_canonical(draft, seq, prev)),
    )


def hash_of(entry: Entry) -> str:
    """Return what the entry's hash must be, from everything else in it.

    Raises `ledger.bad_fact` for what canonical JSON cannot say: NaN, infinity, integers beyond
    2**53, instants without a zone.
    """
    return digests.of_bytes(_canonical(entry, entry.seq, entry.prev))


@dataclass(slots=True)
class Chain:
    """A chain as it is read on, one entry after the other: its tree and its last entry."""

    tree: merkle.Frontier = field(default_factory=merkle.Frontier)
    last: Entry | None = None

    def grow(self, entry: Entry) -> str:
        """Take the next entry; return what is wrong with it (it is not taken then), or ""."""
        if why := _wrong(entry, self.last):
            return why
        self.tree.add(leaf_of(entry))
        self.last = entry
        return ""


def verify(entries: Iterable[Entry], *, noted: Mapping[int, str] | None = None) -> Verification:
    """Read one tenant's chain from its beginning; stop at the first entry that is wrong.

    A chain alone hides its truncation, and a rewriting of everything: hand in the roots that were
    `noted` earlier, by size, and the chain must have passed through each of them.
    """
    chain, roots = Chain(), dict(noted or {})
    for entry in entries:
        if why := chain.grow(entry):
            return _bad(chain.tree, why)
        if why := _differs(chain.tree, roots):
            return replace(_bad(chain.tree, why), first_bad=None)
    if why := _differs(chain.tree, roots):  # of an empty chain
        return replace(_bad(chain.tree, why), first_bad=None)
    if beyond := [size for size in roots if size > chain.tree.size]:
        size = chain.tree.size
        return _bad(chain.tree, f"the chain ends at entry {size}, {max(beyond)} were noted earlier")
    return Verification(ok=True, entries=chain.tree.size, root=name_of(chain.tree))


def name_of(tree: merkle.Frontier) -> str:
    """Return the root of a tree as a digest."""
    return f"sha256:{tree.root().hex()}"


def leaf_of(entry: Entry) -> bytes:
    """Return the Merkle leaf hash of an entry: its digest's 32 bytes are the leaf."""
    return merkle.leaf(bytes.fromhex(entry.hash.removeprefix("sha256:")))


def to_line(entry: Entry) -> bytes:
    """Return the entry as one line of canonical JSON, as an exported ledger holds it."""
    return _canonical(entry, entry.seq, entry.prev, entry.hash)


def from_line(line: bytes) -> Entry:
    """Return the entry of an exported line; raise `ledger.bad_line` unless it is canonical."""
    try:
        read = json.loads(line, parse_int=_whole)
        dates = {name: datetime.fromisoformat(read[name]) for name in ("at", "business_at")}
        fields = {name: value for name, value in read.items() if name != "format"}
        entry = Entry(**{**fields, **dates})
        exact = read["format"] == FORMAT and to_line(entry) == line
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError, TenureError) as error:
        raise _bad_line() from error
    if not exact:
        raise _bad_line()
    return entry


def _differs(tree: merkle.Frontier, noted: Mapping[int, str]) -> str:
    """Return how the root differs from the one that was noted at this size, or an empty text."""
    root = noted.get(tree.size)
    if root is None or root == name_of(tree):
        return ""
    return f"the root at entry {tree.size} is {name_of(tree)}, noted was {root}"


def _bad(tree: merkle.Frontier, why: str) -> Verification:
    return Verification(False, tree.size, name_of(tree), tree.size + 1, why)


def _wrong(entry: Entry, last: Entry | None) -> str:
    """Return what is wrong with the entry as the one after `last`, or an empty text."""
    seq, prev = (last.seq + 1, last.hash) if last else (1, GENESIS)
    if entry.seq != seq:
        return f"entry {entry.seq} stands where {seq} belongs"
    if last and entry.tenant_id != last.tenant_id:
        return f"entry {seq} belongs to tenant {entry.tenant_id}, not to {last.tenant_id}"
    if entry.prev != prev:
        return f"entry {seq} does not follow entry {seq - 1}"
    try:
        expected = hash_of(entry)
    except TenureError as error:
        return f"entry {seq}: {error.message}"
    return "" if entry.hash == expected else f"entry {seq} is not what was written"


def _canonical(entry: Entry | Draft, seq: int, prev: str, own: str = "") -> bytes:
    """Return an entry as canonical JSON: names in order, no space (RFC 8785); `own` adds its hash.

    Written out by hand, because every unit of work pays for it: a writer that takes any value costs
    ten times as much. Numbers are the general writer's.
    """
    facts = entry.facts
    named = sorted(facts) if all(map(str.isascii, facts)) else sorted(facts, key=_utf16)
    try:
        told = ",".join([f"{_quoted(name)}:{_value(facts[name])}" for name in named])
        hashed = f'"hash":{_quoted(own)},' if own else ""
        return (
            f'{{"actor":{_quoted(entry.actor)},"at":"{_instant(entry.at)}",'
            f'"business_at":"{_instant(entry.business_at)}","facts":{{{told}}},"format":{FORMAT},'
            f'{hashed}"kind":{_quoted(entry.kind)},"model_id":{_quoted(entry.model_id)},'
            f'"prev":{_quoted(prev)},"seq":{_value(seq)},'
            f'"subject":{_quoted(entry.subject)},"tenant_id":{_quoted(entry.tenant_id)}}}'
        ).encode()
    except (ValueError, TypeError) as error:  # UnicodeEncodeError is a ValueError
        raise _bad_fact(f"a fact cannot be written as canonical JSON: {error}") from error


def _value(value: object) -> str:
    match value:
        case str():
            return _quoted(value)
        case bool():
            return "true" if value else "false"
        case int():
            if -_FLOATS_ONLY < value < _FLOATS_ONLY:
                return str(value)
            raise ValueError("a whole number beyond 2**53")
        case float():
            return rfc8785.dumps(value).decode()
        case None:
            return "null"
        case _:
            raise ValueError(f"{type(value).__name__} is no fact")


def _utf16(name: str) -> bytes:
    """RFC 8785 sorts names by their UTF-16 code units, Python by code points."""
    return name.encode("utf-16-be")


def _whole(digits: str) -> int | float:
    """Return a whole number as the float it must have been when it is too large for an integer."""
    value = int(digits)
    return value if abs(value) < _FLOATS_ONLY else float(value)


def _instant(at: datetime) -> str:
    if at.tzinfo is None:
        raise _bad_fact("an instant of the ledger has no time zone")
    in_utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    return in_utc.isoformat(timespec="microseconds")


def _bad_fact(text: str) -> TenureError:
    return invalid("ledger.bad_fact", text)


def _bad_line() -> TenureError:
    text = "this line is not an entry of a ledger in canonical form"
    return invalid("ledger.bad_line", text, hint="lines of an exported ledger are used unchanged")
