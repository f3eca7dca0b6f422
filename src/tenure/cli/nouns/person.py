"""`tenure person`: accounts of the house's own, where there is no identity provider."""

from typing import IO

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

person = noun("person", "People with an account of the house's own.")
_PASSWORD = click.option(
    "--password",
    type=click.File("r"),
    help="A file that holds the password ('-': standard input); asked for otherwise.",
)


@person.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List accounts and their roles."""
    session.printer.rows(list(session.client.people.list()), ["id", "name", "seats", "created_at"])


@person.command("add")
@click.argument("login", metavar="ID")
@click.option("--name", default="", help="What people call them [default: the id].")
@click.option(
    "--role",
    "seats",
    multiple=True,
    required=True,
    metavar="TENANT/ROLE",
    help="What they may be, such as DL/approver (_/… for the house); several times for more.",
)
@_PASSWORD
@click.pass_obj
def add(
    session: Session, login: str, *, name: str, seats: tuple[str, ...], password: IO[str] | None
) -> None:
    """Make an account; they sign in with `tenure login --name ID`."""
    made = session.client.people.add(login, seats, _read(password), name=name)
    session.printer.one(made, f"added {made['id']}: {', '.join(made['seats'])}")


@person.command("password")
@click.argument("login", metavar="ID")
@_PASSWORD
@click.pass_obj
def set_password(session: Session, login: str, *, password: IO[str] | None) -> None:
    """Give an account another password, and end its sessions."""
    changed = session.client.people.set_password(login, _read(password))
    session.printer.one(changed, f"{login} has another password; their sessions have ended")


@person.command("remove")
@click.argument("login", metavar="ID")
@click.pass_obj
def remove(session: Session, login: str) -> None:
    """Remove an account, and end its sessions."""
    gone = session.client.people.remove(login)
    session.printer.one(gone, f"removed {login}; their sessions have ended")


def _read(file: IO[str] | None) -> str:
    if file is not None:
        return file.read().rstrip("\n")
    asked: str = click.prompt("password", hide_input=True, confirmation_prompt=True, err=True)
    return asked
