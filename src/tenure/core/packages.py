"""Packages of training code: a folder's files as one archive, named by what it holds.

The same files give the same bytes on every machine: names in order, no times, nothing compressed.
"""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from tenure.core import digests
from tenure.core.errors import TenureError, invalid

MOST_FILES = 500
MOST_BYTES = 8 * 1024**2
"""What one package may hold: code, not data."""

ENTRY = re.compile(r"([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*):([A-Za-z_]\w*)", re.ASCII)
"""How `[train] code` names a function: `package:function`, `package.module:function`."""

_PART = re.compile(r"[\w.+ -]+")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first time that a ZIP can hold


@dataclass(frozen=True, slots=True)
class Package:
    """A package that a tenant has handed in. `id` is the digest of its archive."""

    id: str
    tenant_id: str
    received_at: datetime  # business time
    files: tuple[str, ...]
    bytes: int


@dataclass(frozen=True, slots=True)
class Code:
    """`[train] code`: a function, and the digest of the package that it stands in."""

    entry: str  # "package:function"
    package: str


def top_of(entry: str) -> str:
    """Return the file or folder beside the spec that an entry is read from, without `.py`."""
    return entry.partition(":")[0].partition(".")[0]


def pack(files: Mapping[str, bytes]) -> bytes:
    """Return the archive of files by their paths; raise `package.…` as `unpack` does."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            head = zipfile.ZipInfo(name, _EPOCH)
            head.create_system = 3  # else it says on which system it was made
            head.external_attr = 0o644 << 16
            archive.writestr(head, files[name])
    data = packed.getvalue()
    unpack(data)
    return data


def unpack(data: bytes) -> dict[str, bytes]:
    """Return the files of an archive by their paths, which never lead out of its folder.

    Raises `package.malformed`, `package.too_large`.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            heads = archive.infolist()
            _check(heads)
            found = {head.filename: archive.read(head) for head in heads}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError) as error:
        raise _malformed(f"it is no archive: {error}") from error
    if len(found) < len(heads):
        raise _malformed("a file stands in it twice")
    return found


def name_of(data: bytes) -> str:
    """Return the digest that names an archive."""
    return digests.of_bytes(data)


def _check(heads: list[zipfile.ZipInfo]) -> None:
    if not heads:
        raise _malformed("it is empty")
    for head in heads:
        if not _leads_nowhere_else(head.filename):
            raise _malformed(f"{head.filename[:100]!r} is no path below its folder")
        if head.compress_type != zipfile.ZIP_STORED:
            raise _malformed("files in it are compressed, which would let small bytes be many")
    total = sum(head.file_size for head in heads)
    if len(heads) > MOST_FILES or total > MOST_BYTES:
        raise invalid(
            "package.too_large",
            f"{len(heads)} files of {total / 1024**2:.1f} MiB are more than training code",
            hint=f"at most {MOST_FILES} files of {MOST_BYTES // 1024**2} MiB together; data comes "
            "from [data]",
        )


def _leads_nowhere_else(path: str) -> bool:
    parts = path.split("/")
    return all(_PART.fullmatch(part) and part.strip(". ") for part in parts)


def _malformed(why: str) -> TenureError:
    return invalid("package.malformed", f"this is no package of training code: {why}")
