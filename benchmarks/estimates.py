"""Accuracy without labels on 2013's flights: how far estimates are from what labels showed.

`parts`: of the flights until June every third one trains, every third calibrates, and sub-populations of
the rest are estimated (airline, airport, hour, weekday, distance, weather): data that has shifted while the
truth depends on it as before, which is what the method assumes. `weeks`: six airlines, each with a model of
January and February; every week from 18 March on is estimated from what was final when it began, and the
truth drifts meanwhile, which no estimate can see. Beside each: keeping the reference's figure, which is
what one believes without an estimate. Nobody is timed.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from itertools import pairwise

import numpy as np
import polars as pl

from benchmarks.report import Bound, Outcome, check
from tenure.adapters.frameworks import registry
from tenure.app.flights import FEATURES, data_folder, load
from tenure.core import estimates
from tenure.core.columns import Column, ColumnType
from tenure.core.estimates import Estimate, Labelled
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.core.stats import losses
from tenure.ports.training import TrainTask

AIRLINES = ("DL", "B6", "UA", "EV", "AA", "MQ")
TRAINED, FIRST_WEEK = datetime(2013, 3, 1, tzinfo=UTC), datetime(2013, 3, 18, tzinfo=UTC)
PARTS_UNTIL = datetime(2013, 7, 1, tzinfo=UTC)
WEEK, FINAL, REFERENCE = timedelta(days=7), timedelta(days=3), timedelta(days=60)
LEAST_ROWS = {"weeks": 500, "parts": 2000}
TEXTS = ("carrier", "origin", "dest")
COLUMNS = ("carrier", *FEATURES)
METRICS = ("accuracy", "log_loss")
GOALS = {
    "parts_accuracy_error": Bound(at_most=0.01),
    "parts_better_than_keeping": Bound(at_least=2),
    "weeks_better_than_keeping": Bound(at_least=1),
}
AIMS = {"parts_accuracy_error": Bound(at_most=0.008)}
Rows = tuple[Labelled, Labelled]
"""A reference, and the rows that are estimated from it."""


def measure(*, quick: bool) -> Outcome:
    """Train, answer, estimate, compare."""
    flights = load(data_folder()).filter(pl.col("late").is_not_null())
    figures: dict[str, float] = {}
    errors: dict[str, list[float]] = {}
    for case in parts(flights.filter(pl.col("predicted_at") < PARTS_UNTIL)):
        _compare("parts", case, errors)
    for airline in AIRLINES[:2] if quick else AIRLINES:
        for case in weeks(flights.filter(pl.col("carrier") == airline)):
            _compare("weeks", case, errors)
    for kind in ("weeks", "parts"):
        for metric in METRICS:
            for who in ("error", "keeping_error"):
                figures[f"{kind}_{metric}_{who}"] = float(np.mean(errors[f"{kind}_{metric}_{who}"]))
        figures[f"{kind}_estimated"] = float(len(errors[f"{kind}_accuracy_error"]))
        figures[f"{kind}_silent"] = float(len(errors.get(f"{kind}_silent", [])))
        figures[f"{kind}_held"] = float(np.mean(errors[f"{kind}_held"]))
        kept = figures[f"{kind}_accuracy_keeping_error"]
        figures[f"{kind}_better_than_keeping"] = kept / figures[f"{kind}_accuracy_error"]
    check(figures["parts_estimated"] > 10, "there are parts to estimate")
    return Outcome("estimates", figures, GOALS, AIMS, ("tenure", "numpy", "lightgbm"), {})


def answers(flights: pl.DataFrame, trains: pl.Expr, asked: pl.Expr) -> pl.DataFrame:
    """Return the flights that are asked with what a model of those that train says of them."""
    columns = tuple(
        Column(name, ColumnType.CATEGORY if name in TEXTS else ColumnType.FLOAT) for name in COLUMNS
    )
    role = pl.when(trains).then(pl.lit("train")).when(asked).then(pl.lit("holdout"))
    used = flights.with_columns(
        role.alias("__role"),
        pl.col("late").cast(pl.Float64).alias("__label"),
        *(pl.col(c.name).cast(pl.String if c.name in TEXTS else pl.Float64) for c in columns),
    ).filter(pl.col("__role").is_not_null())
    out = BytesIO()
    used.select("__role", "__label", *COLUMNS).write_parquet(out)
    signature = Signature(Task.BINARY, columns, "late", ("no", "yes"))
    task = TrainTask("lightgbm", {}, 7, signature, out.getvalue(), 10.0, 1 << 32)
    said = registry.train(task).holdout
    late = used.filter(pl.col("__role") == "holdout")
    return late.with_columns(pl.Series("said", [row[0] for row in said]))


def weeks(flights: pl.DataFrame) -> Iterator[Rows]:
    """Give each week with what was final when it began, sixty days back."""
    known, at = pl.col("landed_at") < TRAINED, pl.col("predicted_at")
    answered = answers(flights, known, at >= TRAINED)
    week = FIRST_WEEK
    while week < datetime(2013, 12, 30, tzinfo=UTC):
        before = answered.filter((at < week - FINAL) & (at >= week - REFERENCE))
        yield _labelled(before), _labelled(answered.filter((at >= week) & (at < week + WEEK)))
        week += WEEK


def parts(flights: pl.DataFrame) -> Iterator[Rows]:
    """Give sub-populations of every third flight, with another third as the reference."""
    turn = pl.col("n") % 3
    answered = answers(flights.with_row_index("n"), turn == 0, turn > 0)
    reference, asked = _labelled(answered.filter(turn == 1)), answered.filter(turn == 2)
    for name in COLUMNS:
        if name in TEXTS:
            groups = [pl.col(name) == level for level in sorted(asked[name].unique().drop_nulls())]
        else:
            edges = [asked[name].quantile(share) for share in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)]
            groups = [pl.col(name).is_between(low, high) for low, high in pairwise(edges)]
        for group in groups:
            yield reference, _labelled(asked.filter(group))


def _labelled(rows: pl.DataFrame) -> Labelled:
    days = rows["predicted_at"].dt.epoch("d").to_numpy().astype(np.int64)
    return Labelled(rows["said"].to_numpy()[:, None], rows["__label"].to_numpy(), days)


def _compare(kind: str, case: Rows, errors: dict[str, list[float]]) -> None:
    reference, asked = case
    if len(asked) < LEAST_ROWS[kind]:
        return
    for metric in METRICS:
        found = estimates.calibrated(metric, Task.BINARY, reference)
        kept = losses.rows(metric, Task.BINARY, reference.outputs, reference.labels).mean()
        trusted = (
            found
            if isinstance(found, estimates.NoEstimate)
            else estimates.trust(found[1], found[2], reference.halves()[1].days, 0.05 * kept)
        )
        if isinstance(found, estimates.NoEstimate) or isinstance(trusted, estimates.NoEstimate):
            errors.setdefault(f"{kind}_silent", []).append(1.0)
            continue
        likely = found[0].probabilities(asked.outputs)
        guess = estimates.estimate(
            estimates.expected(metric, Task.BINARY, asked.outputs, likely), trusted
        )
        truth = float(losses.rows(metric, Task.BINARY, asked.outputs, asked.labels).mean())
        if isinstance(guess, Estimate):
            errors.setdefault(f"{kind}_{metric}_error", []).append(abs(guess.mean - truth))
            errors.setdefault(f"{kind}_{metric}_keeping_error", []).append(abs(kept - truth))
            errors.setdefault(f"{kind}_held", []).append(float(guess.low <= truth <= guess.high))
