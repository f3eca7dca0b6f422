"""What one call of the command line knows: its options, its settings, its way to the API."""

from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import click

from tenure.cli.output import Printer

if TYPE_CHECKING:
    from tenure.app.home import Holder
    from tenure.app.local import Local
    from tenure.app.settings import Settings
    from tenure.sdk.client import Client

FORMS = ("table", "json", "jsonl", "csv")


class Session:
    """The global options of one call, and what is made of them when it is needed."""

    def __init__(self) -> None:
        self.home: str | None = None
        self.server: str | None = None
        self.key: str | None = None
        self.tenant: str | None = None
        self.form = "table"
        self.quiet = False
        self.yes = False
        self.plain = False
        self.flags: dict[str, Any] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)

    @cached_property
    def printer(self) -> Printer:
        """How the answer is printed."""
        import os

        return Printer(self.form, self.quiet, self.plain or bool(os.environ.get("NO_COLOR")))

    @cached_property
    def settings(self) -> "Settings":
        """Every setting, with the options of this call before all other sources."""
        from tenure.app import settings

        named = {
            "home": self.home,
            "server": self.server,
            "key": self.key,
            "tenant": self.tenant,
        }
        return settings.load({**named, **self.flags})

    @cached_property
    def local(self) -> "Local | None":
        """The home, opened by this process; None when a server or a `tenure up` answers."""
        if self.settings.server or self._running is not None:
            return None
        from tenure.app import local

        command = click.get_current_context().command_path
        return self._open.enter_context(local.opened(self.settings, command))

    @cached_property
    def client(self) -> "Client":
        """The way to the API: the named server, else the home's `tenure up`, else the home."""
        if self.local is not None:
            return self.local.client
        from tenure.app import home
        from tenure.sdk import signed_in
        from tenure.sdk.client import Client

        settings, holder = self.settings, self._running
        if settings.server or holder is None:
            key = settings.key or signed_in.find(settings.server, settings.tenant)
            client = Client(settings.server, key or None)
        else:
            key = settings.key or home.read_keys(settings.home).house
            client = Client(
                holder.api,
                key or None,
                serving_url=holder.serving,
                certificate=holder.certificate,
            )
        return self._open.enter_context(client)

    @cached_property
    def _running(self) -> "Holder | None":
        """The `tenure up` that runs the home, once it answers."""
        from tenure.app import home

        return home.wait_until_ready(self.settings.home)
