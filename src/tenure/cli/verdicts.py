"""How races end, in words; and waiting for many of them."""

import time
from collections.abc import Iterator
from typing import Any

from tenure.cli.session import Session

Json = dict[str, Any]
OPEN = frozenset({"", "planned", "training", "judging"})
"""States of a race that has not ended; "" is one that has not begun."""
_POLL_SECONDS = 0.2


def verdict(model: str, thing: str, found: Json) -> str:
    """Return what became of what was handed in or trained, in words."""
    version = f"version {model}/{found['version']}" if found["version"] else thing
    words = {
        "promoted": f"{version} is approved and goes live",
        "refused": f"{version} is refused: {found['reason']}",
        "failed": f"{version} is refused: {found['reason']}",
        "waiting": f"{version} waits: {found['reason'] or 'it is not judged yet'}",
    }
    return words.get(found["state"], f"{version}: {found['state']}; tenure study list {model}")


def ended(session: Session, asked: list[Json], seconds: float) -> Iterator[Json]:
    """Give each race that was asked for as it ends, {"model", "study", "state", "version", …}.

    Those that go on after `seconds` come last, as they are. Without a server the work is done here.
    """
    if session.local is not None:
        session.local.work_until_settled()
    until, waiting = time.monotonic() + seconds, list(asked)
    while waiting:
        late = time.monotonic() >= until
        left = []
        for one in waiting:
            row = _now(session, one)
            if row["state"] in OPEN and not late:
                left.append(one)
            else:
                yield row
        waiting = left
        if waiting:
            time.sleep(_POLL_SECONDS)


def _now(session: Session, asked: Json) -> Json:
    found = session.client.models[asked["model"]].study(asked["study"]) or {}
    return {
        "model": asked["model"],
        "study": asked["study"],
        "state": found.get("state", ""),
        "version": found.get("version"),
        "reason": found.get("reason", ""),
    }
