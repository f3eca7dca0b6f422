"""`tenure label`: post the truth from a file."""

from pathlib import Path

import click

from tenure.cli.frame import noun
from tenure.cli.session import Session
from tenure.core.media import labels_media

label = noun("label", "The truth that arrives later.")


@label.command("add")
@click.argument("name", metavar="MODEL")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def add(session: Session, name: str, file: Path) -> None:
    """Post the labels of a CSV, Parquet or JSON file; the worker joins them.

    It has the model's key columns (or request_id) and its target column.
    """
    from tenure.cli.reach import model_address, model_of

    media = labels_media(str(file))
    place = model_address(model_of(session, name), "labels")
    receipt = session.client.upload(place, file.read_bytes(), media)
    aside = sum(receipt["quarantined"].values())
    words = f"{receipt['rows']:,} labels taken in"
    if aside:
        words += (
            f"; put aside: {', '.join(f'{n} {why}' for why, n in receipt['quarantined'].items())}"
        )
    session.printer.one(receipt, words, named="batch")
    if session.local is not None:
        session.local.work_until_settled()
