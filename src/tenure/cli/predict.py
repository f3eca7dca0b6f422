"""`tenure predict`: answer the rows of a table that may be larger than memory."""

import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tenure.cli.session import Session
from tenure.core.errors import invalid
from tenure.core.words import count

if TYPE_CHECKING:
    from tenure.ports.batches import Begun, Sink, Source

_EVERY_SECONDS = 1.0
_PATH = click.Path(path_type=Path, dir_okay=False)


@click.command("predict")
@click.argument("name", metavar="MODEL")
@click.argument("file", type=_PATH, required=False)
@click.option("--query-file", type=_PATH, help="Rows of this SQL query instead of a file.")
@click.option("--url", help='The database of the query and of --out-table: "env:NAME".')
@click.option("--out", type=_PATH, help="Write the answers to this Parquet file.")
@click.option("--out-table", help="Append the answers to this table of --url.")
@click.pass_obj
def predict(  # one option each
    session: Session,
    name: str,
    file: Path | None,
    query_file: Path | None,
    url: str | None,
    out: Path | None,
    out_table: str | None,
) -> None:
    """Answer the rows of a file or a query, into another.

    MODEL is TENANT/NAME. Every answer is logged like a request. What was interrupted goes on when the same command is given again.
    """
    from tenure.app import batch
    from tenure.cli.reach import model_of
    from tenure.services import predict as service

    if session.settings.server:
        raise invalid(
            "batch.needs_home", "a batch runs where the home is", hint="leave --server out"
        )
    source, sink = _source(file, query_file, url), _sink(out, out_table, url)
    path = "/".join(model_of(session, name))
    progress = _Progress(source.rows, quiet=session.quiet)
    try:
        with batch.opened(session.settings.home) as desk:
            done = service.batch(desk, path, source, sink, progress)
    except KeyboardInterrupt:
        click.echo("\ninterrupted: the same command goes on from here", err=True)
        raise
    facts = {
        "model": path,
        "rows": done.rows,
        "answered": done.answered,
        "put_aside": {why: rows for why, (rows, _) in done.quarantined.items()},
        "batch": done.id,
        "out": str(out) if out is not None else out_table,
    }
    words = f"{path} answered {count(done.answered, 'row')} → {facts['out']}"
    lines = [f"  put aside {rows:,} {why}, such as {one}" for why, (rows, one) in _sorted(done)]
    session.printer.one(facts, "\n".join([words, *lines]), named="batch")


class _Progress:
    """Says once a second how far it has come, on stderr."""

    def __init__(self, rows: int | None, *, quiet: bool) -> None:
        self._of = f" of {rows:,}" if rows is not None else ""
        self._quiet = quiet
        self._said = self._began = time.monotonic()
        self._first: int | None = None

    def __call__(self, begun: "Begun") -> None:
        if self._first is None:
            self._first = begun.rows
            if begun.rows and not self._quiet:
                click.echo(f"going on after {begun.rows:,} rows", err=True)
        now = time.monotonic()
        if self._quiet or now - self._said < _EVERY_SECONDS:
            return
        self._said = now
        speed = (begun.rows - self._first) / (now - self._began)
        click.echo(f"{begun.rows:,}{self._of} rows, {speed:,.0f} a second", err=True)


def _source(file: Path | None, query_file: Path | None, url: str | None) -> "Source":
    from tenure.app import batch

    if (file is None) == (query_file is None):
        raise invalid(
            "batch.no_rows_named",
            "name the rows: a file, or --query-file with --url",
            hint="tenure predict DL/arrival-delay flights.parquet --out answers.parquet",
        )
    if file is not None:
        return batch.rows_of(file)
    assert query_file is not None  # noqa: S101  # the file is None
    try:
        query = query_file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise invalid("batch.no_query", f"{query_file} cannot be read: {error}") from error
    return batch.rows_of_query(_named(url, "--query-file"), query)


def _sink(out: Path | None, out_table: str | None, url: str | None) -> "Sink":
    from tenure.app import batch

    if (out is None) == (out_table is None):
        raise invalid("batch.no_out", "say where the answers go: --out or --out-table")
    return (
        batch.to_file(out)
        if out is not None
        else batch.to_table(_named(url, "--out-table"), str(out_table))
    )


def _named(url: str | None, option: str) -> str:
    if url is None:
        raise invalid("batch.no_url", f"{option} needs a database", hint="--url env:WAREHOUSE")
    return url


def _sorted(done: "Begun") -> list[tuple[str, tuple[int, str]]]:
    return sorted(done.quarantined.items(), key=lambda item: -item[1][0])
