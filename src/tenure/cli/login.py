"""`tenure login` and `tenure logout`: sessions at a server, by the word of its identity provider."""

from typing import IO

import click

from tenure.cli.frame import command
from tenure.cli.session import Session
from tenure.core.errors import invalid
from tenure.core.keys import Role

_ROLES = [role.value for role in Role if role is not Role.SOLE_USER]


@command("login")
@click.option("--role", type=click.Choice(_ROLES), help="Which of your roles.")
@click.option("--no-browser", is_flag=True, help="Print the address instead of opening it.")
@click.option("--name", help="Sign in by password, to an account of the house's own.")
@click.option("--device", is_flag=True, help="Sign in with a browser of another machine.")
@click.option(
    "--token",
    type=click.File("r"),
    help="The identity token of a CI's workload ('-': standard input); prints a key for minutes.",
)
@click.pass_obj
def login(
    session: Session,
    *,
    role: str | None,
    no_browser: bool,
    name: str | None,
    device: bool,
    token: IO[str] | None,
) -> None:
    """Sign in at the server that --server names.

    A browser opens on the page of the house's identity provider. The session is kept for this user;
    commands and `tenure.connect` use it until it ends.
    """
    from tenure.sdk import sign_in, signed_in

    server, tenant = _server(session), session.settings.tenant
    if token is not None:
        made = sign_in.workload(
            session.client, token.read().strip(), tenant=tenant, role=role or ""
        )
        session.printer.one({**made["key"], "text": made["text"]}, made["text"], named="text")
        session.printer.say(f"works until {made['key']['expires_at']}; give it as TENURE_KEY")
        return
    role = role or ""
    if name:
        password = click.prompt("password", hide_input=True, err=True)
        made = sign_in.by_password(session.client, name, password, tenant=tenant, role=role)
    elif device:
        made = sign_in.elsewhere(session.client, _print_code, tenant=tenant, role=role)
    else:
        show = _print if no_browser else _open
        made = sign_in.person(session.client, show, tenant=tenant, role=role)
    key = made["key"]
    signed_in.keep(server, key["tenant_id"], made["text"])
    words = f"{key['name']}, {key['role']} of {key['tenant_id']}, until {key['expires_at']}"
    session.printer.one(key, f"signed in at {server}: {words}")


@command("logout")
@click.pass_obj
def logout(session: Session) -> None:
    """End this user's session at the server that --server names."""
    from tenure.sdk import signed_in

    server = _server(session)
    who = session.client.principal
    gone = session.client.delete(f"/sessions/{who['key_id']}")
    signed_in.forget(server, gone["tenant_id"])
    session.printer.one(gone, f"signed out of {server}")


def _server(session: Session) -> str:
    if not session.settings.server:
        raise invalid(
            "sign_in.no_server",
            "say where to sign in: on a home of your own nobody has to",
            hint="tenure --server https://… login, or TENURE_SERVER=https://…",
        )
    return session.settings.server


def _open(address: str) -> None:
    import webbrowser

    _print(address)
    webbrowser.open(address)


def _print_code(asked: dict[str, str]) -> None:
    click.echo(f"go to {asked['address']} and type {asked['shown']}", err=True)
    if asked["complete"]:
        click.echo(f"or to {asked['complete']}", err=True)


def _print(address: str) -> None:
    click.echo(f"sign in here:\n  {address}", err=True)
