#!/usr/bin/env python3
"""Write the reference pages that are read off the code: errors, clauses, events, metrics.

python docs/generate.py           writes docs/reference/*.md
python docs/generate.py --check   exit 1 when a page is not what it should be
"""

import ast
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from tenure.core.events import KINDS
from tenure.core.parameters import Param
from tenure.core.predicates import PREDICATES
from tenure.serving.families import FAMILIES

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "tenure"
PAGES = ROOT / "docs" / "reference"
CODE = re.compile(r"(<\w+>|[a-z][a-z0-9_]*)\.(<\w+>|[a-z][a-z0-9_]*)")
REASON = re.compile(r"(row|label|prediction)\.[a-z_]+")
HEAD = "<!-- written by docs/generate.py; change the code, not this page -->\n\n"


@dataclass(frozen=True)
class Raiser:
    """A call that makes an error: which argument is the code, and what stands around it."""

    place: int
    around: str = "{}"
    kind: str = ""


@dataclass
class Said:
    """What the code base says under one error code."""

    kinds: set[str] = field(default_factory=set)
    messages: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)


SEEDS = {
    "TenureError": Raiser(1),
    "RequestRefused": Raiser(1),
    "Failure": Raiser(1),
    "ErrorBody": Raiser(0),
    "invalid": Raiser(0, kind="invalid"),
    "not_found": Raiser(0, kind="not_found"),
    "conflict": Raiser(0, kind="conflict"),
    "refused": Raiser(0, kind="refused"),
}
REASONS = {
    "label.future": "the label is dated after the tenant's business time",
    "label.malformed": "the label is missing, is not a number or class, or names no row",
    "label.unreadable": "a posted batch is damaged on the disk",
    "label.unknown": "no prediction was known for the label until `[labels].final_after`",
    "label.unknown_class": "the label is none of the target's classes",
    "log.gap": "a damaged frame of the prediction log was skipped",
    "log.unreadable": "frames of the prediction log do not fit together",
    "row.bad_output": "an output is no number or probability of the model's classes",
    "row.bad_time": "the time column is empty or is no instant",
    "row.bad_type": "a value does not fit its column's type",
    "row.bad_version": "the version is no whole number from 0",
    "row.duplicate_key": "another row of the same table has the same key",
    "row.duplicate_request": "another row of the same table has the same request id",
    "row.future_time": "the row is dated later than it can be known",
    "row.malformed": "the line has too many or too few fields",
    "row.missing_key": "a key column is empty",
    "row.missing_value": "a column that allows no nulls is empty",
    "row.not_finite": "a value is NaN or infinite",
    "row.out_of_range": "a value is outside the declared bounds",
    "row.unknown_class": "the target is none of the known classes",
    "row.unknown_level": "a category is none of the declared levels",
    "row.unlabelled": "the target is empty",
}
"""Why rows are put aside: counted, shown, never lost silently."""


@cache
def trees() -> dict[str, ast.Module]:
    """Return the syntax tree of every module of the package."""
    files = sorted(SOURCE.rglob("*.py"))
    return {str(path.relative_to(SOURCE)): ast.parse(path.read_text("utf-8")) for path in files}


def text_of(node: ast.expr | None, names: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return a text with `<name>` for what is filled in; empty for what is no text.

    `names` are the texts that were given to variables before.
    """
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return names.get(node.id, "")
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return text_of(node.left, names) + text_of(node.right, names)
    if isinstance(node, ast.JoinedStr):
        return "".join(
            text_of(part) if isinstance(part, ast.Constant) else f"<{_name(part)}>"
            for part in node.values
        )
    return ""


def _name(part: ast.expr) -> str:
    words = re.findall(r"[a-z_]{2,}", ast.unparse(part).split("(")[-1].lower())
    return words[-1] if words else "value"


def called(call: ast.Call) -> str:
    """Return the last name of what is called: `add` of `problems.add(...)`."""
    return call.func.attr if isinstance(call.func, ast.Attribute) else ast.unparse(call.func)


def argument(call: ast.Call, place: int, name: str) -> ast.expr | None:
    """Return an argument by place or name."""
    if place < len(call.args):
        return call.args[place]
    return next((word.value for word in call.keywords if word.arg == name), None)


def wrappers(tree: ast.Module, known: dict[str, Raiser]) -> dict[str, Raiser]:
    """Return the functions that pass one of their own parameters on as an error's code."""
    found: dict[str, Raiser] = {}
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef):
            continue
        names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
        names = names[1:] if names[:1] in (["self"], ["cls"]) else names
        for call in ast.walk(function):
            raiser = known.get(called(call)) if isinstance(call, ast.Call) else None
            if raiser is None or not isinstance(call, ast.Call):
                continue
            code = argument(call, raiser.place, "code")
            template = f"<{code.id}>" if isinstance(code, ast.Name) else text_of(code)
            for place, name in enumerate(names):
                if name == "code" and "<code>" in template and function.name != "__init__":
                    around = raiser.around.format(template.replace("<code>", "{}"))
                    found[function.name] = Raiser(place, around, _kind(call, raiser))
    return found


def _kind(call: ast.Call, raiser: Raiser) -> str:
    first = ast.unparse(call.args[0]) if call.args else ""
    return first.removeprefix("Kind.").lower() if first.startswith("Kind.") else raiser.kind


@cache
def errors() -> dict[str, Said]:
    """Return every error code of the package with what is said under it."""
    found: dict[str, Said] = {}
    modules = trees()
    methods = wrappers(modules["core/spec/problems.py"], SEEDS)
    for tree in modules.values():
        known = {**SEEDS, **methods, **wrappers(tree, SEEDS)}
        for code, kind, message, hint in _raised(tree, known):
            said = found.setdefault(code, Said())
            said.kinds |= {kind} - {""}
            said.messages += [one for one in [message] if one and one not in said.messages]
            said.hints += [one for one in [hint] if one and one not in said.hints]
    return dict(sorted(found.items()))


def _raised(tree: ast.Module, known: dict[str, Raiser]) -> Iterator[tuple[str, str, str, str]]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            assigned = list(_assigned(function))
            texts: dict[str, str] = {}
            for name, value in assigned:
                if words := text_of(value):
                    texts[name] = f"{texts[name]} / {words}" if name in texts else words
            codes = [one for name, value in assigned if name == "code" for one in _codes(value)]
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and called(call) in known:
                    yield from _said(call, known[called(call)], texts, codes)
        elif isinstance(function, ast.Tuple) and len(function.elts) > 1:
            code, message = text_of(function.elts[0]), text_of(function.elts[1])
            if CODE.fullmatch(code) and " " in message:
                yield code, "", message, ""


def _said(
    call: ast.Call, raiser: Raiser, texts: Mapping[str, str], codes: list[str]
) -> Iterator[tuple[str, str, str, str]]:
    """Return what one call says: code, kind, message, hint."""
    message = text_of(argument(call, raiser.place + 1, "message"), texts)
    hint = text_of(argument(call, raiser.place + 2, "hint"), texts)
    given = argument(call, raiser.place, "code")
    by_name = isinstance(given, ast.Name) and given.id == "code"
    for code in codes if by_name else _codes(given):
        whole = raiser.around.format(code)
        if CODE.fullmatch(whole) and "<code>" not in whole:
            yield whole, _kind(call, raiser), message, hint


def _assigned(function: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    """Return what is assigned to plain names, `code, message = "a.b", "words"` included."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, value = node.targets[0], node.value
            if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
                pairs = zip(target.elts, value.elts, strict=False)
                yield from ((one.id, worth) for one, worth in pairs if isinstance(one, ast.Name))
            elif isinstance(target, ast.Name):
                yield target.id, value


def _codes(node: ast.expr | None) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_codes(node.body), *_codes(node.orelse)]
    return [text_of(node)] if text_of(node) else []


@cache
def reasons() -> set[str]:
    """Return every reason under which rows are put aside."""
    found = set()
    for tree in trees().values():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node) == "put_aside":
                texts = {text_of(one) for one in ast.walk(node) if isinstance(one, ast.Constant)}
                found |= {text for text in texts if CODE.fullmatch(text)}
            elif isinstance(node, ast.Constant) and REASON.fullmatch(str(node.value)):
                found.add(str(node.value))
    return found - set(errors())


def cell(texts: list[str]) -> str:
    """Return texts as one table cell."""
    flat = [re.sub(r"\s+", " ", text).replace("|", "\\|") for text in texts]
    return "<br>".join(re.sub(r"<(\w+)>", r"*\1*", text) for text in flat)


def errors_page() -> str:
    """Return the page of error codes and of reasons for quarantine."""
    rows = [
        f"| `{code}` | {', '.join(sorted(said.kinds))} | {cell(said.messages)} "
        f"| {cell(said.hints)} |"
        for code, said in errors().items()
    ]
    aside = [f"| `{code}` | {cell([REASONS.get(code, '')])} |" for code in sorted(reasons())]
    return (
        f"{HEAD}# Errors\n\nEvery failure has a stable code. The kind decides the HTTP status and "
        "the exit code: invalid 422, 2 · denied 401/403, 4 · not_found 404, 3 · conflict 409, 6 · "
        "refused 409, 5 · too_large 413, 2 · limited 429, 1 · gone 410, 3 · unavailable 503, 7 · "
        "failed 500, 1. words in *italics* are filled in.\n\n| code | kind | says | hint |\n|---|---|---|---|\n"
        + "\n".join(rows)
        + "\n\n## Rows that are put aside\n\nThe good rows of a batch are kept; the others are "
        "counted under a reason and shown by `tenure model quarantine`.\n\n"
        "| reason | meaning |\n|---|---|\n" + "\n".join(aside) + "\n"
    )


def clauses_page() -> str:
    """Return the page of predicates that a gate's clauses may require."""
    parts = [
        f"## {one.name}\n\nPasses when {one.says}.\n\n"
        "| parameter | kind | default | bounds |\n|---|---|---|---|\n"
        + "\n".join(map(_param, one.params))
        + "\n"
        for one in PREDICATES.values()
    ]
    return (
        f"{HEAD}# Clauses of a gate\n\nA clause requires a predicate; a version must pass all of "
        "its lane's clauses. A fact that is missing, expired or not a number refuses.\n\n"
        + "\n".join(parts)
    )


def _param(param: Param) -> str:
    default = "required" if param.default is None else f"`{param.default!r}`"
    bounds = "" if param.kind == "text" else f"{param.low:g} to {param.high:g}"
    return f"| `{param.name}` | {param.kind} | {default} | {bounds} |"


def events_page() -> str:
    """Return the page of what the ledger records."""
    rows = "\n".join(f"| `{kind}` | {says} |" for kind, says in KINDS.items())
    return (
        f"{HEAD}# Events\n\nEverything that happens is an entry of the tenant's ledger, written "
        f"in the transaction of the change itself.\n\n| kind | meaning |\n|---|---|\n{rows}\n"
    )


def metrics_page() -> str:
    """Return the page of what /metrics of serving exposes."""
    lines = [
        "# Metrics",
        "",
        "What `/metrics` of serving exposes, in Prometheus' text format. Whichever process answers,",
        "the figures are those of all processes of the home, added up; `across` says how gauges are.",
        "A tenant's key sees the lines of its own models; lines without labels need a key of the house.",
        "",
        "| metric | kind | labels | what it counts | across |",
        "|---|---|---|---|---|",
    ]
    for name, family in FAMILIES.items():
        labels = ", ".join(family.labels)
        across = family.across if family.kind == "gauge" else "sum"
        lines.append(f"| `{name}` | {family.kind} | {labels} | {family.says} | {across} |")
    return HEAD + "\n".join(lines) + "\n"


def pages() -> dict[Path, str]:
    """Return every generated page by its path."""
    return {
        PAGES / "errors.md": errors_page(),
        PAGES / "clauses.md": clauses_page(),
        PAGES / "events.md": events_page(),
        PAGES / "metrics.md": metrics_page(),
    }


def stale() -> list[Path]:
    """Return the pages that are not what they should be."""
    return [
        path
        for path, text in pages().items()
        if not path.exists() or path.read_text("utf-8") != text
    ]


def main() -> int:
    """Write the pages, or only compare them."""
    if "--check" in sys.argv[1:]:
        return 1 if stale() else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    for path, text in pages().items():
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
