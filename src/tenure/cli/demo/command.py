"""`tenure demo`: everything at once, on real data, by itself."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click

from tenure.cli.frame import command
from tenure.cli.session import Session

HOME = ".tenure-demo"
BEGIN, END = datetime(2013, 3, 1, tzinfo=UTC), datetime(2014, 1, 1, tzinfo=UTC)
_KNOWN = frozenset({"home.lock", "tenure.toml", "data", "client.json", "tenure.db"})


@command("demo")
@click.option(
    "--tenants", default="DL,B6,UA,EV", show_default=True, help="Airlines, or all of the sixteen."
)
@click.option("--seed", type=click.IntRange(0), default=7, show_default=True, help="Of training.")
@click.option("--until", metavar="DATE", help="Stop there, to go on later [default: 2014-01-01].")
@click.option("--fresh", is_flag=True, help="Begin again: delete the demo's home first.")
@click.pass_obj
def demo(session: Session, tenants: str, seed: int, until: str | None, *, fresh: bool) -> None:
    """Replay real flights of 2013 through the whole loop.

    Airlines are tenants. Their first models train on January and February; then March to
    December happen, flight by flight, over HTTP: predictions, late truths, findings, races,
    promotions and refusals. Takes about seven minutes for four airlines; Ctrl-C keeps everything.
    """
    from tenure.cli.demo import flights
    from tenure.cli.replay.command import Showing, run
    from tenure.cli.replay.course import Asked, Course, instant

    known = flights.known_airlines()
    names = flights.chosen(tenants, known)
    session.home = session.home or HOME
    home = session.settings.home
    if fresh:
        delete(home)
    session.printer.say(f"preparing the flights of {', '.join(names)} in {home}")
    spec = flights.write(home, names, seed)
    course = Course(
        since=BEGIN,
        until=min(END, instant(until, "--until")) if until else END,
        step=timedelta(days=1),
    )
    look = f"look around: {_up(home)}  ->  {session.settings.api.url}"
    showing = Showing(report=home, title="2013", word="airline", names=known, after=(look,))
    run(session, Asked(spec, None, None), course, showing)


def delete(home: Path) -> None:
    """Delete a home of the demo; raise `demo.not_ours` for any other folder, `home.busy`."""
    from tenure.app import home as homes
    from tenure.core.errors import conflict

    if not home.exists():
        return
    if any(home.iterdir()) and not any((home / name).exists() for name in _KNOWN):
        raise conflict(
            "demo.not_ours", "this folder is no home of Tenure; it is left alone", where=str(home)
        )
    with homes.held(home, "tenure demo --fresh"):
        for path in home.iterdir():
            if path.name == homes.LOCK:
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()


def _up(home: Path) -> str:
    return "make up" if str(home) == HOME else f"tenure --home {home} up"
