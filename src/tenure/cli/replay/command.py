"""`tenure replay`: a recorded stream drives business time, over real HTTP."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tenure.cli.frame import command
from tenure.cli.session import Session

if TYPE_CHECKING:
    from tenure.cli.replay.course import Asked, Course


@command("replay")
@click.argument(
    "stream", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path),
    default=Path("tenure.toml"),
    show_default=True,
    help="The spec; a blueprint replays all its tenants together.",
)
@click.option("--from", "since", metavar="DATE", help="Rows known before train; later ones come.")
@click.option("--to", "until", metavar="DATE", help="Where to stop [default: the stream's end].")
@click.option("--step", default="1d", show_default=True, help="How far the clock moves at once.")
@click.option("--seed", type=click.IntRange(0), help="Seed of all training, instead of the spec's.")
@click.option("--speed", default="max", show_default=True, help="Or business seconds a second.")
@click.option("--report", type=click.Path(path_type=Path), help="Write report.json and .html here.")
@click.pass_obj
def replay(session: Session, /, stream: Path | None, file: Path, **options: Any) -> None:
    """Drive business time with a stream.

    The stream is a CSV or Parquet file; left out, it is [data] source of the spec. Trains on the rows whose truth is known before --from; then each row is predicted when its
    time has come, over HTTP, and its truth is posted when it is known. Runs the house by itself
    when no `tenure up` does. Ctrl-C keeps everything; the same command goes on.
    """
    from tenure.cli.replay.course import Asked, Course, instant, span, speed

    since, until = options["since"], options["until"]
    course = Course(
        since=instant(since, "--from") if since else None,
        until=instant(until, "--to") if until else None,
        step=span(options["step"]),
        speed=speed(options["speed"]),
    )
    asked = Asked(file, stream, options["seed"])
    run(session, asked, course, Showing(report=options["report"]))


@dataclass(frozen=True, slots=True)
class Showing:
    """What is shown at the end, and where the report goes. `names` are those of new tenants."""

    report: Path | None = None
    title: str = ""
    word: str = "tenant"
    names: Mapping[str, str] = field(default_factory=dict)
    after: tuple[str, ...] = ()


def run(session: Session, asked: "Asked", course: "Course", showing: Showing) -> None:
    """Replay, then print the outcome; Ctrl-C says how to go on and exits with 130."""
    from tenure.cli.replay.course import make_tenants, streams, tracks_of
    from tenure.cli.replay.drive import Replay, no_beginning
    from tenure.cli.replay.private import up_for
    from tenure.cli.replay.progress import progress_for

    begun = time.monotonic()
    printer = session.printer
    progress = progress_for(quiet=printer.quiet, plain=printer.plain)
    found = streams(asked)
    for stream in found:
        if stream.left_out:
            progress.say(f"{stream.left_out} rows have no readable time and are left out")
    if course.since is None and _is_new(session):
        raise no_beginning(found)
    try:
        with up_for(session.settings):
            client = session.client
            make_tenants(client, found, showing.names)
            serving = client.serving.url
            with tracks_of(found, client, serving, session.settings) as tracks:
                span = Replay(client, tracks, course, progress).run()
                _conclude(session, tracks, span, showing, time.monotonic() - begun)
    except KeyboardInterrupt:
        progress.end()
        printer.say("\nstopped; everything is kept, and the same command goes on from here")
        raise


def _is_new(session: Session) -> bool:
    """Whether the home has never been up, so that no replay can go on there."""
    from tenure.app import home

    return not session.settings.server and not home.read_keys(session.settings.home).house


def _conclude(session: Session, tracks: Any, span: Any, showing: Showing, seconds: float) -> None:
    """Ask for the outcomes, write the report, print the screen."""
    from tenure.cli.replay.ending import ledger_line
    from tenure.cli.report.figures import lanes_of, report_of
    from tenure.cli.report.page import page
    from tenure.cli.report.screen import Closing, screen

    since, until = span
    session.printer.say("reading the log: what each lane was worth, and each refused version")
    outcomes = [
        {**track.handle.outcome(since, until), "resting": track.resting} for track in tracks
    ]
    report, lanes = report_of(outcomes), lanes_of(outcomes)
    after = list(showing.after)
    if showing.report is not None:
        after.insert(0, f"report: {showing.report / 'report.html'}")
    title = showing.title or f"{since:%Y-%m-%d} … {until:%Y-%m-%d}"
    tenants = sorted({track.tenant for track in tracks})
    ledger = ledger_line(session.client, tenants)
    closing = Closing(title, seconds, ledger, tuple(after), showing.word)
    if showing.report is not None:
        showing.report.mkdir(parents=True, exist_ok=True)
        text = json.dumps(report, indent=1, ensure_ascii=False)
        (showing.report / "report.json").write_text(text + "\n", encoding="utf-8")
        (showing.report / "report.html").write_text(page(report, lanes, closing), encoding="utf-8")
    for track in tracks:
        for words, rows in track.tally.refused.most_common(3):
            session.printer.say(f"{track.path}: {rows:,} rows put aside: {words}")
    if session.printer.form == "table":
        click.echo(screen(report, lanes, closing))
    else:
        session.printer.one(report, "", named="overall")
