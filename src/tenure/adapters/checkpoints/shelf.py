"""Checkpoints in a folder or an object store: `<tenant>/<size>.checkpoint`, written once.

The bucket may be one with object lock: nothing is ever replaced or removed.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from tenure.core.errors import Kind, TenureError, conflict, invalid, not_found
from tenure.core.tenants import SYSTEM, checked_name

_SCHEMES = {"s3", "s3a", "gs", "az", "adl", "azure", "abfs", "abfss", "memory"}
_NAME = re.compile(r"([0-9]{20})\.checkpoint")


def open_shelf(place: str, folder: Path) -> "CheckpointShelf":
    """Return the checkpoints at a folder (a relative one is of `folder`) or at `s3://bucket/prefix`.

    Credentials come from the environment. Raises `checkpoint.bad_place`.
    """
    try:
        if "://" not in place:
            return CheckpointShelf(LocalStore(folder / place, mkdir=True))
        if urlsplit(place).scheme in _SCHEMES:
            return CheckpointShelf(from_url(place))
    except (BaseError, ValueError, OSError) as error:
        raise _bad_place(place) from error
    raise _bad_place(place)


class CheckpointShelf:
    """`ports.checkpoints.Checkpoints` over an obstore store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def put(self, tenant_id: str, size: int, note: str) -> None:
        try:
            with _explained():
                obstore.put(self._store, _key(tenant_id, size), note.encode(), mode="create")
        except FileExistsError:
            if self.get(tenant_id, size) != note:
                raise conflict(
                    "checkpoint.differs",
                    f"another checkpoint of {size} entries was signed before",
                    where=tenant_id,
                    hint="the ledger was rewritten, or its key replaced: tenure ledger verify",
                ) from None

    def sizes(self, tenant_id: str) -> list[int]:
        prefix = f"{_folder(tenant_id)}/"
        with _explained():
            names = [
                str(item["path"]).removeprefix(prefix)
                for page in obstore.list(self._store, prefix=prefix)
                for item in page
            ]
        return sorted(int(found[1]) for found in map(_NAME.fullmatch, names) if found)

    def get(self, tenant_id: str, size: int) -> str:
        try:
            with _explained():
                return bytes(obstore.get(self._store, _key(tenant_id, size)).bytes()).decode()
        except FileNotFoundError:
            text = f"there is no checkpoint of {size} entries"
            raise not_found("checkpoint.not_found", text, where=tenant_id) from None
        except UnicodeDecodeError as error:
            raise invalid("checkpoint.bad_note", "a stored checkpoint is no text") from error


def _key(tenant_id: str, size: int) -> str:
    return f"{_folder(tenant_id)}/{size:020}.checkpoint"


def _folder(tenant_id: str) -> str:
    """Return the tenant's folder: a checked name begins with a letter or digit and has no slash."""
    return tenant_id if tenant_id == SYSTEM else checked_name("tenant", tenant_id)


@contextmanager
def _explained() -> Iterator[None]:
    """Say that the place does not answer; its own words may name the account, and stay behind."""
    try:
        yield
    except (FileNotFoundError, AlreadyExistsError, FileExistsError) as error:
        if isinstance(error, AlreadyExistsError):
            raise FileExistsError from error
        raise
    except (BaseError, OSError) as error:
        raise TenureError(
            Kind.UNAVAILABLE,
            "checkpoint.unreachable",
            f"the place of the checkpoints did not do it: {type(error).__name__}",
            hint="can the folder be written; are bucket and credentials right? (ledger.checkpoints)",
        ) from error


def _bad_place(place: str) -> TenureError:
    return invalid(
        "checkpoint.bad_place",
        "checkpoints cannot be kept there",
        where=f"ledger.checkpoints = {place.partition('?')[0]}",
        hint="a folder, or s3://bucket/prefix, gs://…, az://…",
    )
