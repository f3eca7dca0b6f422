"""What `tenure doctor` looks at: each look says what it found and how to mend it.

None changes anything.
"""

import os
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from tenure.app import home
from tenure.app.places import Address
from tenure.app.settings import Settings, flag
from tenure.app.up import is_free

_OLDEST_PYTHON = (3, 11)
_OLDEST_SQLITE = (3, 37, 0)  # STRICT tables
_LEAST_FREE_BYTES = 2 * 1024**3
_MOST_SKEW_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Mark:
    """What one look found. `state` is ok, warn or bad."""

    what: str
    state: str
    found: str
    mend: str = ""


def look(settings: Settings) -> list[Mark]:
    """Return what every look found, in a fixed order."""
    holder = home.running(settings.home)
    return [
        _python(),
        _sqlite(),
        _loop(),
        _disk(settings.home),
        _writable(settings.home),
        _runs(holder),
        *([] if holder else _ports(settings)),
        _database(settings),
        *_role(settings),
        _jail(),
        _clock(settings.home),
        Mark("telemetry", "ok", "off: nothing is ever sent anywhere"),
    ]


def _python() -> Mark:
    found = f"{sys.version.split()[0]} at {sys.executable}"
    if sys.version_info < _OLDEST_PYTHON:
        return Mark("python", "bad", found, "Tenure needs Python 3.11 or newer")
    return Mark("python", "ok", found)


def _sqlite() -> Mark:
    if sqlite3.sqlite_version_info < _OLDEST_SQLITE:
        mend = "SQLite 3.37 or newer is needed; or use PostgreSQL: TENURE_DATABASE_URL"
        return Mark("sqlite", "bad", sqlite3.sqlite_version, mend)
    return Mark("sqlite", "ok", sqlite3.sqlite_version)


def _loop() -> Mark:
    missing = [name for name in ("uvloop", "httptools") if find_spec(name) is None]
    if missing:
        mend = f"pip install {' '.join(missing)}"
        return Mark("serving", "warn", f"without {', '.join(missing)}: slower", mend)
    return Mark("serving", "ok", "uvloop and httptools")


def _disk(folder: Path) -> Mark:
    free = shutil.disk_usage(_nearest(folder)).free
    found = f"{free / 1024**3:.1f} GiB free under {folder}"
    if free < _LEAST_FREE_BYTES:
        return Mark("disk", "warn", found, "2 GiB should be free; or choose another --home")
    return Mark("disk", "ok", found)


def _writable(folder: Path) -> Mark:
    place = _nearest(folder)
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"x")
            os.fsync(file.fileno())
    except OSError as error:
        return Mark("home", "bad", f"{place}: {error.strerror}", "choose another --home")
    return Mark("home", "ok", f"{folder} can be written")


def _runs(holder: home.Holder | None) -> Mark:
    if holder is None:
        return Mark("up", "ok", "nobody runs this home: tenure up")
    return Mark("up", "ok", f"`{holder.command}` (process {holder.pid}) runs it {holder.api}")


def _ports(settings: Settings) -> list[Mark]:
    return [_port(name, address) for name, address in settings.listening.items()]


def _port(name: str, address: Address) -> Mark:
    found = f"{address.host}:{address.port} ({name})"
    if is_free(address):
        return Mark("port", "ok", f"{found} is free")
    return Mark("port", "bad", f"somebody listens on {found}", f"tenure up {flag(name)} PORT")


def _database(settings: Settings) -> Mark:
    url = settings.database_url
    if url.startswith("sqlite:///"):
        path = Path(url.removeprefix("sqlite:///"))
        return _tried("database", lambda: _look_into(path), "restore the home from a backup")
    return _tried("database", lambda: _connect(url), "is it running, and is the URL right?")


def _look_into(path: Path) -> str:
    if not path.exists():
        return "SQLite; made by the first start"
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=5.0) as connection:
        said = connection.execute("PRAGMA quick_check").fetchone()[0]
    connection.close()
    if said != "ok":
        raise OSError(said)
    return f"SQLite, {path.stat().st_size / 1024**2:.1f} MiB, sound"


def _connect(url: str) -> str:
    from sqlalchemy import text

    from tenure.adapters.sql.connections import open_reader, parsed

    engine = open_reader(parsed(url))
    try:
        with engine.connect() as connection:
            return str(connection.execute(text("SELECT version()")).scalar_one())[:60]
    finally:
        engine.dispose()


def _role(settings: Settings) -> list[Mark]:
    """Say whether PostgreSQL keeps tenants apart from this role, too; nothing of other databases."""
    from sqlalchemy import text
    from sqlalchemy.exc import SQLAlchemyError

    from tenure.adapters.sql.connections import is_sqlite, open_reader, parsed

    url = parsed(settings.database_url)
    if is_sqlite(url):
        return []
    asked = text(
        "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
    )
    engine = open_reader(url)
    try:
        with engine.connect() as connection:
            name, above = connection.execute(asked).one()
    except SQLAlchemyError:
        return []  # the look at the database has said so
    finally:
        engine.dispose()
    if above:
        mend = "let database_url name a role that is neither superuser nor BYPASSRLS"
        return [Mark("tenants", "warn", f"{name} is above row-level security", mend)]
    return [Mark("tenants", "ok", "row-level security holds for this role")]


def _jail() -> Mark:
    from tenure.adapters.jail import confine, landlock

    if landlock.abi():
        return Mark("jail", "ok", confine.describe())
    mend = "Linux 5.13 or newer has Landlock; until then only the built-in recipes train"
    return Mark("jail", "warn", confine.describe(), mend)


def _clock(folder: Path) -> Mark:
    """Compare the clock with the file system's, which is another machine's on a network disk."""
    place = _nearest(folder)
    try:
        with tempfile.NamedTemporaryFile(dir=place) as file:
            skew = abs(Path(file.name).stat().st_mtime - time.time())
    except OSError:
        return Mark("clock", "warn", "cannot be compared with the disk's", "see home")
    if skew > _MOST_SKEW_SECONDS:
        return Mark("clock", "bad", f"{skew:.1f} s apart from the disk's", "synchronise it (NTP)")
    return Mark("clock", "ok", "agrees with the disk's")


def _tried(what: str, look_at: Callable[[], str], mend: str) -> Mark:
    try:
        return Mark(what, "ok", look_at())
    except Exception as error:  # noqa: BLE001  # whatever a driver raises is the finding
        return Mark(what, "bad", str(error).splitlines()[0][:160], mend)


def _nearest(folder: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    place = folder.absolute()
    while not place.is_dir():
        place = place.parent
    return place
