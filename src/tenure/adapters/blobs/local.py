"""Objects as files of a folder. A put is on the disk, whole, when it returns.

obstore's local store renames without fsync: after a power cut a name could stand for an empty
file. So files are written here: a temporary file, fsync, rename, fsync of the folder.
"""

import errno
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tenure.adapters.blobs.names import key_of, missing, verified
from tenure.core.digests import of_bytes
from tenure.core.errors import Kind, TenureError

INCOMING = "incoming"
"""Where files are written before they have their name."""
STALE_SECONDS = 24 * 3600
"""What a crash left among the incoming is nobody's, and removed when it is so old."""


class LocalBlobs:
    """`ports.blobs.Blobs` in a folder: `ab/cdef…` from the digest."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._incoming = folder / INCOMING
        with _explained():
            self._incoming.mkdir(parents=True, exist_ok=True)
            self._sweep()

    def put(self, data: bytes) -> str:
        digest = of_bytes(data)
        path = self._path(digest)
        with _explained():
            if not self._holds(path, data):
                self._write(path, data)
            _sync_folder(path.parent)  # also when another process has just written it
        return digest

    def get(self, digest: str) -> bytes:
        path = self._path(digest)
        try:
            return verified(digest, path.read_bytes())
        except FileNotFoundError:
            raise missing(digest) from None

    def has(self, digest: str) -> bool:
        return self._path(digest).is_file()

    def remove(self, digest: str) -> None:
        self._path(digest).unlink(missing_ok=True)

    def _sweep(self) -> None:
        for path in self._incoming.iterdir():
            with suppress(FileNotFoundError):  # another process sweeps too
                if time.time() - path.stat().st_mtime > STALE_SECONDS:
                    path.unlink()

    def _path(self, digest: str) -> Path:
        return self._folder / key_of(digest)

    def _holds(self, path: Path, data: bytes) -> bool:
        """Compare with what is stored, so that putting again mends a damaged file."""
        try:
            return path.stat().st_size == len(data) and path.read_bytes() == data
        except FileNotFoundError:
            return False

    def _write(self, path: Path, data: bytes) -> None:
        if not path.parent.is_dir():
            path.parent.mkdir(exist_ok=True)
            _sync_folder(self._folder)
        descriptor, name = tempfile.mkstemp(dir=self._incoming)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(name).unlink()
            raise


def _sync_folder(folder: Path) -> None:
    """Make names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _explained() -> Iterator[None]:
    """Say what the file system refused."""
    try:
        yield
    except OSError as error:
        full = error.errno in {errno.ENOSPC, errno.EDQUOT}
        code = "blob.no_space" if full else "blob.unwritable"
        hint = "free some space" if full else "may this user write into the folder of the objects?"
        message = f"the object could not be stored: {error.strerror}"
        raise TenureError(Kind.UNAVAILABLE, code, message, hint=hint) from error
