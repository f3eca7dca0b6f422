"""`tenure evaluate`: what a model's file, or a column of answers, is worth. No home, no server."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tenure.cli import exits
from tenure.cli.frame import command
from tenure.cli.reporting import Pace, write
from tenure.cli.session import Session

if TYPE_CHECKING:
    from tenure.app.evaluate import EvaluationReport
    from tenure.core.stats.resampling import Interval

_PATH = click.Path(path_type=Path)
_COLUMNS = ["figure", "value", "low", "high", "baseline", "note"]
_TASKS = click.Choice(["binary", "multiclass", "regression"])


@command("evaluate")
@click.argument("files", nargs=-1, required=True, type=_PATH, metavar="[MODEL] DATA")
@click.option("--target", required=True, metavar="COLUMN", help="The column that holds the truth.")
@click.option("--prediction", metavar="COLUMN", help="Judge answers that are in the data already.")
@click.option("--against", type=_PATH, help="Compare with another model's file, row by row.")
@click.option("--against-prediction", metavar="COLUMN", help="Compare with other answers.")
@click.option("--format", "model_format", default="", help="The model's format, if not evident.")
@click.option("--task", type=_TASKS, help="What is predicted; found out when left out.")
@click.option("--metric", default="", help="The headline: a metric that is a mean over rows.")
@click.option("--time", "time_column", default="", metavar="COLUMN", help="When a row was asked.")
@click.option("--group", "groups", multiple=True, help="Compare this column's groups; repeatable.")
@click.option("--ignore", multiple=True, help="A column that is no input; repeatable.")
@click.option("--threshold", type=click.FloatRange(0, 1), default=0.5, show_default=True)
@click.option("--value", "values", multiple=True, metavar="tp|fp|fn|tn=NUMBER")
@click.option("--require", multiple=True, metavar="FIGURE>=NUMBER", help="Else exit with 5.")
@click.option("--surely", is_flag=True, help="The whole interval has to keep what is required.")
@click.option("--slices/--no-slices", default=True, help="Search for parts that are worse.")
@click.option("--robustness/--no-robustness", default=True, help="Ask about changed rows, too.")
@click.option("--explain", is_flag=True, help="Say what each input of the model adds.")
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--report", type=_PATH, help="Write the report to this HTML file.")
@click.pass_obj
def evaluate(
    session: Session, /, files: Sequence[Path], time_column: str, values: Sequence[str], **more: Any
) -> int:
    """Say what a model's file, or a column of answers, is worth.

    Judged on rows whose truth is known; every figure comes with a 95 % interval and that of the best constant answer. DATA is Parquet,
    CSV or TSV. Exit 0: measured, or all that was required holds; 5: it does not; 8: a figure that
    was required is not defined on these rows.
    """
    from tenure.app.evaluate import evaluate as judge

    if len(files) > 2:  # noqa: PLR2004 — a model and a table
        raise click.UsageError(f"one model and one table, not {len(files)} files")
    report: Path | None = more.pop("report")
    pace = Pace(quiet=session.quiet)
    found = judge(
        files[-1],
        model=files[0] if len(files) > 1 else None,
        time=time_column,
        outcomes=_outcomes(values),
        told=lambda rows: pace.say(f"{rows:,} rows judged"),
        **more,
    )
    if report is not None:
        write(report, found.to_html())
        session.printer.say(f"report: {report}")
    _show(session, found)
    return _EXITS.get(found.verdict, exits.OK)


_EXITS = {"refused": exits.REFUSED, "unknown": exits.UNKNOWN}


def _outcomes(values: Sequence[str]) -> dict[str, float]:
    found = {}
    for one in values:
        name, _, number = one.partition("=")
        try:
            found[name.strip()] = float(number)
        except ValueError:
            raise click.UsageError(f"--value {one}: write tp=10") from None
    return found


def _show(session: Session, found: "EvaluationReport") -> None:
    printer = session.printer
    evaluation = found.evaluation
    if printer.form == "json":
        click.echo(found.to_json())
        return
    rows = [
        {
            "figure": one.name,
            **_bounds(one.interval),
            "baseline": one.baseline,
            "note": one.interval.reason,
        }
        for one in evaluation.measured.figures
    ]
    printer.rows(rows, _COLUMNS, named="figure")
    for judged in evaluation.requirements:
        held = {True: "holds", False: "does not hold", None: "is unknown"}[judged.holds]
        click.echo(f"required {judged.requirement}: {held}, {judged.reason}", err=True)
    if printer.form == "table" and not printer.quiet:
        for line in (found.summary, *_more(found)):
            click.echo(line, err=True)


def _bounds(interval: "Interval") -> dict[str, float | None]:
    return {"value": interval.value, "low": interval.low, "high": interval.high}


def _more(found: "EvaluationReport") -> list[str]:
    """Return what else is worth a line."""
    evaluation = found.evaluation
    said = []
    challenge = evaluation.challenge
    difference = challenge.of(evaluation.metric) if challenge else None
    if challenge is not None and difference is not None:
        inside = difference.interval
        between = f" ({inside.low:+.4g} to {inside.high:+.4g})" if inside.low is not None else ""
        value = f"{inside.value:+.4g}" if inside.value is not None else "unknown"
        said.append(
            f"{challenge.subject.name}: {difference.verdict}, {difference.name} {value}{between}"
        )
    said += [
        f"worse where {one.words}: {one.loss:.4g} against {one.outside:.4g}"
        for one in (evaluation.search.slices[:3] if evaluation.search else ())
    ]
    aside = sum(rows for rows, _ in evaluation.data.put_aside.values())
    if aside:
        reasons = ", ".join(evaluation.data.put_aside)
        said.append(f"{aside:,} rows put aside: {reasons}")
    return said
