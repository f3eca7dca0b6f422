"""Where look-ups end: references are checked against the operator's list and resolved here."""

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tenure.core.errors import Kind, TenureError
from tenure.core.lookups import Allowance, Key, Lookup, check_allowed
from tenure.ports.lookups import Fetched, LookupStore
from tenure.ports.secrets import Secrets

_FILE = "file"
_log = logging.getLogger(__name__)


class AllowedStores:
    """Implements `ports.lookups.LookupStores`: nothing is allowed but what the settings say."""

    def __init__(self, secrets: Secrets, allowances: Sequence[Allowance] = ()) -> None:
        self._secrets = secrets
        self._allowances = allowances

    def open(self, tenant_id: str, lookup: Lookup, seconds: float) -> LookupStore:
        check_allowed(self._allowances, tenant_id, (lookup,))
        scheme, _, name = lookup.url.partition(":")
        if scheme == _FILE:
            return Rotating(Path(name), lambda: _opened(lookup, self._secrets, seconds))
        return _opened(lookup, self._secrets, seconds)


@dataclass(slots=True)
class _Opened:
    """A store with the state of the file that its address was read from."""

    store: LookupStore
    stamp: object
    users: int = 0


class Rotating:
    """A store whose address stands in a file. When the file changes it is opened anew.

    Calls that are under way end on the old connections. A file that is gone, or that holds no
    address, changes nothing: secrets are not always replaced in one step.
    """

    def __init__(self, file: Path, open_: Callable[[], LookupStore]) -> None:
        self._file = file
        self._open = open_
        self._lock = threading.Lock()
        stamp = self._stamp()
        self._now = _Opened(open_(), stamp)

    def fetch(self, keys: Sequence[Key]) -> Fetched:
        with self._used() as store:
            return store.fetch(keys)

    def close(self) -> None:
        self._now.store.close()

    @contextmanager
    def _used(self) -> Iterator[LookupStore]:
        with self._lock:
            self._look()
            used = self._now
            used.users += 1
        try:
            yield used.store
        finally:
            with self._lock:
                used.users -= 1
                is_over = used is not self._now and not used.users
            if is_over:
                used.store.close()

    def _look(self) -> None:
        before, stamp = self._now, self._stamp()
        if stamp in {None, before.stamp}:
            return
        before.stamp = stamp  # one that cannot be opened is not tried with every call
        try:
            self._now = _Opened(self._open(), stamp)
        except TenureError as error:
            _log.warning("%s has changed, and the address before is kept: %s", self._file, error)
            return
        if not before.users:
            before.store.close()

    def _stamp(self) -> object:
        """Return what changes with the file: a link to another one counts, too."""
        try:
            found = self._file.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino, found.st_mtime_ns, found.st_size


def _opened(lookup: Lookup, secrets: Secrets, seconds: float) -> LookupStore:
    address = _resolved(lookup.url, secrets)
    if lookup.query:
        from tenure.adapters.warehouse.sqlalchemy_lookup import SqlRows

        return SqlRows(lookup, address, seconds)
    try:
        from tenure.adapters.redis.hashes import RedisHashes
    except ModuleNotFoundError as error:
        raise TenureError(
            Kind.FAILED,
            "lookup.no_driver",
            f"{lookup.url} needs the package {error.name}",
            hint="install it where serving runs: pip install 'tenure[redis]'",
        ) from error
    return RedisHashes(lookup, address, seconds)


def _resolved(reference: str, secrets: Secrets) -> str:
    """Return the address that a reference stands for; raise `lookup.no_secret`."""
    value = secrets.find(reference)
    if value is None:
        raise TenureError(
            Kind.UNAVAILABLE,
            "lookup.no_secret",
            f"{reference} resolves to nothing",
            hint="set it for the serving processes: env:NAME is a variable, file:/PATH a file",
        )
    return value
