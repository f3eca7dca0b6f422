"""Channels: where messages about incidents go, and which references a tenant's specs may name.

The spec names a setting (`env:NAME`, `file:/PATH`); what that holds is an address in one text:

    https://ops.example/hook#whsec_MfKQ…       webhook; several secrets, apart by commas, while they are changed
    slack+https://hooks.slack.com/services/…   what takes Slack's messages; hooks.slack.com needs no `slack+`
    alertmanager+https://alerts.example        Alertmanager's API v2
    smtps://user:password@mail.example?from=tenure@acme.example&to=ops@acme.example
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from tenure.core.errors import Kind, TenureError, invalid
from tenure.core.lookups import Allowance

EVERYBODY = "*"
"""The tenant of an allowance that holds for all tenants."""
SECRET = "whsec_"  # noqa: S105  # how Standard Webhooks begins a secret
_SHORTEST_SECRET = 24  # bytes, as Standard Webhooks asks for
_SLACK = "hooks.slack.com"
_PORTS = {"http": 80, "https": 443, "smtp": 587, "smtps": 465}


class ChannelKind(StrEnum):
    """How a channel is spoken to."""

    WEBHOOK = "webhook"  # CloudEvents, signed
    SLACK = "slack"
    ALERTMANAGER = "alertmanager"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Channel:
    """An address, taken apart. Nothing of it is ever stored, logged or repeated in an error."""

    kind: ChannelKind
    host: str
    port: int
    encrypted: bool  # from the first byte on
    path: str = ""  # with its query
    user: str = ""
    password: str = ""
    secrets: tuple[bytes, ...] = ()  # of a webhook, the newest first
    sender: str = ""
    recipients: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"<{self.kind} channel>"


def channel(reference: str, text: str) -> Channel:
    """Return what an address says; raise `notify.bad_address`, which names the reference only."""
    try:
        return _channel(text.strip())
    except ValueError as error:
        raise invalid(
            "notify.bad_address",
            f"what {reference} holds is no address of a channel: {error}",
            hint="such as https://…#whsec_…, slack+https://…, alertmanager+https://…, smtps://…",
        ) from None


def _channel(text: str) -> Channel:
    written, plus, rest = text.partition("+")
    named = written if plus and written in {"slack", "alertmanager"} else ""
    try:
        url = urlsplit(rest if named else text)
        port = url.port or _PORTS[url.scheme]
    except (ValueError, KeyError):
        raise ValueError("it cannot be read") from None
    if not url.hostname or not text.isprintable() or " " in text:
        raise ValueError("it cannot be read")
    if url.scheme.startswith("smtp"):
        return _mail(url, port)
    kind = ChannelKind(named or ("slack" if url.hostname == _SLACK else "webhook"))
    path = url.path.rstrip("/") + "/api/v2/alerts" if named == "alertmanager" else url.path or "/"
    return Channel(
        kind,
        url.hostname,
        port,
        encrypted=url.scheme == "https",
        path=f"{path}?{url.query}" if url.query else path,
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        secrets=_secrets(url.fragment) if kind is ChannelKind.WEBHOOK else (),
    )


def _secrets(fragment: str) -> tuple[bytes, ...]:
    """Return the keys that a webhook's messages are signed with."""
    if not fragment:
        raise ValueError("a webhook needs its secret behind the address: #whsec_…")
    keys = []
    for one in fragment.split(","):
        try:
            key = base64.b64decode(one.removeprefix(SECRET), validate=True)
        except binascii.Error:
            key = b""
        if not one.startswith(SECRET) or len(key) < _SHORTEST_SECRET:
            raise ValueError(f"a secret is {SECRET} and at least 24 random bytes in base64")
        keys.append(key)
    return tuple(keys)


def _mail(url: SplitResult, port: int) -> Channel:
    named = parse_qs(url.query)
    senders, recipients = named.get("from", []), ",".join(named.get("to", [])).split(",")
    if len(senders) != 1 or not all("@" in one.strip("@") for one in (*senders, *recipients)):
        raise ValueError("mail needs ?from=…&to=…")
    return Channel(
        ChannelKind.MAIL,
        str(url.hostname),
        port,
        encrypted=url.scheme == "smtps",
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        sender=senders[0],
        recipients=tuple(recipients),
    )


def check_channels(
    allowances: Sequence[Allowance], tenant_id: str, references: Sequence[str]
) -> None:
    """Raise `notify.not_allowed` for a channel that the operator has not given the tenant."""
    for reference in references:
        wanted = {(tenant_id, reference), (EVERYBODY, reference)}
        if not any((one.tenant_id, one.url) in wanted for one in allowances):
            raise TenureError(
                Kind.DENIED,
                "notify.not_allowed",
                f"{tenant_id} may not send to {reference}",
                where="[monitor].notify",
                hint=f'the operator allows it: notify = ["{tenant_id}={reference}"]',
            )
