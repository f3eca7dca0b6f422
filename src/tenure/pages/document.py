"""A document as a page: the same facts and tables as its Markdown, to be read and printed."""

from collections.abc import Iterator
from html import escape

from tenure.core.documents.tree import Document, Fact, Grid, Part, said
from tenure.pages.parts import Cell, document, facts, table

_DEEPEST = 4


def page(told: Document) -> str:
    """Return the whole page."""
    as_of = f"as of {told.at:%Y-%m-%d %H:%M} UTC"
    body = [
        f"<h1>{escape(told.title)}</h1>",
        f'<p class="lead">{escape(told.subtitle)}</p><p class="soft">{as_of}</p>',
    ]
    if told.front:
        body.append(facts({one.name: said(one.value) for one in told.front}))
    body.append(_contents(told))
    for place, part in enumerate(told.parts):
        body += [f'<section class="depth" id="s{place}">', *_part(part, 2), "</section>"]
    if told.foot:
        body.append(f'<footer class="soft"><p>{escape(told.foot)}</p></footer>')
    return document(told.title, body)


def _contents(told: Document) -> str:
    lines = (
        f'<li><a href="#s{place}">{escape(part.title)}</a></li>'
        for place, part in enumerate(told.parts)
    )
    return f'<nav><ul class="toc">{"".join(lines)}</ul></nav>'


def _part(part: Part, level: int) -> Iterator[str]:
    yield f"<h{level}>{escape(part.title)}</h{level}>"
    if part.says:
        yield f'<p class="soft">{escape(part.says)}</p>'
    if part.facts:
        yield f'<dl class="record">{"".join(map(_line, part.facts))}</dl>'
    for grid in part.grids:
        yield _grid(grid)
    for inner in part.parts:
        yield from _part(inner, min(level + 1, _DEEPEST))


def _line(fact: Fact) -> str:
    name = f"<dt>{escape(fact.name)}</dt>"
    if fact.is_open:
        return f'{name}<dd class="ask"><b>to be written by a person</b>: {escape(fact.ask)}</dd>'
    source = "declared" if fact.declared else fact.source
    small = f"<small>{escape(source)}</small>" if source else ""
    return f"{name}<dd>{escape(said(fact.value))}{small}</dd>"


def _grid(grid: Grid) -> str:
    numbers = [grid.is_number(place) for place in range(len(grid.heads))]
    heads = [Cell(head, number=is_one) for head, is_one in zip(grid.heads, numbers, strict=True)]
    rows = [
        [Cell(said(value), number=is_one) for value, is_one in zip(row, numbers, strict=True)]
        for row in grid.rows
    ]
    caption = f"{grid.caption} ({grid.source})" if grid.source else grid.caption
    return table(heads, rows, caption=caption)
