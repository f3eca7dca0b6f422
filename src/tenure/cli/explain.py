"""`tenure explain`: why, in words, with numbers and where to look further."""

from functools import partial

import click

from tenure.cli.frame import command
from tenure.cli.session import Session
from tenure.core.errors import TenureError, not_found


@command("explain")
@click.argument("thing", metavar="ID|MODEL/NUMBER")
@click.pass_obj
def explain(session: Session, thing: str) -> None:
    """Say why, in words: of a decision, a finding, or a version that was judged."""
    from tenure.cli.nouns import decision, finding
    from tenure.cli.reach import part_of_tenant

    if "/" in thing:
        thing = _decided_last(session, thing)
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


def _decided_last(session: Session, name: str) -> str:
    """Return the id of the newest decision on a version."""
    from tenure.cli.reach import model_address, version_of

    model, number = version_of(session, name)
    version = session.client.get(model_address(model, "versions", number))
    study = session.client.get(model_address(model, "studies", version["study_id"]))
    return str(study["decision_id"])
