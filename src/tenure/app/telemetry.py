"""From settings to what is told of requests: the access log of a process."""

from pathlib import Path

from tenure.app.settings import Watched
from tenure.ports.access import AccessLog


def access_log(home: Path, at: Watched) -> AccessLog | None:
    """Return where the process there tells of its requests; None when nobody wants to know."""
    if at.access_log == "off":
        return None
    from tenure.adapters.telemetry.access import AccessFile

    path = None if at.access_log == "stdout" else home / at.access_log
    return AccessFile(path, share=at.access_share)
