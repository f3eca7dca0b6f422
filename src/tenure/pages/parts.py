"""Pieces of a page; every text is escaped here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `raw` says that the text is HTML of ours."""

    text: str
    number: bool = False
    best: bool = False
    raw: bool = False

    @property
    def html(self) -> str:
        return self.text if self.raw else escape(self.text)

    @property
    def style(self) -> str:
        names = [name for name, on in (("n", self.number), ("best", self.best)) if on]
        return f' class="{" ".join(names)}"' if names else ""


def document(title: str, body: Sequence[str]) -> str:
    """Return a whole page; `body` is HTML of ours."""
    style = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>\n{style}</style></head>\n<body><main>\n"
        + "\n".join(body)
        + "\n</main></body></html>\n"
    )


def table(
    heads: Sequence[Cell], rows: Sequence[Sequence[Cell]], *, caption: str, has_sum: bool = False
) -> str:
    """Return a table; `has_sum` marks its last row."""
    head = "".join(f'<th scope="col"{cell.style}>{cell.html}</th>' for cell in heads)
    body = []
    for place, row in enumerate(rows):
        style = ' class="sum"' if has_sum and place == len(rows) - 1 else ""
        cells = "".join(f"<td{cell.style}>{cell.html}</td>" for cell in row)
        body.append(f"<tr{style}>{cells}</tr>")
    return (
        f'<div class="wide"><table><caption>{escape(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def facts(values: Mapping[str, str]) -> str:
    """Return figures with their names, side by side."""
    parts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in values.items()
    )
    return f'<dl class="facts">{parts}</dl>'


def figure_key(lanes: Sequence[tuple[str, str, str]]) -> str:
    """Return the key to the plots: (style, name, words) per lane."""
    parts = "".join(
        f'<span><svg viewBox="0 0 28 10" aria-hidden="true"><path class="k{style}" d="M0 5h28"/></svg>'
        f"<b>{escape(name)}</b> {escape(words)}</span>"
        for style, name, words in lanes
    )
    return f'<p class="key">{parts}</p>'


def tag(word: str) -> str:
    """Return a state as a coloured word."""
    return f'<span class="tag {escape(word, quote=True)}">{escape(word)}</span>'
