"""The sessions of this user, by server and tenant: a file that nobody else may read."""

import json
import os
from pathlib import Path
from typing import Any

_FILE = "sessions.json"


def place() -> Path:
    """Return where they are kept: in the user's configuration, as other programs keep theirs."""
    base = os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"
    return Path(base) / "tenure" / _FILE


def find(server: str, tenant: str = "") -> str | None:
    """Return the session's text at a server: the tenant's, or the only one, or none."""
    kept = _read().get(server.rstrip("/"), {})
    if tenant:
        return kept.get(tenant) or kept.get("_")
    return next(iter(kept.values())) if len(kept) == 1 else None


def keep(server: str, tenant: str, text: str) -> None:
    """Keep a session in the place of the one before."""
    known = _read()
    known.setdefault(server.rstrip("/"), {})[tenant] = text
    _write(known)


def forget(server: str, tenant: str) -> None:
    """Forget a session; nothing happens when there is none."""
    known = _read()
    kept = known.get(server.rstrip("/"), {})
    if kept.pop(tenant, None) is not None:
        _write({url: sessions for url, sessions in known.items() if sessions})


def _read() -> dict[str, dict[str, str]]:
    try:
        found: Any = json.loads(place().read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _write(known: dict[str, dict[str, str]]) -> None:
    """Write for this user only; the change is atomic."""
    path = place()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(known, file)
    draft.replace(path)
