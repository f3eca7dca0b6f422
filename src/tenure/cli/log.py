"""`tenure log`: predictions that were made elsewhere, from a file."""

from pathlib import Path

import click

from tenure.cli.frame import command
from tenure.cli.session import Session
from tenure.core.media import PARQUET, labels_media


@command("log")
@click.argument("name", metavar="MODEL")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def log(session: Session, name: str, file: Path) -> None:
    """Log predictions that were made elsewhere.

    The file (CSV, Parquet or JSON) has a column probability (or value), the time, the key columns or request_id, and whatever
    features are known.
    """
    from tenure.cli.reach import model_address, model_of

    model = model_of(session, name)
    path, media = "/".join(model), labels_media(str(file))
    if media == PARQUET:  # which is taken apart where it is too large for one post
        from pyarrow.parquet import read_table

        receipt = session.client.log(path, read_table(file))
    else:
        place = model_address(model, "predictions")
        receipt = session.client.upload(place, file.read_bytes(), media)
    words = f"{receipt['rows']:,} predictions logged"
    if receipt["quarantined"]:
        aside = ", ".join(f"{rows} {why}" for why, rows in receipt["quarantined"].items())
        words += f"; put aside: {aside}"
    session.printer.one({"model": path, **receipt}, words, named="model")
    if session.local is not None:
        session.local.work_until_settled()
