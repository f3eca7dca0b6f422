"""How notices are written: signed CloudEvents, Slack's and Alertmanager's messages, mail."""

import base64
import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime

from tenure.core.channels import Channel
from tenure.core.findings import Finding
from tenure.core.incidents import What
from tenure.core.notices import Notice

TYPE = "dev.tenure.incident"
CLOUDEVENT = "application/cloudevents+json"
_OPEN_FOR = timedelta(days=365)  # Alertmanager ends an alert by itself after minutes if not told


def cloud_event(notice: Notice) -> bytes:
    """Return the notice as a CloudEvent in structured JSON (cloudevents.io, spec v1.0.2)."""
    event = {
        "specversion": "1.0",
        "id": notice.id,
        "source": f"/tenants/{notice.tenant_id}/models/{notice.model_id}",
        "type": f"{TYPE}.{notice.what}",
        "subject": notice.incident,
        "time": _instant(notice.at),
        "datacontenttype": "application/json",
        "data": {
            "tenant": notice.tenant_id,
            "model": notice.model_id,
            "incident": notice.incident,
            "what": notice.what,
            "since": _instant(notice.since),
            "title": notice.title,
            "text": notice.text,
            "findings": [_finding(one) for one in notice.findings],
        },
    }
    return _json(event)


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.id,
        "kind": finding.kind,
        "version": finding.version,
        "opened_at": _instant(finding.opened_at),
        "closed_at": None if finding.closed_at is None else _instant(finding.closed_at),
        "observed": finding.observed,
        "expected": finding.expected,
        "interval": [finding.low, finding.high],
        "rows": finding.rows,
        "text": finding.text,
    }


def signed(notice_id: str, body: bytes, secrets: Sequence[bytes], now: datetime) -> dict[str, str]:
    """Return Standard Webhooks' headers (spec v1.0.0): HMAC-SHA256 over `id.timestamp.body`.

    One signature for each secret, so that they can be changed while both ends go on.
    """
    stamp = str(int(now.timestamp()))
    content = f"{notice_id}.{stamp}.".encode() + body
    macs = [hmac.new(secret, content, hashlib.sha256).digest() for secret in secrets]
    signatures = " ".join(f"v1,{base64.b64encode(mac).decode()}" for mac in macs)
    return {
        "webhook-id": notice_id,
        "webhook-timestamp": stamp,
        "webhook-signature": signatures,
    }


def slack(notice: Notice) -> bytes:
    """Return a message for an incoming webhook; nothing in it can address people or link away."""
    lines = [f"*{_escaped(notice.title)}*"]
    lines += [f"_{heading}_: {_escaped(said)}" for heading, said in notice.lines]
    return _json({"text": "\n".join(lines)})


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def alerts(notice: Notice) -> bytes:
    """Return the body of Alertmanager's `POST /api/v2/alerts`: one alert for the incident.

    It ends when the incident does; sending it again changes nothing.
    """
    ends = notice.at if notice.what is What.CLOSED else notice.at + _OPEN_FOR
    alert = {
        "labels": {
            "alertname": "TenureIncident",
            "tenant": notice.tenant_id,
            "model": notice.model_id,
            "incident": notice.incident,
        },
        "annotations": {"summary": notice.title, "description": notice.text},
        "startsAt": _instant(notice.since),
        "endsAt": _instant(ends),
    }
    return _json([alert])


def mail(notice: Notice, channel: Channel, now: datetime) -> EmailMessage:
    """Return the mail; its Message-ID is the notice's, and mails of one incident are one thread."""
    domain = channel.sender.rpartition("@")[2].strip("<> ")
    message = EmailMessage()
    message["From"] = channel.sender
    message["To"] = ", ".join(channel.recipients)
    message["Subject"] = notice.title
    message["Date"] = format_datetime(now)
    message["Message-ID"] = f"<{notice.id}@{domain}>"
    message["References"] = f"<{notice.incident}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{notice.title}\n\n{notice.text}\n")
    return message


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
