"""A document as Markdown (CommonMark with GitHub's tables), and the front matter of a card.

Texts come from people: whatever would be markup in them is escaped.
"""

import json
import re
from collections.abc import Iterator, Mapping

from tenure.core.documents.tree import Document, Fact, Grid, Part, said

_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~!])")


def markdown(document: Document, front: Mapping[str, object] | None = None) -> str:
    """Return the whole text; `front` is what stands before it, as YAML."""
    lines = [*_front(front or {}), f"# {_escaped(document.title)}", ""]
    lines += [f"{_escaped(document.subtitle)} · as of {document.at:%Y-%m-%d %H:%M} UTC", ""]
    if document.front:
        figures = " · ".join(f"{_escaped(one.name)} **{_text(one)}**" for one in document.front)
        lines += [figures, ""]
    for part in document.parts:
        lines += _part(part, 2)
    if document.foot:
        lines += ["---", "", f"*{_escaped(document.foot)}*", ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _front(front: Mapping[str, object]) -> Iterator[str]:
    """Yield YAML 1.2: every value as JSON, which is YAML."""
    if front:
        yield "---"
        for name, value in front.items():
            yield f"{name}: {json.dumps(value, ensure_ascii=False)}"
        yield "---"
        yield ""


def _part(part: Part, level: int) -> Iterator[str]:
    yield f"{'#' * min(level, 6)} {_escaped(part.title)}"
    yield ""
    if part.says:
        yield _escaped(part.says)
        yield ""
    for fact in part.facts:
        yield f"- {_escaped(fact.name)}: {_text(fact)}{_source(fact)}"
    if part.facts:
        yield ""
    for grid in part.grids:
        yield from _grid(grid)
    for inner in part.parts:
        yield from _part(inner, level + 1)


def _text(fact: Fact) -> str:
    if fact.is_open:
        return f"**to be written by a person**: {_escaped(fact.ask)}"
    return _escaped(said(fact.value))


def _source(fact: Fact) -> str:
    if fact.is_open or not fact.source:
        return ""
    words = "declared" if fact.declared else _escaped(fact.source)
    return f" ({words})"


def _grid(grid: Grid) -> Iterator[str]:
    source = f" ({_escaped(grid.source)})" if grid.source else ""
    yield f"{_escaped(grid.caption)}{source}:"
    yield ""
    yield f"| {' | '.join(_escaped(head) or ' ' for head in grid.heads)} |"
    marks = ("---:" if grid.is_number(place) else "---" for place in range(len(grid.heads)))
    yield f"| {' | '.join(marks)} |"
    for row in grid.rows:
        yield f"| {' | '.join(_escaped(said(value)) for value in row)} |"
    yield ""


def _escaped(text: str) -> str:
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))
