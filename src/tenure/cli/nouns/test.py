"""`tenure test`: what a model's CI says of its tests, kept as evidence, and what the history says."""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

Row = Mapping[str, Any]

test = noun("test", "Tests of models, as their CI reported them.")
_MODEL = click.argument("name", metavar="MODEL")
_LAST = click.option(
    "--last", type=click.IntRange(1, 200), default=50, show_default=True, help="Newest runs."
)
_CI = ("GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION", "GIT_COMMIT")
"""Where GitHub, GitLab, Azure and Jenkins say at which commit they run."""


@test.command("import")
@click.argument("name", metavar="MODEL[/NUMBER]")
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@click.option("--commit", help="At which commit it ran [default: what the CI's environment says].")
@click.pass_obj
def import_(session: Session, name: str, files: tuple[Path, ...], commit: str | None) -> None:
    """Import JUnit and Cobertura (coverage.xml) files of a model, or of one of its versions.

    What is imported for the model is inherited by the versions that are made while it is in force.
    """
    from tenure.cli.reach import model_of

    path, _, number = name.rpartition("/")
    version = int(number) if path and number.isdigit() else 0
    owner, model = model_of(session, path if version else name)
    at = commit or next((os.environ[one] for one in _CI if os.environ.get(one)), "")
    handle = session.client.models[f"{owner}/{model}"]
    rows = [
        {"file": str(file), **handle.tests.add(file.read_bytes(), version=version, commit=at)}
        for file in files
    ]
    lines = [{**row, **row["facts"], "file": row["file"]} for row in rows]
    columns = ["file", "kind", "tests", "failed", "errors", "flaky", "line_rate", "commit", "id"]
    session.printer.rows(lines, columns)


@test.command("list")
@_MODEL
@click.option("--coverage", is_flag=True, help="Coverage instead of runs.")
@click.pass_obj
def list_(session: Session, name: str, *, coverage: bool) -> None:
    """List the runs of a model's tests, or its coverage."""
    found = _handle(session, name).tests.list("coverage" if coverage else "tests")
    rows = [
        {"at": one["made_at"], **one, **one["facts"]}
        for one in found
        if "inherited" not in one["facts"]
    ]
    figures = ["line_rate", "branch_rate", "lines", "files"]
    if not coverage:
        figures = ["tests", "passed", "failed", "errors", "skipped", "flaky", "seconds"]
    session.printer.rows(rows, ["at", "version", "commit", *figures, "by"])


@test.command("history")
@_MODEL
@click.argument("words", metavar="[PART OF A NAME]", required=False, default="")
@_LAST
@click.pass_obj
def history(session: Session, name: str, words: str, last: int) -> None:
    """Show how each test ended in the newest runs: P passed, F failed, E error, S skipped."""
    _cases(session, name, last, lambda one: words in one["name"])


@test.command("flaky")
@_MODEL
@_LAST
@click.pass_obj
def flaky(session: Session, name: str, last: int) -> None:
    """Show tests that pass and fail at one commit, or change their outcome again and again."""
    _cases(session, name, last, lambda one: one["flaky"])


@test.command("regressed")
@_MODEL
@_LAST
@click.pass_obj
def regressed(session: Session, name: str, last: int) -> None:
    """Show tests that fail now and have passed before, and where they began to fail."""
    _cases(session, name, last, lambda one: bool(one["regressed_at"]))


@test.command("slowest")
@_MODEL
@_LAST
@click.option("--many", type=click.IntRange(min=1), default=10, show_default=True, help="Tests.")
@click.pass_obj
def slowest(session: Session, name: str, last: int, many: int) -> None:
    """Show the tests that took longest in their newest run, and what they took before."""
    found = sorted(_read(session, name, last), key=lambda one: -one["seconds"])[:many]
    session.printer.rows(found, ["name", "seconds", "usual_seconds", "outcomes"], named="name")


def _cases(session: Session, name: str, last: int, wanted: Callable[[Row], bool]) -> None:
    rows = [one for one in _read(session, name, last) if wanted(one)]
    columns = ["name", "outcomes", "failed", "flaky", "regressed_at", "seconds", "message"]
    session.printer.rows(rows, columns, named="name")


def _read(session: Session, name: str, last: int) -> list[dict[str, Any]]:
    return list(_handle(session, name).tests.history(last)["cases"])


def _handle(session: Session, name: str) -> Any:
    from tenure.cli.reach import model_of

    return session.client.models["/".join(model_of(session, name))]
