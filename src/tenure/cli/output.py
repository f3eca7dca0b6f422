"""How answers look: a table for people, JSON, JSON lines or CSV for programs.

Answers go to stdout; words about what was done go to stderr, and `-q` leaves only ids.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

Row = Mapping[str, Any]
_INSTANT = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(:\d\d)?(\.\d+)?(Z|\+00:00)")


@dataclass(frozen=True, slots=True)
class Printer:
    """Prints in one form. `form` is one of `session.FORMS`."""

    form: str = "table"
    quiet: bool = False
    plain: bool = False

    def say(self, words: str) -> None:
        """Say to the person what was done; programs never see it."""
        if not self.quiet:
            click.echo(words, err=True)

    def rows(self, rows: Sequence[Row], columns: Sequence[str], *, named: str = "id") -> None:
        """Print many things. A table has only `columns`; `named` is what `-q` prints."""
        if self.quiet:
            _lines(str(row[named]) for row in rows)
        elif self.form == "table":
            _lines(self._table(rows, columns))
        elif self.form == "csv":
            _csv(rows)
        elif self.form == "jsonl":
            _lines(json.dumps(row, ensure_ascii=False) for row in rows)
        else:
            click.echo(json.dumps(list(rows), ensure_ascii=False, indent=2))

    def one(self, row: Row, words: str, *, named: str = "id") -> None:
        """Print one thing; as a table it is `words`."""
        if self.quiet:
            click.echo(str(row[named]))
        elif self.form == "table":
            click.echo(words)
        elif self.form == "csv":
            _csv([row])
        else:
            indent = 2 if self.form == "json" else None
            click.echo(json.dumps(row, ensure_ascii=False, indent=indent))

    def _table(self, rows: Sequence[Row], columns: Sequence[str]) -> list[str]:
        cells = [[cell(row.get(column)) for column in columns] for row in rows]
        heads = [column.replace("_", " ").upper() for column in columns]
        lines = aligned([heads, *cells], [_is_number(rows, column) for column in columns])
        if not self.plain and sys.stdout.isatty():
            lines[0] = click.style(lines[0], bold=True)
        return lines


def cell(value: Any) -> str:
    """Return a value as people read it."""
    if value is None or value == "":
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value) or "-"
    if isinstance(value, dict):
        return ", ".join(f"{name} {cell(item)}" for name, item in value.items()) or "-"
    return instant(str(value))


def instant(text: str) -> str:
    """Return ISO instants shortened to the minute, in UTC as everything is."""
    return _INSTANT.sub(r"\1 \2", text)


def aligned(lines: Sequence[Sequence[str]], right: Sequence[bool]) -> list[str]:
    """Return lines of cells as text in columns; numbers stand to the right."""
    if not lines:
        return []
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    padded = [
        [
            text.rjust(width) if to_right else text.ljust(width)
            for text, width, to_right in zip(line, widths, right, strict=True)
        ]
        for line in lines
    ]
    return ["  ".join(line).rstrip() for line in padded]


def _is_number(rows: Sequence[Row], column: str) -> bool:
    values = [row.get(column) for row in rows]
    numbers = [v for v in values if isinstance(v, int | float) and not isinstance(v, bool)]
    return bool(numbers) and all(v is None or v in numbers for v in values)


def _csv(rows: Sequence[Row]) -> None:
    import csv

    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_flat(row.get(column)) for column in columns])


def _flat(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _lines(lines: Any) -> None:
    for line in lines:
        click.echo(line)
