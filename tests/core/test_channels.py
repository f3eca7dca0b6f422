"""Channels: addresses taken apart, refused without being repeated, and allowed by the operator only."""

import base64

import pytest

from tenure.core.channels import ChannelKind, channel, check_channels
from tenure.core.errors import TenureError
from tenure.core.lookups import allowance

KEY = b"k" * 24
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def test_a_webhook_brings_its_secrets_behind_the_address() -> None:
    other = "whsec_" + base64.b64encode(b"n" * 32).decode()
    found = channel("env:OPS", f"https://ops.example:8443/in?team=a#{SECRET},{other}")
    assert (found.kind, found.host, found.port) == (ChannelKind.WEBHOOK, "ops.example", 8443)
    assert (found.path, found.encrypted) == ("/in?team=a", True)
    assert found.secrets == (KEY, b"n" * 32)


@pytest.mark.parametrize(
    ("text", "kind", "port", "path"),
    [
        ("https://hooks.slack.com/services/T/B/x", ChannelKind.SLACK, 443, "/services/T/B/x"),
        ("slack+https://chat.example/hooks/x", ChannelKind.SLACK, 443, "/hooks/x"),
        ("alertmanager+http://am:9093", ChannelKind.ALERTMANAGER, 9093, "/api/v2/alerts"),
        ("alertmanager+https://am/sub/", ChannelKind.ALERTMANAGER, 443, "/sub/api/v2/alerts"),
        ("smtps://mail.example?from=a@x&to=b@x,c@x", ChannelKind.MAIL, 465, ""),
        ("smtp://mail.example?from=a@x&to=b@x&to=c@x", ChannelKind.MAIL, 587, ""),
    ],
)
def test_the_address_says_what_kind_of_channel_it_is(
    text: str, kind: ChannelKind, port: int, path: str
) -> None:
    found = channel("env:OPS", text)
    assert (found.kind, found.port, found.path) == (kind, port, path)
    if kind is ChannelKind.MAIL:
        assert (found.sender, found.recipients) == ("a@x", ("b@x", "c@x"))


def test_logins_are_read_as_they_are_written_in_addresses() -> None:
    found = channel("env:OPS", "smtps://us%40er:p%3Aw@mail?from=a@x&to=b@x")
    assert (found.user, found.password) == ("us@er", "p:w")


@pytest.mark.parametrize(
    "text",
    [
        "hunter2",
        "ftp://hunter2",
        "https://hunter2/x",  # no secret
        "https://hunter2/x#whsec_c2hvcnQ=",
        f"https://hunter2/x#{SECRET.removeprefix('whsec_')}",
        "https:///hunter2",
        "https://hunter2:99999/",
        "https://hunter2/a b#" + SECRET,
        "https://hunter2/\r\nHost: x#" + SECRET,
        "smtp://hunter2",
        "smtp://hunter2?from=a@x",
        "smtp://hunter2?from=a&to=b@x",
        "pager+https://hunter2",
    ],
)
def test_what_is_no_address_is_refused_and_never_repeated(text: str) -> None:
    with pytest.raises(TenureError) as caught:
        channel("env:OPS", text)
    assert caught.value.code == "notify.bad_address"
    assert "env:OPS" in str(caught.value)
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_channel_shows_nothing_of_itself() -> None:
    assert repr(channel("env:OPS", f"https://ops.example/x#{SECRET}")) == "<webhook channel>"


def test_a_tenant_sends_where_the_operator_lets_it() -> None:
    allowed = [allowance("DL=env:OPS"), allowance("*=env:ALL")]
    check_channels(allowed, "DL", ("env:OPS", "env:ALL"))
    check_channels(allowed, "B6", ("env:ALL",))
    with pytest.raises(TenureError, match="B6 may not send to env:OPS") as caught:
        check_channels(allowed, "B6", ("env:OPS",))
    assert caught.value.code == "notify.not_allowed"
    assert 'notify = ["B6=env:OPS"]' in caught.value.hint
