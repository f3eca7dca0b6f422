"""One thing in words: its name, then what is known of it, aligned."""

from collections.abc import Mapping, Sequence
from typing import Any

from tenure.cli.output import cell

_LONGEST = 100


def details(title: str, row: Mapping[str, Any], skip: Sequence[str] = ()) -> str:
    """Return `title` and every value of `row` that is not empty, nested ones indented."""
    return "\n".join([title, *_lines(row, "  ", frozenset(skip))])


def _lines(row: Mapping[str, Any], indent: str, skip: frozenset[str]) -> list[str]:
    shown = {name: value for name, value in row.items() if name not in skip and _is_said(value)}
    width = max((len(name) for name in shown), default=0)
    lines = []
    for name, value in shown.items():
        words = cell(value)
        head = f"{indent}{name.replace('_', ' ').ljust(width)}"
        if isinstance(value, Mapping) and len(words) > _LONGEST:
            lines += [head.rstrip(), *_lines(value, indent + "  ", frozenset())]
        elif _are_rows(value):
            lines.append(head.rstrip())
            lines += [f"{indent}  {_short(cell(item))}" for item in value]
        else:
            lines.append(f"{head}  {words}")
    return lines


def _is_said(value: Any) -> bool:
    return value not in (None, "", [], {})


def _are_rows(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], Mapping)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
