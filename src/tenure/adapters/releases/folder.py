"""`ports.releases.Releases` in a folder: index.json and its parts/, a file per release, acks/.

A file is never changed in place: it is written beside, forced to disk and renamed, so a reader
sees the old one or the new one, whenever either process dies.
"""

import fcntl
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import msgspec

from tenure.adapters.releases import codec, parts
from tenure.core import digests
from tenure.core.errors import TenureError, conflict, invalid, not_found
from tenure.ports.releases import Acknowledgement, Index, Release

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PROCESS = re.compile(r"[A-Za-z0-9_-]{1,100}")
_READS = 20  # of an index that changes while it is read
_FRESH_NS = 50_000_000  # file systems stamp changes in ticks of up to 10 ms
_FORGET_SECONDS = 24 * 3600.0


class FolderReleases:
    """Control and serving share `root`; several processes may publish and point."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._index = root / "index.json"
        self._acks = root / "acks"
        self._parts = root / "parts"
        for folder in (self._acks, self._parts):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._known = parts.NOTHING  # what was read last: replaced as a whole, by any thread
        self._forgotten = False

    def publish(self, release: Release) -> str:
        data = codec.encode(release)
        digest = digests.of_bytes(data)
        path = self._path(digest)
        if not path.exists() or path.read_bytes() != data:
            _replace(path, data, durable=True)
        return digest

    def load(self, digest: str) -> Release:
        path = self._path(digest)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise not_found("release.not_found", f"there is no release {digest}") from None
        if digests.of_bytes(data) != digest:
            raise codec.corrupt(str(path), "its digest does not match its name")
        return codec.decode(data, Release, str(path))

    def index(self) -> Index:
        return self._read().index

    def point(self, index: Index) -> None:
        """Replace the index; raise `release.stale_index` when that would undo a newer one.

        Two processes may read the same index and both want to write the next: the second one
        is told, instead of silently taking back what the first one said.
        """
        with self._writing():
            current = self._read()
            if _undoes(index, current.index):
                raise _stale(index, current.index)
            pointed = parts.take_apart(index, current, self._write_part)
            _replace(self._index, parts.encode(pointed.head), durable=True)
            self._forget_parts(pointed.head.digests | current.head.digests)
            self._known = pointed

    def _read(self) -> parts.Whole:
        """Read the index. A part may be gone before it is read: then there is a newer index."""
        for _ in range(_READS):
            try:
                data = self._index.read_bytes()
            except FileNotFoundError:
                return parts.NOTHING
            where = str(self._index)
            version = codec.format_of(data, where)
            if version == codec.FORMAT:  # whole, as the first Tenure wrote it
                return replace(parts.NOTHING, index=codec.decode(data, Index, where))
            if version != parts.FORMAT:
                raise codec.unknown_format(data, where)
            try:
                known = parts.put_together(parts.decode(data), self._known, self._read_part)
            except FileNotFoundError:
                continue
            except msgspec.DecodeError as error:
                raise codec.corrupt(where, str(error)) from error
            self._known = known
            return known
        raise codec.corrupt(str(self._index), "a part of it is missing")

    def _read_part(self, digest: str) -> bytes:
        return self._part(digest).read_bytes()

    def _write_part(self, digest: str, data: bytes) -> None:
        _replace(self._part(digest), data, durable=True)

    def _part(self, digest: str) -> Path:
        return self._parts / f"{digest.replace(':', '-')}.json"

    def _forget_parts(self, named: frozenset[str]) -> None:
        """Remove what neither this index nor the one before names."""
        kept = {self._part(digest).name for digest in named}
        for path in self._parts.iterdir():
            if path.name not in kept:
                path.unlink(missing_ok=True)

    def changed(self, seen: object) -> object:  # noqa: ARG002  # the port lets others compare
        """Return the index file's identity; while it is very young also that it is.

        A second change within one tick of the file system's clock may leave the identity as it
        was, so a young one is looked at again when it has aged (git calls this "racy").
        """
        try:
            stat = self._index.stat()
        except FileNotFoundError:
            return None
        young = time.time_ns() - stat.st_mtime_ns < _FRESH_NS
        return (stat.st_ino, stat.st_mtime_ns, stat.st_size, young)

    def acknowledge(self, ack: Acknowledgement) -> None:
        if _PROCESS.fullmatch(ack.process) is None:
            raise invalid("release.bad_process", f"{ack.process!r} cannot name a process")
        if not self._forgotten:
            self._forget_old()
        _replace(self._acks / f"{ack.process}.json", codec.encode(ack), durable=False)

    def acknowledged(self) -> list[Acknowledgement]:
        found = (codec.decode_acknowledgement(data) for data in self._read_acks())
        return [ack for ack in found if ack is not None]

    def _path(self, digest: str) -> Path:
        if _DIGEST.fullmatch(digest) is None:
            raise invalid("release.bad_digest", f"{digest!r} is not a digest")
        return self._root / f"{digest.replace(':', '-')}.json"

    def _read_acks(self) -> Iterator[bytes]:
        for path in sorted(self._acks.glob("*.json")):
            try:
                yield path.read_bytes()
            except FileNotFoundError:  # forgotten since it was listed
                continue

    def _forget_old(self) -> None:
        """Remove what processes that ended long ago said."""
        self._forgotten = True
        before = time.time() - _FORGET_SECONDS
        for path in self._acks.glob("*.json"):
            try:
                if path.stat().st_mtime < before:
                    path.unlink()
            except FileNotFoundError:  # another process tidies as well
                continue

    @contextmanager
    def _writing(self) -> Iterator[None]:
        descriptor = os.open(self._root / "index.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _undoes(index: Index, current: Index) -> bool:
    if index.generation < current.generation or index.barrier < current.barrier:
        return True
    same = (index.generation, index.barrier) == (current.generation, current.barrier)
    return same and current.generation > 0 and index != current


def _stale(index: Index, current: Index) -> TenureError:
    return conflict(
        "release.stale_index",
        f"generation {index.generation}, barrier {index.barrier} would undo "
        f"generation {current.generation}, barrier {current.barrier}",
        hint="read the index again and apply the change to that one",
    )


def _replace(path: Path, data: bytes, *, durable: bool) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        if durable:
            file.flush()
            os.fsync(file.fileno())
    draft.replace(path)
    if durable:
        _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
