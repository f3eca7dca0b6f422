"""`tenure explain`: why, in words, with numbers and where to look further."""

from functools import partial

import click

from tenure.cli.frame import command
from tenure.cli.session import Session
from tenure.core.errors import TenureError, not_found


@command("explain")
@click.argument("thing", metavar="ID")
@click.pass_obj
def explain(session: Session, thing: str) -> None:
    """Say why, of a decision or a finding, in words."""
    from tenure.cli.nouns import decision, finding
    from tenure.cli.reach import part_of_tenant

    for name, plural, words_of in (
        ("decision", "decisions", decision.words_of),
        ("finding", "findings", partial(finding.words_of, session)),
    ):
        try:
            found = part_of_tenant(session, thing, name, plural)
        except TenureError as error:
            if error.code != f"{name}.not_found":
                raise
        else:
            session.printer.one(found, words_of(found))
            return
    raise not_found(
        "explain.not_found",
        f"there is no decision and no finding {thing!r}",
        hint="tenure decision list · tenure finding list",
    )
