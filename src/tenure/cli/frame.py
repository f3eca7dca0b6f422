"""The frame of the command line: lazy groups, and options that every command takes.

Importing this costs Click and nothing else; a command's module is imported when it is called.
"""

from collections.abc import Callable
from difflib import get_close_matches
from importlib import import_module
from typing import Any, NamedTuple, TypeVar

import click

from tenure.cli.session import FORMS, Session

F = TypeVar("F", bound=Callable[..., Any])
CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


class Entry(NamedTuple):
    """A command that is not imported yet: `module:name`, and its line in the help."""

    target: str
    summary: str


Section = dict[str, dict[str, Entry]]


def _remember(context: click.Context, parameter: click.Parameter, value: Any) -> None:
    """Keep a given option on the session; the one nearest to the command's end wins."""
    if value not in (None, False) and parameter.name is not None:
        setattr(context.find_object(Session), parameter.name, value)


def _everywhere(*, hidden: bool) -> list[click.Parameter]:
    """Return fresh options that are taken by the root (shown) and by each command (hidden)."""

    def option(*names: str, **more: Any) -> click.Option:
        return click.Option(names, expose_value=False, callback=_remember, hidden=hidden, **more)

    return [
        option("--home", metavar="FOLDER", help="The home folder [default: .tenure]."),
        option("--server", metavar="URL", help="Talk to this server instead of the home."),
        option("--key", metavar="KEY", help="API key; better given as TENURE_KEY."),
        option("--tenant", metavar="ID", help="Whose things are meant."),
        option("-o", "--output", "form", type=click.Choice(FORMS), help="Form of the answer."),
        option("-q", "--quiet", "quiet", is_flag=True, help="Ids alone, no words."),
        option("--yes", "yes", is_flag=True, help="Do not ask."),
        option("--no-color", "plain", is_flag=True, help="No colours, no progress bars."),
    ]


class Command(click.Command):
    """A command that also takes the global options, after its own name; its own ones win."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        own = {name for parameter in self.params for name in parameter.opts}
        shared = [one for one in _everywhere(hidden=True) if own.isdisjoint(one.opts)]
        self.params.extend(shared)
        self.context_settings = {**CONTEXT, **self.context_settings}


class Group(click.Group):
    """A noun: its verbs are imported when it is."""

    command_class = Command

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.context_settings = {**CONTEXT, **self.context_settings}

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the named command; say which one was nearest when there is none."""
        name = args[0]
        if not name.startswith("-") and self.get_command(ctx, name) is None:
            near = get_close_matches(name, self.list_commands(ctx), n=1)
            hint = f' Did you mean "{near[0]}"?' if near else ""
            raise click.UsageError(f'There is no "{ctx.command_path} {name}".{hint}', ctx)
        return super().resolve_command(ctx, args)


class LazyGroup(Group):
    """The root: knows its commands by name and summary, and imports the one that is called."""

    def __init__(self, *, sections: Section, **more: Any) -> None:
        super().__init__(**more)
        self.params.extend(_everywhere(hidden=False))
        self._sections = sections
        self._entries = {name: e for part in sections.values() for name, e in part.items()}

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # Click's signature
        return list(self._entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        entry = self._entries.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        command = getattr(import_module(module), attribute)
        if not isinstance(command, click.Command):
            raise TypeError(entry.target)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        for title, part in self._sections.items():
            with formatter.section(title):
                formatter.write_dl([(name, entry.summary) for name, entry in part.items()])


def command(name: str) -> Callable[[F], Command]:
    """Return a decorator that makes a lone command (one without a noun)."""

    def make(function: F) -> Command:
        return click.command(name, cls=Command)(function)

    return make


def noun(name: str, summary: str) -> Group:
    """Return the group of a noun's verbs."""
    return Group(name, help=summary, no_args_is_help=True)
