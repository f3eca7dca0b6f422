"""`tenure drift`: compare two files, column by column. No home, no server."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tenure.cli import exits
from tenure.cli.frame import command
from tenure.cli.reporting import Pace, write
from tenure.cli.session import Session

if TYPE_CHECKING:
    from tenure.app.drift import DriftReport

_PATH = click.Path(path_type=Path)
_SHARE = click.FloatRange(0.0, 1.0, min_open=True)
_COLUMNS = ["column", "verdict", "score", "psi", "missing", "why"]


@command("drift")
@click.argument("reference", type=_PATH)
@click.argument("current", type=_PATH)
@click.option("--by", metavar="COLUMN", help="Also compare each value of this column by itself.")
@click.option("--column", "columns", multiple=True, help="Compare this column only; repeatable.")
@click.option("--report", type=_PATH, help="Write the report to this HTML file.")
@click.option(
    "--floor", type=_SHARE, default=0.05, show_default=True, help="The least change that matters."
)
@click.option(
    "--false-discoveries",
    type=_SHARE,
    default=0.01,
    show_default=True,
    help="At most this share of the columns found drifted is so by chance.",
)
@click.option(
    "--least",
    type=click.IntRange(min=2),
    default=100,
    show_default=True,
    help="Judge no column with fewer values.",
)
@click.pass_obj
def drift(session: Session, /, reference: Path, current: Path, **options: Any) -> int:
    """Compare two files, column by column, and say which drifted.

    Files are Parquet, CSV or TSV and may be larger than memory. Exit 0: steady; 5: a column has
    drifted; 8: no column has enough data to be judged.
    """
    from tenure.app.drift import drift as compare
    from tenure.core.drift import Rules

    report: Path | None = options.pop("report")
    rules = Rules(
        options.pop("false_discoveries"), options.pop("floor"), least=options.pop("least")
    )
    pace = Pace(quiet=session.quiet)

    def told(name: str, rows: int, of: int | None) -> None:
        pace.say(f"{name}: {rows:,}{f' of {of:,}' if of else ''} rows")

    found = compare(reference, current, **options, rules=rules, told=told)
    if report is not None:
        write(report, found.to_html())
        session.printer.say(f"report: {report}")
    _show(session, found)
    return _EXITS[str(found.verdict)]


_EXITS = {"drifted": exits.REFUSED, "steady": exits.OK, "not enough data": exits.UNKNOWN}


def _show(session: Session, found: "DriftReport") -> None:
    printer = session.printer
    if printer.quiet:
        printer.rows([{"column": one.column} for one in found.findings], [], named="column")
    elif printer.form == "json":
        click.echo(found.to_json())
    elif printer.form == "table":
        printer.rows([_row(one) for one in found.columns], _heads(found))
        click.echo(found.summary, err=True)
    else:
        printer.rows(found.to_dict()["columns"], [], named="column")


def _heads(found: "DriftReport") -> list[str]:
    return ["segment", *_COLUMNS] if found.comparison.by else _COLUMNS


def _row(one: Any) -> dict[str, Any]:
    scores = one.scores or {}
    return {
        "segment": one.segment or "(all)",
        "column": one.column,
        "verdict": str(one.verdict),
        "score": scores.get("ks", scores.get("total_variation")),
        "psi": scores.get("psi"),
        "missing": _missing(one),
        "why": one.reason,
    }


def _missing(one: Any) -> str:
    shares = [
        f"{100 * side.absent.missing / side.rows:.3g}%" if side is not None and side.rows else "-"
        for side in (one.reference, one.current)
    ]
    return shares[0] if shares[0] == shares[1] else " → ".join(shares)
