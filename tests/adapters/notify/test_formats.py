"""The formats: CloudEvents, Standard Webhooks, Slack, Alertmanager and mail say what they have to."""

import base64
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tenure.adapters.notify import formats
from tenure.core.channels import channel
from tenure.core.incidents import What
from tenure.core.notices import Notice

NOW = datetime(2024, 3, 1, 6, tzinfo=UTC)


def test_a_webhook_carries_a_structured_cloud_event(notice: Notice) -> None:
    event = json.loads(formats.cloud_event(notice))
    assert {name: event[name] for name in ("specversion", "id", "source", "type", "subject")} == {
        "specversion": "1.0",
        "id": notice.id,
        "source": "/tenants/acme/models/churn",
        "type": "dev.tenure.incident.opened",
        "subject": "in_1",
    }
    assert event["time"] == "2024-03-01T06:00:00Z"
    assert event["data"]["findings"][0]["interval"] == [0.55, 0.65]


def test_the_signature_is_that_of_standard_webhooks_own_example() -> None:
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    now = datetime.fromtimestamp(1614265330, UTC)
    headers = formats.signed(
        "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', (secret,), now
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_every_secret_signs_while_secrets_are_changed() -> None:
    both = formats.signed("m", b"{}", (b"a" * 24, b"b" * 24), NOW)["webhook-signature"].split()
    each = [formats.signed("m", b"{}", (key * 24,), NOW) for key in (b"a", b"b")]
    assert both == [one["webhook-signature"] for one in each]


def test_a_message_to_slack_addresses_nobody(notice: Notice) -> None:
    text = json.loads(formats.slack(notice))["text"]
    assert text.startswith("*acme/churn: the accuracy got worse*\n")
    assert "&lt;!channel&gt; &amp; more" in text


def test_an_alert_ends_with_its_incident(notice: Notice) -> None:
    (begun,) = json.loads(formats.alerts(notice))
    over = replace(notice, what=What.CLOSED, at=NOW + timedelta(days=4))
    (ended,) = json.loads(formats.alerts(over))
    assert begun["labels"] == ended["labels"]
    assert begun["startsAt"] == ended["startsAt"] == "2024-03-01T06:00:00Z"
    assert (begun["endsAt"], ended["endsAt"]) == ("2025-03-01T06:00:00Z", "2024-03-05T06:00:00Z")


def test_the_mails_of_an_incident_are_one_thread(notice: Notice) -> None:
    to = channel("env:OPS", "smtps://mail.example?from=tenure@acme.example&to=a@x,b@x")
    mail = formats.mail(notice, to, NOW)
    assert mail["Subject"] == "acme/churn: the accuracy got worse"
    assert mail["To"] == "a@x, b@x"
    assert mail["Message-ID"] == f"<{notice.id}@acme.example>"
    assert mail["References"] == "<in_1@acme.example>"
    assert "what: log loss 0.6" in mail.get_content()
