"""References are read when they are needed, and each kind of channel is spoken to in its way."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tenure.adapters.notify.channels import Channels
from tenure.adapters.secrets.references import References
from tenure.core.channels import ChannelKind
from tenure.core.errors import TenureError
from tenure.core.notices import Notice
from tests.small.receiver import Receiver

KEY = bytes(range(32))
NOW = datetime(2024, 3, 1, 6, tzinfo=UTC)
HERE = Channels(References(Path()), ("127.0.0.0/8",))


def test_a_webhook_can_be_verified_by_its_receiver(
    receiver: Receiver, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = base64.b64encode(KEY).decode()
    monkeypatch.setenv("OPS", f"http://{receiver.authority}/in#whsec_{secret}")
    assert HERE.send("env:OPS", notice, NOW) is ChannelKind.WEBHOOK
    (came,) = receiver.posted
    assert came.path == "/in"  # the secret stayed here
    assert came.headers["content-type"] == "application/cloudevents+json"
    stamp, name = came.headers["webhook-timestamp"], came.headers["webhook-id"]
    assert (int(stamp), name) == (NOW.timestamp(), notice.id)
    mac = hmac.new(KEY, f"{name}.{stamp}.".encode() + came.body, hashlib.sha256).digest()
    assert came.headers["webhook-signature"] == f"v1,{base64.b64encode(mac).decode()}"


def test_a_file_may_hold_the_address(receiver: Receiver, notice: Notice, tmp_path: Path) -> None:
    (tmp_path / "chat").write_text(f"slack+http://{receiver.authority}/hook\n")
    assert HERE.send(f"file:{tmp_path}/chat", notice, NOW) is ChannelKind.SLACK
    assert "text" in json.loads(receiver.posted[0].body)


def test_alertmanager_is_spoken_to_at_its_own_place(
    receiver: Receiver, notice: Notice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AM", f"alertmanager+http://{receiver.authority}")
    assert HERE.send("env:AM", notice, NOW) is ChannelKind.ALERTMANAGER
    (came,) = receiver.posted
    assert (came.path, came.headers["content-type"]) == ("/api/v2/alerts", "application/json")
    assert json.loads(came.body)[0]["labels"]["model"] == "churn"


@pytest.mark.parametrize("reference", ["env:NOBODY_SET_THIS", "file:/nowhere/at/all"])
def test_a_reference_to_nothing_is_tried_again(reference: str, notice: Notice) -> None:
    with pytest.raises(TenureError) as caught:
        HERE.send(reference, notice, NOW)
    assert (caught.value.code, caught.value.kind) == ("notify.no_address", "unavailable")
