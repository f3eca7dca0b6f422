"""`tenure <noun> <verb>`: where the command line begins and where every failure ends.

Answers go to stdout, words to stderr; the exit code tells scripts what happened (`exits.py`).
"""

import os
import sys
from collections.abc import Sequence

import click

from tenure.cli import exits
from tenure.cli.frame import Entry, LazyGroup
from tenure.cli.session import Session
from tenure.core.errors import TenureError

_NOUNS = "tenure.cli.nouns"
SECTIONS = {
    "Start": {
        "init": Entry("tenure.cli.init:init", "Write a starter tenure.toml."),
        "up": Entry("tenure.cli.up:up", "Run api, serving and worker on a home until Ctrl-C."),
        "demo": Entry(
            "tenure.cli.demo.command:demo", "Replay real flights of 2013 through the whole loop."
        ),
        "doctor": Entry("tenure.cli.doctor:doctor", "Say what is wrong with this machine or home."),
        "login": Entry("tenure.cli.login:login", "Sign in at the server that --server names."),
        "logout": Entry(
            "tenure.cli.login:logout", "End this user's session at the server that --server names."
        ),
        "config": Entry("tenure.cli.config:config", "Settings and where they came from."),
    },
    "Declare": {
        "plan": Entry("tenure.cli.plan:plan", "Show what apply would change; exit 2: something."),
        "apply": Entry("tenure.cli.apply:apply", "Make what is declared true."),
        "check": Entry(
            "tenure.cli.check:check",
            "Check a spec for a CI: exit 5 when anything refuses.",
        ),
        "spec": Entry("tenure.cli.spec:spec", "The spec file itself."),
    },
    "Look and act": {
        "tenant": Entry(f"{_NOUNS}.tenant:tenant", "Clients whose models run here."),
        "key": Entry(f"{_NOUNS}.key:key", "API keys and their roles."),
        "model": Entry(f"{_NOUNS}.model:model", "Models: what is declared, and what serves."),
        "dataset": Entry(f"{_NOUNS}.dataset:dataset", "Versions of a model's rows."),
        "study": Entry(f"{_NOUNS}.study:study", "Races: what was tried, why, and how it ended."),
        "fleet": Entry(f"{_NOUNS}.fleet:fleet", "Many models at once."),
        "run": Entry(f"{_NOUNS}.run:run", "Trainings: data, code, parameters, result."),
        "version": Entry(f"{_NOUNS}.version:version", "Versions of models, with their evidence."),
        "test": Entry(f"{_NOUNS}.test:test", "Tests of models, as their CI reported them."),
        "deployment": Entry(f"{_NOUNS}.deployment:deployment", "Versions in roles on endpoints."),
        "label": Entry(f"{_NOUNS}.label:label", "The truth that arrives later."),
        "quarantine": Entry(f"{_NOUNS}.quarantine:quarantine", "Rows that were put aside."),
        "finding": Entry(f"{_NOUNS}.finding:finding", "What is red, why, and what was done."),
        "approval": Entry(
            f"{_NOUNS}.approval:approval", "What waits for people, and their words on it."
        ),
        "policy": Entry(
            f"{_NOUNS}.policy:policy",
            "What versions have to pass: published, and only ever tightened.",
        ),
        "decision": Entry(f"{_NOUNS}.decision:decision", "What policies decided, and why."),
        "job": Entry(f"{_NOUNS}.job:job", "Work in the queue."),
        "person": Entry(f"{_NOUNS}.person:person", "People with an account of the house's own."),
        "clock": Entry(f"{_NOUNS}.clock:clock", "Business time of tenants."),
        "ledger": Entry(f"{_NOUNS}.ledger:ledger", "The chained log of every change."),
        "explain": Entry(
            "tenure.cli.explain:explain",
            "Say why, in words: of a decision, a finding, or a version that was judged.",
        ),
    },
    "Any file, no home": {
        "drift": Entry(
            "tenure.cli.drift:drift", "Compare two files, column by column, and say which drifted."
        ),
        "evaluate": Entry(
            "tenure.cli.evaluate:evaluate",
            "Say what a model's file, or a column of answers, is worth.",
        ),
    },
    "Drive": {
        "log": Entry("tenure.cli.log:log", "Log predictions that were made elsewhere."),
        "predict": Entry(
            "tenure.cli.predict:predict", "Answer the rows of a file or a query, into another."
        ),
        "replay": Entry("tenure.cli.replay.command:replay", "Drive business time with a stream."),
    },
}


def version() -> str:
    """Return the installed version."""
    from importlib.metadata import version as installed

    return installed("tenure")


def _show_version(context: click.Context, _: click.Parameter, asked: bool) -> None:  # noqa: FBT001
    if asked:
        click.echo(f"tenure {version()}")
        context.exit()


root = LazyGroup(
    name="tenure",
    sections=SECTIONS,
    help=(
        "Every model earns its place in production, and keeps earning it.\n\n"
        "Without --server a command asks the `tenure up` that runs the home; when none runs, it "
        "opens the home itself, and `apply --wait` does the work in the foreground."
    ),
    params=[
        click.Option(
            ["--version"],
            is_flag=True,
            is_eager=True,
            expose_value=False,
            callback=_show_version,
            help="Print the version.",
        )
    ],
    no_args_is_help=True,
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    with Session() as session:
        code = _guarded(session, arguments)
    sys.exit(code)


def _guarded(session: Session, arguments: Sequence[str] | None) -> int:
    try:
        code = root.main(arguments, prog_name="tenure", standalone_mode=False, obj=session)
    except TenureError as error:
        return _failed(str(error), exits.EXIT[error.kind])
    except click.UsageError as error:
        command = error.ctx.command_path if error.ctx else "tenure"
        return _failed(
            f"error[cli.usage]: {error.format_message()}\n  try: {command} --help", exits.USAGE
        )
    except click.ClickException as error:
        return _failed(f"error[cli.failed]: {error.format_message()}", exits.FAILED)
    except (KeyboardInterrupt, click.Abort):
        return _failed("interrupted", exits.INTERRUPTED)
    except BrokenPipeError:  # the reader of our output has gone: `tenure … | head`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.OK
    except Exception as error:
        if os.environ.get("TENURE_DEBUG"):
            raise
        return _failed(_unexpected(error), exits.FAILED)
    return code if isinstance(code, int) else exits.OK


def _unexpected(error: Exception) -> str:
    """Return one line for what should not have happened."""
    words = f"error[cli.unexpected]: {type(error).__name__}: {error}"
    return f"{words}\n  this is a mistake of ours; TENURE_DEBUG=1 shows where it happened"


def _failed(words: str, code: int) -> int:
    click.echo(words, err=True)
    return code


if __name__ == "__main__":
    main()
