"""A ledger as one file that anyone can verify without us: its entries, then the signed head.

    tenure-ledger/1 <verifier key>
    <entry 1 in canonical JSON>
    …
    <blank line>
    <checkpoint, a signed note>

The key in the first line makes every changed byte show; who wrote the file is known only to those
who compare that key with the one they were handed before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tenure.core.checkpoints import VerifierKey, origin_of, read_key, read_note
from tenure.core.errors import TenureError, invalid
from tenure.core.ledger import Entry, Verification, from_line, to_line, verify

HEAD = b"tenure-ledger/1 "
_LONGEST_NOTE = 100_000


@dataclass(frozen=True, slots=True)
class Exported:
    """What a file was found to be. `trusted`: its key is the one that was handed in."""

    tenant_id: str
    found: Verification
    key: VerifierKey
    trusted: bool


def lines_of(key: VerifierKey, entries: Iterable[Entry], note: str) -> Iterator[bytes]:
    """Yield the lines of an export, each with its end."""
    yield HEAD + key.text.encode() + b"\n"
    for entry in entries:
        yield to_line(entry) + b"\n"
    yield b"\n" + note.encode()


def read(lines: Iterable[bytes], trusted: VerifierKey | None = None) -> Exported:
    """Verify the lines of an export, as a file gives them.

    Raises `export.malformed` for what is no export, `export.other_key` when it was not written by
    the trusted key, and what `checkpoints.read_note` raises.
    """
    rest = iter(lines)
    key = _read_head(next(rest, b""))
    if trusted is not None and key != trusted:
        raise invalid(
            "export.other_key",
            f"the file is signed by {key.text}",
            hint=f"trusted is {trusted.text}",
        )
    tenants: list[str] = []
    found, cut = _verified(rest, tenants)
    tenant_id = tenants[0] if tenants else ""
    if not found.ok:
        return Exported(tenant_id, found, key, trusted is not None)
    if cut:
        raise _malformed("it has no end")
    noted = read_note(_text(rest), key)
    owner = noted.origin.removeprefix(origin_of(key, ""))
    if noted.origin != origin_of(key, tenant_id or owner):
        raise _malformed(f"its checkpoint is of {noted.origin}")
    root = f"sha256:{noted.root.hex()}"
    if (noted.size, root) != (found.entries, found.root):
        why = f"the checkpoint is of {noted.size} entries with the root {root}"
        found = Verification(False, found.entries, found.root, found.entries + 1, why)
    return Exported(owner, found, key, trusted is not None)


def _verified(rest: Iterator[bytes], tenants: list[str]) -> tuple[Verification, bool]:
    """Verify up to the blank line; the second value says that there was none."""
    count, cut = 0, True

    def entries() -> Iterator[Entry]:
        nonlocal count, cut
        for line in rest:
            if line == b"\n":
                cut = False
                return
            entry = from_line(line.removesuffix(b"\n"))
            if not count:
                tenants.append(entry.tenant_id)
            yield entry
            count += 1

    try:
        found = verify(entries())
    except TenureError as error:
        found = Verification(False, count, "", count + 1, f"line {count + 2}: {error.message}")
    return found, cut


def _read_head(line: bytes) -> VerifierKey:
    if not (line.startswith(HEAD) and line.endswith(b"\n")):
        raise _malformed("its first line is another")
    try:
        return read_key(line[len(HEAD) : -1].decode())
    except UnicodeDecodeError as error:
        raise _malformed("its first line is no text") from error


def _text(rest: Iterator[bytes]) -> str:
    note = b""
    for line in rest:
        note += line
        if len(note) > _LONGEST_NOTE:
            raise _malformed("its checkpoint is too long")
    try:
        return note.decode()
    except UnicodeDecodeError as error:
        raise _malformed("its checkpoint is no text") from error


def _malformed(why: str) -> TenureError:
    hint = "tenure ledger export writes them; use the file unchanged"
    return invalid("export.malformed", f"this is no exported ledger: {why}", hint=hint)
