"""What long looks at files share: saying how far they have come, and writing a report."""

import time
from pathlib import Path

import click

_EVERY_SECONDS = 1.0


def write(path: Path, contents: str | bytes) -> None:
    """Write a file; raise what the command line shows when the place cannot be written."""
    try:
        path.write_bytes(contents.encode() if isinstance(contents, str) else contents)
    except OSError as error:
        raise click.ClickException(f"{path} cannot be written: {error.strerror}") from error


class Pace:
    """Says once a second how far it has come, on stderr; short files say nothing."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._said = time.monotonic()

    def say(self, words: str) -> None:
        """Say it, unless something was said within the second."""
        now = time.monotonic()
        if self._quiet or now - self._said < _EVERY_SECONDS:
            return
        self._said = now
        click.echo(words, err=True)
