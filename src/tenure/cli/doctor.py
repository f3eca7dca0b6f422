"""`tenure doctor`: what is wrong with this machine or this home, and how to mend it."""

import click

from tenure.cli import exits
from tenure.cli.frame import command
from tenure.cli.session import Session

_SIGNS = {"ok": "ok", "warn": "!!", "bad": "XX"}


@command("doctor")
@click.pass_obj
def doctor(session: Session) -> int:
    """Say what is wrong with this machine or home.

    Looks at Python, disk, ports, home, database, jail and clock; exit 1 when one is bad.
    """
    from tenure.app.checkup import look

    marks = look(session.settings)
    rows = [{"what": m.what, "state": m.state, "found": m.found, "mend": m.mend} for m in marks]
    if session.printer.form == "table" and not session.printer.quiet:
        for mark in marks:
            click.echo(f"{_SIGNS[mark.state]}  {mark.what.ljust(10)} {mark.found}")
            if mark.mend and mark.state != "ok":
                click.echo(f"    {''.ljust(10)} {mark.mend}")
    else:
        session.printer.rows(rows, ["what", "state", "found", "mend"], named="state")
    return exits.FAILED if any(mark.state == "bad" for mark in marks) else exits.OK
