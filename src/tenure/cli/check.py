"""`tenure check`: everything that a CI can know before a version exists; exit 5 when it refuses."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tenure.cli import exits
from tenure.cli.frame import command
from tenure.cli.session import Session
from tenure.core.words import count

if TYPE_CHECKING:
    from tenure.cli.declaration import Declaration
    from tenure.core.spec.lockfile import Locked
    from tenure.core.spec.parse import SpecFile
    from tenure.core.tests import CaseResult


@command("check")
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    default=Path("tenure.toml"),
    show_default=True,
    help="The spec.",
)
@click.option("--junit", type=click.Path(path_type=Path), help="Write the results to this file.")
@click.option(
    "--aside",
    type=click.FloatRange(0.0, 1.0),
    default=0.01,
    show_default=True,
    help="Share of the rows that may be put aside.",
)
@click.option("--no-tests", is_flag=True, help="Do not run the tests that stand beside the spec.")
@click.pass_obj
def check(session: Session, file: Path, junit: Path | None, aside: float, *, no_tests: bool) -> int:
    """Check a spec for a CI: exit 5 when anything refuses.

    The spec; that the rows keep to their contract ([features], tenure.lock); that no policy is
    loosened (asked where a home or a server is); and the tests beside the spec, by pytest.
    """
    from tenure.core import junit as form
    from tenure.core.tests import counted

    found = list(_results(session, file, aside, tests=not no_tests))
    rows = [
        {"check": one.name, "outcome": one.outcome.value, "says": one.message, "s": one.seconds}
        for one in found
    ]
    session.printer.rows(rows, ["check", "outcome", "says"], named="check")
    if junit is not None:
        junit.write_bytes(form.write("tenure", found))
    many = counted(found)
    bad = [one for one in found if one.outcome.is_bad]
    words = (
        f"{len(bad)} of {many['tests']} checks refuse" if bad else f"{many['tests']} checks hold"
    )
    session.printer.say(words)
    return exits.REFUSED if bad else exits.OK


def _results(session: Session, file: Path, aside: float, *, tests: bool) -> "Iterator[CaseResult]":
    from tenure.app import check as app
    from tenure.cli import declaration

    read: list[SpecFile] = []

    def parsed() -> str:
        read.append(declaration.read_spec(file))
        return f"{count(len(read[0].declared), 'model')} declared"

    yield app.timed("spec", parsed)
    for spec_file in read:
        locked = _locked(file)
        for one in declaration.declarations(spec_file):
            keeps = partial(
                app.contract, one.spec, one.rows, one.media, locked.get(one.path), aside
            )
            yield app.timed(f"{one.path}::contract", keeps)
            yield _policy(session, one)
    if tests:
        yield from app.own_tests(file.parent)


def _policy(session: Session, one: "Declaration") -> "CaseResult":
    """Return whether the house would take the spec; nobody is asked where there is none."""
    from tenure.app.check import timed
    from tenure.cli import declaration
    from tenure.core.tests import CaseResult, Outcome

    def planned() -> str:
        found = declaration.plan(session, one)
        return f"{count(len(found['changes']), 'change')} would be applied, nothing is loosened"

    name, settings = f"{one.path}::policy", session.settings
    if not settings.server and not settings.home.exists():
        words = "no server and no home to ask: --server, --home"
        return CaseResult(name, Outcome.SKIPPED, 0.0, words)
    return timed(name, planned)


def _locked(file: Path) -> "dict[str, Locked]":
    from tenure.core.spec.lockfile import read_lock

    lock = file.parent / "tenure.lock"
    if not lock.exists():
        return {}
    found = read_lock(lock.read_text(encoding="utf-8"), str(lock))
    return {f"{one.tenant}/{one.model}": one for one in found}
