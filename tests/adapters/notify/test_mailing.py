"""Mail goes to a real SMTP server; a password goes nowhere without TLS."""

from collections.abc import Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tenure.adapters.notify import formats
from tenure.adapters.notify.mailing import deliver
from tenure.adapters.notify.reaching import Reach
from tenure.core.channels import channel
from tenure.core.errors import TenureError
from tenure.core.notices import Notice

NOW = datetime(2024, 3, 1, 6, tzinfo=UTC)


class Postbox:
    """Takes mail, or answers `refuses`."""

    def __init__(self) -> None:
        self.taken: list[Envelope] = []
        self.refuses = ""

    async def handle_DATA(self, _: SMTP, __: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refuses:
            return self.refuses
        self.taken.append(envelope)
        return "250 taken"


class Listening(Controller):
    """A server on whatever port is free; it is greeted once, to know that it is there."""

    def _trigger_server(self) -> None:
        server: Any = self.server
        self.port = server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, int]]:
    box = Postbox()
    server = Listening(box, hostname="127.0.0.1", port=0)
    server.start()
    yield box, server.port
    server.stop()


def send(
    port: int, notice: Notice, login: str = "", networks: tuple[str, ...] = ("127.0.0.0/8",)
) -> None:
    to = channel("env:MAIL", f"smtp://{login}127.0.0.1:{port}?from=tenure@x.example&to=a@x,b@x")
    deliver(Reach(networks), "env:MAIL", to, formats.mail(notice, to, NOW))


def test_everybody_on_the_list_gets_the_mail(postbox: tuple[Postbox, int], notice: Notice) -> None:
    box, port = postbox
    send(port, notice)
    (envelope,) = box.taken
    assert envelope.rcpt_tos == ["a@x", "b@x"]
    content = envelope.content
    mail = message_from_bytes(content if isinstance(content, bytes) else b"", policy=default)
    assert mail["Subject"] == notice.title
    assert mail["Message-ID"] == f"<{notice.id}@x.example>"


@pytest.mark.parametrize(
    ("answer", "code"), [("451 later", "notify.failed"), ("554 never", "notify.refused")]
)
def test_the_servers_word_decides_whether_it_is_tried_again(
    postbox: tuple[Postbox, int], notice: Notice, answer: str, code: str
) -> None:
    box, port = postbox
    box.refuses = answer
    with pytest.raises(TenureError, match=answer[:3]) as caught:
        send(port, notice)
    assert caught.value.code == code


def test_a_password_is_not_sent_without_tls(postbox: tuple[Postbox, int], notice: Notice) -> None:
    box, port = postbox
    with pytest.raises(TenureError) as caught:
        send(port, notice, "user:hunter2@")
    assert caught.value.code == "notify.plain"
    assert "hunter2" not in str(caught.value)
    assert box.taken == []


def test_a_private_mail_server_is_listed_or_refused(
    postbox: tuple[Postbox, int], notice: Notice
) -> None:
    box, port = postbox
    with pytest.raises(TenureError) as caught:
        send(port, notice, networks=())
    assert caught.value.code == "notify.private_address"
    assert box.taken == []
