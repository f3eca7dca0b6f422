"""One mail over SMTP, to an address that was checked; a password goes through TLS only."""

import smtplib
import socket
import ssl
from email.message import EmailMessage

from tenure.adapters.notify.reaching import (
    SECONDS,
    Reach,
    cut,
    ending,
    meant,
    plain,
    refused,
    unreachable,
)
from tenure.core.channels import Channel
from tenure.core.errors import Kind, TenureError

_PERMANENT = 500


def deliver(reach: Reach, reference: str, channel: Channel, message: EmailMessage) -> None:
    """Hand the mail to the server; raise `notify.failed`, `notify.refused` or `notify.unreachable`."""
    server = _Checked(reach, reference, channel)
    try:
        with server, ending(lambda: cut(server.sock)):
            server.connect(channel.host, channel.port)
            server.ehlo()
            _encrypt(server, reach, reference, channel)
            if channel.user:
                _log_in(server, reference, channel)
            server.send_message(message)
    except smtplib.SMTPResponseException as error:
        raise _answered(reference, error.smtp_code) from error
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _ in error.recipients.values()]
        raise _answered(reference, min(codes, default=_PERMANENT)) from error
    except (OSError, smtplib.SMTPException) as error:
        raise unreachable(reference, type(error).__name__) from error


def _encrypt(server: "_Checked", reach: Reach, reference: str, channel: Channel) -> None:
    """Begin TLS where it has not begun; without it, only listed networks are sent to."""
    if channel.encrypted:
        return
    if server.has_extn("starttls"):
        server.starttls(context=ssl.create_default_context())
        server.ehlo()
    elif server.sock is not None and not reach.is_listed(meant(server.sock.getpeername()[0])):
        raise plain(reference)


def _log_in(server: "_Checked", reference: str, channel: Channel) -> None:
    if not isinstance(server.sock, ssl.SSLSocket):
        raise TenureError(
            Kind.REFUSED,
            "notify.plain",
            f"the mail server of {reference} offers no TLS, and the password is not sent without",
            hint="use smtps://, or leave the password out",
        )
    server.login(channel.user, channel.password)


def _answered(reference: str, code: int) -> TenureError:
    return refused(reference, "the mail server", code, later=code < _PERMANENT)


class _Checked(smtplib.SMTP):
    """SMTP over a connection to the address that was checked."""

    def __init__(self, reach: Reach, reference: str, channel: Channel) -> None:
        super().__init__(timeout=SECONDS)
        self._reach = reach
        self._reference = reference
        self._channel = channel
        self._host = channel.host  # whose certificate STARTTLS asks for

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """Return the connection; smtplib's own subclasses take theirs here too."""
        channel = self._channel
        connection = self._reach.connect(  # STARTTLS is asked for once it has greeted
            self._reference, host, port, encrypted=True, seconds=timeout
        )
        if not channel.encrypted:
            return connection
        return ssl.create_default_context().wrap_socket(connection, server_hostname=host)
