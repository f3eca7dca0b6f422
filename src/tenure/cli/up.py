"""`tenure up`: run api, serving and worker on a home."""

import json
import sys
from typing import TYPE_CHECKING

import click

from tenure.cli.frame import command
from tenure.cli.session import Session

if TYPE_CHECKING:
    from tenure.app.up import Started


@command("up")
@click.option("--api-port", type=int, help="Port of the API and console [default: 8700].")
@click.option("--serving-port", type=int, help="Port that answers predictions [default: 8701].")
@click.option("--serving-grpc-port", type=int, help="Port that answers over gRPC [default: none].")
@click.option("--serving-workers", type=int, help="Processes that answer predictions [default: 1].")
@click.option("--workers", type=int, help="Jobs that run at the same time [default: 2].")
@click.pass_obj
def up(
    session: Session,
    api_port: int | None,
    serving_port: int | None,
    serving_grpc_port: int | None,
    serving_workers: int | None,
    workers: int | None,
) -> None:
    """Run api, serving and worker on a home until Ctrl-C.

    The first start makes the home and prints an admin key, once. A process that dies is started
    again; after kill -9 of everything the next `up` goes on where it stopped.
    """
    from tenure.app import up as running

    session.flags |= {
        "api.port": api_port,
        "serving.port": serving_port,
        "serving.grpc_port": serving_grpc_port,
        "serving.workers": serving_workers,
        "workers": workers,
    }
    settings = session.settings

    def started(facts: "Started") -> None:
        if session.form in {"json", "jsonl"}:
            click.echo(json.dumps({name: getattr(facts, name) for name in facts.__slots__}))
        else:
            click.echo(_words(facts, str(settings.home)), err=True)
        sys.stdout.flush()

    running.run(settings, started, lambda words: click.echo(words, err=True))


def _words(facts: "Started", folder: str) -> str:
    lines = [
        f"tenure is up on {folder}",
        f"  api      {facts.api}",
        f"  serving  {facts.serving}",
    ]
    if facts.grpc:
        lines.append(f"  gRPC     {facts.grpc}")
    if facts.admin_key:
        lines += [
            f"  admin key, shown only now: {facts.admin_key}",
            "  this user's commands on this home need no key",
        ]
    lines.append("  stop with Ctrl-C")
    return "\n".join(lines)
