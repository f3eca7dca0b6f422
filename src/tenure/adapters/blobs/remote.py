"""Objects in S3, Google Cloud, Azure or memory, through obstore. Never lists, never renames."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import ObjectStore, from_url

from tenure.adapters.blobs.local import LocalBlobs
from tenure.adapters.blobs.names import key_of, missing, verified
from tenure.core.digests import of_bytes
from tenure.core.errors import Kind, TenureError, invalid
from tenure.ports.blobs import Blobs

_SCHEMES = {"s3", "s3a", "gs", "az", "adl", "azure", "abfs", "abfss", "memory"}


def open_blobs(place: str | Path) -> Blobs:
    """Return the objects at a folder, or at a URL such as `s3://bucket/prefix`.

    Credentials come from the environment, as each cloud's own tools take them. Raises
    `blob.bad_url`.
    """
    parts = urlsplit(str(place))
    if isinstance(place, Path) or "://" not in place:
        return LocalBlobs(Path(place))
    if parts.scheme == "file":
        return LocalBlobs(Path(unquote(parts.path)))
    if parts.scheme not in _SCHEMES:
        raise _bad_url(parts.scheme)
    try:
        return RemoteBlobs(from_url(str(place)))
    except (BaseError, ValueError) as error:
        raise _bad_url(parts.scheme) from error


class RemoteBlobs:
    """`ports.blobs.Blobs` over an obstore store; the store itself makes a put durable and atomic."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, data: bytes) -> str:
        digest = of_bytes(data)
        try:
            with _explained():
                obstore.put(self._store, key_of(digest), data)
        except FileNotFoundError as error:  # the bucket, there is nothing else to be found
            raise _unreachable(error) from error
        return digest

    def get(self, digest: str) -> bytes:
        key = key_of(digest)
        try:
            with _explained():
                return verified(digest, bytes(obstore.get(self._store, key).bytes()))
        except FileNotFoundError:
            raise missing(digest) from None

    def has(self, digest: str) -> bool:
        key = key_of(digest)
        try:
            with _explained():
                obstore.head(self._store, key)
        except FileNotFoundError:
            return False
        return True

    def remove(self, digest: str) -> None:
        key = key_of(digest)
        with _explained():
            try:
                obstore.delete(self._store, key)
            except FileNotFoundError:
                return


@contextmanager
def _explained() -> Iterator[None]:
    """Say that the store does not answer; its own words may name the account, and stay behind."""
    try:
        yield
    except BaseError as error:
        raise _unreachable(error) from error


def _unreachable(error: Exception) -> TenureError:
    return TenureError(
        Kind.UNAVAILABLE,
        "blob.unreachable",
        f"the object store did not do it: {type(error).__name__}",
        hint="are the bucket and the credentials in the environment right?",
    )


def _bad_url(scheme: str) -> TenureError:
    return invalid(
        "blob.bad_url",
        f"{scheme}: names no object store",
        hint="a folder, or s3://bucket/prefix, gs://…, az://…",
    )
