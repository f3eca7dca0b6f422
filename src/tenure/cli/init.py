"""`tenure init`: write a starter `tenure.toml`, from the columns of a file when there is one."""

from pathlib import Path

import click

from tenure.cli.frame import command
from tenure.cli.session import Session
from tenure.core.errors import conflict


@command("init")
@click.argument(
    "data", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--target", help="The column to predict.")
@click.option("--time", "time_column", help="The column that says when a row is predicted.")
@click.option("--key", "keys", multiple=True, help="A column that names a row; may be repeated.")
@click.option("--name", help="The model's name [default: the target's].")
@click.option("--code", is_flag=True, help="Also write training code of your own, and its test.")
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    default=Path("tenure.toml"),
    show_default=True,
    help="Where to write.",
)
@click.pass_obj
def init(  # noqa: PLR0913  # one option each
    session: Session,
    data: Path | None,
    target: str | None,
    time_column: str | None,
    keys: tuple[str, ...],
    name: str | None,
    file: Path,
    *,
    code: bool,
) -> None:
    """Write a starter tenure.toml.

    tenure init flights.csv --target late --time predicted_at --key flight_id
    """
    from tenure.cli.starter import Wish, starter
    from tenure.cli.training_code import training_code

    owner = session.settings.tenant or "acme"
    started = starter(Wish(data, file.parent, owner, target, time_column, keys, name, code))
    files = {file: started.text}
    if code:
        files |= {file.parent / n: text for n, text in training_code(started.task).items()}
    for place in files:
        if place.exists() and not session.yes:
            raise conflict(
                "init.exists", "is there already", where=str(place), hint="--yes replaces it"
            )
    for place, text in files.items():
        place.write_text(text, encoding="utf-8")
        session.printer.one({"file": str(place)}, str(place), named="file")
    session.printer.say("next: tenure plan · tenure --yes apply --wait · tenure up")
