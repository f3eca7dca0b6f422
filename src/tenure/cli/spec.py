"""`tenure spec`: the spec file itself."""

import json

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session

spec = noun("spec", "The spec file itself.")


@spec.command("schema")
@click.pass_obj
def schema(session: Session) -> None:
    """Print the JSON Schema of tenure.toml, for editors."""
    from tenure.core.spec.schema import json_schema

    indent = None if session.printer.form == "jsonl" else 2
    click.echo(json.dumps(json_schema(), ensure_ascii=False, indent=indent))
