"""`tenure approval`: what waits for people, and their words for and against it."""

from datetime import datetime

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

approval = noun("approval", "What waits for people, and their words on it.")
_REASON = click.option("--reason", required=True, help="Why; it is written into the ledger.")
_SCOPE = click.option(
    "--scope", default="", help="What you looked at; refuses when it has changed since."
)


@approval.command("list")
@click.pass_obj
def list_(session: Session) -> None:
    """List versions that wait for people."""
    from tenure.cli.reach import tenant_ids
    from tenure.sdk.nouns import address

    rows = []
    for owner in tenant_ids(session):
        for one in session.client.pages(address("tenants", owner, "approvals")):
            waits = [f"{r['clause']}: {r['text']}" for r in one["reasons"] if r["waiting"]]
            name = f"{owner}/{one['model_id']}/{one['version']}"
            rows.append({**one, "waiting": name, "for": waits})
    columns = ["waiting", "since", "for", "decision_id", "scope"]
    session.printer.rows(rows, columns, named="waiting")


@approval.command("give")
@click.argument("name", metavar="MODEL/NUMBER")
@_REASON
@_SCOPE
@click.pass_obj
def give(session: Session, name: str, reason: str, scope: str) -> None:
    """Approve a version that waits."""
    _say(session, "approve", name, reason, scope=scope)


@approval.command("deny")
@click.argument("name", metavar="MODEL/NUMBER")
@_REASON
@_SCOPE
@click.pass_obj
def deny(session: Session, name: str, reason: str, scope: str) -> None:
    """Say no to a version that waits: it is refused."""
    _say(session, "deny", name, reason, scope=scope)


@approval.command("withdraw")
@click.argument("name", metavar="MODEL/NUMBER")
@_REASON
@click.pass_obj
def withdraw(session: Session, name: str, reason: str) -> None:
    """Take your word back while the version waits."""
    _say(session, "withdraw", name, reason)


@approval.command("validate")
@click.argument("name", metavar="MODEL/NUMBER")
@_REASON
@_SCOPE
@click.pass_obj
def validate(session: Session, name: str, reason: str, scope: str) -> None:
    """Vouch for a version as a validator, who does not approve it."""
    _say(session, "validate", name, reason, scope=scope)


@approval.command("break-glass")
@click.argument("name", metavar="MODEL/NUMBER")
@_REASON
@click.option("--length", default="4h", show_default=True, help="For how long; a day at most.")
@click.pass_obj
def break_glass(session: Session, name: str, reason: str, length: str) -> None:
    """Let a version pass without approvals; a finding asks for its review."""
    _say(session, "break-glass", name, reason, length=length)


@approval.command("review")
@click.argument("name", metavar="MODEL/NUMBER")
@_REASON
@click.pass_obj
def review(session: Session, name: str, reason: str) -> None:
    """Close the finding of a broken glass; who broke it may not."""
    _say(session, "review", name, reason)


@approval.command("delegate")
@click.option("--name", required=True, help="Who speaks for you.")
@click.option("--until", type=click.DateTime(), required=True, help="Until when, in UTC.")
@click.pass_obj
def delegate(session: Session, name: str, until: datetime) -> None:
    """Mint a deputy's key: it approves for you until then, and may do no more."""
    from datetime import UTC

    from tenure.cli.reach import tenant_id
    from tenure.sdk.nouns import address

    place = address("tenants", tenant_id(session), "approvals", "deputies")
    body = {"name": name, "until": until.replace(tzinfo=UTC).isoformat()}
    made = session.client.post(place, body)
    flat = {**made["key"], "text": made["text"]}
    session.printer.one(flat, made["text"], named="text")
    session.printer.say(f"key {flat['id']} of {name}; it is not shown again")


def _say(session: Session, word: str, name: str, reason: str, **more: str) -> None:
    from tenure.cli.reach import version_of

    (owner, model), number = version_of(session, name)
    said = session.client.models[f"{owner}/{model}"].say(word, int(number), reason, **more)
    session.printer.one(said, f"{word} {owner}/{model}/{number} ({said['id']})")
