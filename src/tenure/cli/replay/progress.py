"""Shows where a replay is: a bar on a terminal, a line a month elsewhere. Always on stderr."""

import sys
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from tenure.cli.replay.drive import Progress
from tenure.cli.replay.track import Track

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

_MOST_NAMED = 6


def progress_for(*, quiet: bool, plain: bool) -> Progress:
    """Return what suits where the words go."""
    if quiet:
        return Silent()
    return Lines() if plain or not sys.stderr.isatty() else Bars()


class Silent:
    """Says nothing."""

    def begin(self, since: datetime, until: datetime) -> None:
        pass

    def say(self, words: str) -> None:
        pass

    def step(self, at: datetime, tracks: Sequence[Track], findings: int) -> None:
        pass

    def end(self) -> None:
        pass


class Lines:
    """One line at the beginning of each month of business time."""

    def __init__(self) -> None:
        self._shown: tuple[int, int] | None = None
        self._last = ""

    def begin(self, since: datetime, until: datetime) -> None:
        click.echo(f"replaying {since:%Y-%m-%d} … {until:%Y-%m-%d}", err=True)
        self._shown = (since.year, since.month)

    def say(self, words: str) -> None:
        click.echo(words, err=True)

    def step(self, at: datetime, tracks: Sequence[Track], findings: int) -> None:
        self._last = f"{at:%Y-%m-%d}  {summary(tracks, findings)}"
        if (at.year, at.month) != self._shown:
            self._shown = (at.year, at.month)
            click.echo(self._last, err=True)
            self._last = ""

    def end(self) -> None:
        if self._last:
            click.echo(self._last, err=True)


class Bars:
    """One bar that follows business time."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._task: TaskID | None = None
        self._since: datetime | None = None

    def begin(self, since: datetime, until: datetime) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(
            TextColumn("{task.fields[day]}"),
            BarColumn(bar_width=24),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[words]}"),
            console=Console(stderr=True),
        )
        seconds = (until - since).total_seconds()
        self._since = since
        self._task = self._bar.add_task("", total=seconds, day=f"{since:%Y-%m-%d}", words="")
        self._bar.start()

    def say(self, words: str) -> None:
        if self._bar is not None:
            self._bar.console.print(words, highlight=False)
        else:
            click.echo(words, err=True)

    def step(self, at: datetime, tracks: Sequence[Track], findings: int) -> None:
        if self._bar is None or self._task is None or self._since is None:
            return
        done = (at - self._since).total_seconds()
        words = summary(tracks, findings)
        self._bar.update(self._task, completed=done, day=f"{at:%Y-%m-%d}", words=words)

    def end(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


def summary(tracks: Sequence[Track], findings: int) -> str:
    """Return what was sent so far, which version answers for whom, and what is red."""
    predictions = sum(track.tally.predictions for track in tracks)
    labels = sum(track.tally.labels for track in tracks)
    refused = sum(track.tally.refused.total() for track in tracks)
    parts = [f"{predictions:,} predictions", f"{labels:,} labels"]
    if refused:
        parts.append(f"{refused:,} put aside")
    shown = tracks[:_MOST_NAMED]
    versions = " ".join(f"{t.tenant} v{t.tally.version}" for t in shown if t.tally.version)
    if versions:
        parts.append(versions + (" …" if len(tracks) > _MOST_NAMED else ""))
    if findings:
        parts.append(f"{findings} finding{'s' if findings != 1 else ''} open")
    return "  ".join(parts)
