"""Documents from what is recorded: `tenure model card | annex | changelog | bom | inventory`."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tenure.cli.frame import command
from tenure.cli.session import Session
from tenure.core.words import count

if TYPE_CHECKING:
    from tenure.sdk.documents import Documents

_NAME = click.argument("name", metavar="MODEL[/NUMBER]")
_OUT = click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Write it to this file: .md, .html or .json by its name.",
)


@command("card")
@_NAME
@_OUT
@click.pass_obj
def card(session: Session, name: str, out: Path | None) -> None:
    """Write the model card, of the live version unless one is named."""
    _document(session, "card", name, out)


@command("annex")
@_NAME
@_OUT
@click.pass_obj
def annex(session: Session, name: str, out: Path | None) -> None:
    """Write a draft of the technical documentation by Annex IV of the EU AI Act.

    What is recorded is filled in with where it stands; what a person has to write is marked.
    """
    _document(session, "annex", name, out)


@command("changelog")
@click.argument("name", metavar="MODEL")
@_OUT
@click.pass_obj
def changelog(session: Session, name: str, out: Path | None) -> None:
    """Write what came into force when, why, and what of it was new."""
    _document(session, "changelog", name, out)


@command("bom")
@_NAME
@click.option("--out", type=click.Path(path_type=Path), help="Write it to this file.")
@click.pass_obj
def bom(session: Session, name: str, out: Path | None) -> None:
    """Write the ML-BOM of a version in CycloneDX 1.6."""
    documents, version = _documents(session, name)
    text = json.dumps(documents.bom(version), ensure_ascii=False, indent=2) + "\n"
    _put(session, text, out)


@command("history")
@click.argument("name", metavar="MODEL")
@click.pass_obj
def history(session: Session, name: str) -> None:
    """Show which version was champion when, why, who approved it, and how that ended."""
    documents, _ = _documents(session, name)
    rows = documents.history()
    columns = ["version", "since", "until", "why", "by", "approved_by", "ended"]
    session.printer.rows(rows, columns, named="version")


@command("inventory")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Write every column to this .csv or .xlsx file."
)
@click.pass_obj
def inventory(session: Session, out: Path | None) -> None:
    """List models with owner, tier, version, worth, findings, approvals and readiness."""
    from tenure.cli import spreadsheet
    from tenure.cli.reach import tenant_ids
    from tenure.sdk.nouns import address

    rows = [
        {"name": f"{line['tenant']}/{line['model']}", **line}
        for owner in tenant_ids(session)
        for line in session.client.pages(address("tenants", owner, "inventory"), limit=100)
    ]
    if out is not None:
        spreadsheet.write(
            out, [{k: v for k, v in row.items() if k != "name"} for row in rows], "models"
        )
        session.printer.say(f"wrote {out}: {count(len(rows), 'model')}")
        return
    columns = ["name", "state", "tier", "owner", "version", "metric", "value", "production"]
    columns += ["labels", "open_findings", "approved_by", "readiness"]
    session.printer.rows(rows, columns, named="name")


COMMANDS = (card, annex, changelog, bom, history, inventory)


def _document(session: Session, kind: str, name: str, out: Path | None) -> None:
    documents, version = _documents(session, name)
    drawn = documents.get(kind, version)
    suffix = out.suffix.lower() if out is not None else ""
    if session.printer.form == "json" or suffix == ".json":
        _put(session, json.dumps(drawn["document"], ensure_ascii=False, indent=2) + "\n", out)
    else:
        _put(session, str(drawn["html" if suffix in {".html", ".htm"} else "markdown"]), out)


def _documents(session: Session, name: str) -> "tuple[Documents, int | None]":
    """Return the documents of a model, and the version that is named."""
    from tenure.cli.reach import model_of

    path, _, number = name.rpartition("/")
    version = int(number) if path and number.isdigit() else None
    owner, model = model_of(session, path if version else name)
    return session.client.models[f"{owner}/{model}"].documents, version


def _put(session: Session, text: str, out: Path | None) -> None:
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    session.printer.say(f"wrote {out}")
