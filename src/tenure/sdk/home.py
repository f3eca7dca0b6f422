"""Where the local house answers and with which key, when the caller names neither.

Reads what `tenure up` left in the home folder: `home.lock` (who runs it) and `client.json` (keys,
for this user only). A key from the home is never sent to a server that was named otherwise.
"""

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tenure.core.errors import Kind, TenureError
from tenure.sdk import signed_in

DEFAULT_HOME = ".tenure"


@dataclass(frozen=True, slots=True)
class Place:
    """Where to go and with what. An empty `serving_url` means: ask the API."""

    url: str
    key: str | None
    serving_url: str = ""
    certificate: str = ""  # the file of the house's own; "" believes whom the system does


def find(url: str | None, key: str | None, home: str | None) -> Place:
    """Return what was named, else what the environment names, else the home's running house.

    The environment is TENURE_SERVER, TENURE_KEY and TENURE_HOME. A server that was named is asked
    with this user's session there (`tenure login`) when no key was named. Raises
    `server.not_running`.
    """
    key = key or os.environ.get("TENURE_KEY") or None
    url = url or (os.environ.get("TENURE_SERVER") if home is None else None)
    if url:
        return Place(url, key or signed_in.find(url))
    folder = Path(home or os.environ.get("TENURE_HOME") or DEFAULT_HOME)
    holder = _holder(folder)
    if not holder.get("api"):
        raise TenureError(
            Kind.UNAVAILABLE,
            "server.not_running",
            "no `tenure up` runs this home",
            where=str(folder),
            hint='start it: tenure up — or name a server: tenure.connect("https://…", key=…)',
        )
    own = str(_read(folder / "client.json").get("house", ""))
    serving, certificate = (str(holder.get(name, "")) for name in ("serving", "certificate"))
    return Place(str(holder["api"]), key or own or None, serving, certificate)


def _holder(folder: Path) -> dict[str, Any]:
    """Return what the process that holds the home's lock says; nothing when nobody holds it."""
    try:
        descriptor = os.open(folder / "home.lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return {}
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(folder / "home.lock")
    finally:
        os.close(descriptor)
    return {}


def _read(path: Path) -> dict[str, Any]:
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return body if isinstance(body, dict) else {}
