"""What one call of the command line knows: its options, its settings, its way to the API."""

from contextlib import ExitStack
from functools import cached_property
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from tenure.cli.output import Printer

if TYPE_CHECKING:
    from tenure.app.settings import Settings

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
