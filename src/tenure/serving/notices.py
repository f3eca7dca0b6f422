"""What a deprecated model tells its clients with every answer, whatever the protocol.

`Deprecation` is RFC 9745's date, `Sunset` RFC 8594's, `Link` names the successor (RFC 5829).
"""

from email.utils import format_datetime
from urllib.parse import quote

from tenure.ports.releases import Release

Headers = tuple[tuple[bytes, bytes], ...]


def headers(release: Release) -> Headers:
    """Return the headers of a release's answers; none unless the model is deprecated."""
    notice = release.notice
    if notice is None:
        return ()
    found = [(b"deprecation", b"@%d" % int(notice.deprecated_at.timestamp()))]
    if notice.sunset is not None:
        found.append((b"sunset", format_datetime(notice.sunset, usegmt=True).encode()))
    if notice.successor:
        path = f"/t/{quote(release.tenant_id)}/v2/models/{quote(notice.successor)}"
        found.append((b"link", f'<{path}>; rel="successor-version"'.encode()))
    return tuple(found)
