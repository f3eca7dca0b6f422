"""Sends notices to the channels that references lead to. What they hold is read when it is needed."""

from collections.abc import Sequence
from datetime import datetime

from tenure.adapters.notify import formats
from tenure.adapters.notify.mailing import deliver
from tenure.adapters.notify.posting import post
from tenure.adapters.notify.reaching import Reach
from tenure.core.channels import ChannelKind, channel
from tenure.core.errors import Kind, TenureError
from tenure.core.notices import Notice
from tenure.ports.secrets import Secrets


class Channels:
    """Implements `ports.notices.Notifier`; `networks` are the private ones that may be reached."""

    def __init__(self, secrets: Secrets, networks: Sequence[str] = ()) -> None:
        self._secrets = secrets
        self._reach = Reach(networks)

    def send(self, reference: str, notice: Notice, now: datetime) -> ChannelKind:
        to = channel(reference, self._resolved(reference))
        match to.kind:
            case ChannelKind.MAIL:
                deliver(self._reach, reference, to, formats.mail(notice, to, now))
            case ChannelKind.SLACK:
                post(self._reach, reference, to, formats.slack(notice), {})
            case ChannelKind.ALERTMANAGER:
                post(self._reach, reference, to, formats.alerts(notice), {})
            case ChannelKind.WEBHOOK:
                body = formats.cloud_event(notice)
                signature = formats.signed(notice.id, body, to.secrets, now)
                headers = {"Content-Type": formats.CLOUDEVENT, **signature}
                post(self._reach, reference, to, body, headers)
        return to.kind

    def _resolved(self, reference: str) -> str:
        """Return the address that a reference stands for; raise `notify.no_address`."""
        value = self._secrets.find(reference)
        if value is None:
            raise TenureError(
                Kind.UNAVAILABLE,
                "notify.no_address",
                f"{reference} resolves to nothing",
                hint="set it for the worker: env:NAME is a variable, file:/PATH a file",
            )
        return value
