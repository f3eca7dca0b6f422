"""Telling people: one message to one channel, which may happen twice and is then known by its id."""

from datetime import datetime
from typing import Protocol

from tenure.core.channels import ChannelKind
from tenure.core.notices import Notice


class Notifier(Protocol):
    """Sends notices to channels that are named by reference (`env:NAME`, `file:/PATH`)."""

    def send(self, reference: str, notice: Notice, now: datetime) -> ChannelKind:
        """Send the notice at machine time `now`; return when the channel has taken it.

        Raises `notify.no_address`, `notify.unreachable` and `notify.failed` for what may be
        tried again; `notify.bad_address`, `notify.private_address`, `notify.plain` and
        `notify.refused` for what a person has to mend. No error holds the address or a secret.
        """
        ...
