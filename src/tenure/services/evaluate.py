"""Evaluate: what a model's file, or answers that are there already, are worth on rows with truth."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import polars as pl

from tenure.core.errors import invalid
from tenure.core.evaluation import groups, measuring, periods, slices
from tenure.core.evaluation.binary import Rules
from tenure.core.evaluation.explanation import Explanation
from tenure.core.evaluation.figures import HEADLINE, Measured
from tenure.core.evaluation.influence import Importance
from tenure.core.evaluation.report import Challenge, Data, Evaluation, Method
from tenure.core.evaluation.report import Subject as Named
from tenure.core.evaluation.requirements import Requirement, judged
from tenure.core.evaluation.sampled import Figures, differences
from tenure.core.evaluation.thresholds import Outcomes
from tenure.core.metrics import judging
from tenure.core.models import Task
from tenure.core.stats import losses, resampling
from tenure.core.stats.losses import Floats
from tenure.core.stats.resampling import Draws
from tenure.ports.batches import Source
from tenure.ports.tables import Tables
from tenure.ports.training import Trainer
from tenure.services.explanation import explanation
from tenure.services.judged_rows import (
    AnswerColumns,
    Judged,
    Reader,
    Reading,
    Subject,
    Told,
)
from tenure.services.robustness import ROWS, robustness


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the answers.

    `metric` "" is the task's own. `groups` are attributes whose groups are compared; `outcomes` is
    what a decision is worth. `slices`, `again` and `explain` say whether parts are searched for, a
    model is asked about changed rows, and what its inputs add.
    """

    reading: Reading
    metric: str = ""
    threshold: float = 0.5
    outcomes: Outcomes | None = None
    groups: tuple[str, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    slices: bool = True
    again: bool = True
    explain: bool = False
    replicates: int = resampling.REPLICATES
    confidence: float = resampling.CONFIDENCE
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Bench:
    """What an evaluation needs: no home, no database."""

    tables: Tables
    trainer: Trainer


def evaluate(
    bench: Bench,
    source: Source,
    name: str,
    subjects: Sequence[Subject],
    question: Question,
    told: Told = lambda _: None,
) -> Evaluation:
    """Return what the first subject is worth and, with a second one, how that compares.

    `name` is what people call the table. Raises `evaluate.bad_metric`, `evaluate.no_rows`, and what
    reading the rows or opening the models raises.
    """
    reader = Reader(bench.tables, bench.trainer, ROWS)
    rows = reader.read(source, question.reading, subjects, told)
    task = rows.signature.task
    metric = _metric(question.metric, task)
    days = periods.days_of(rows.instants) if len(rows.instants) else None
    draws = resampling.drawn(
        len(rows.labels),
        question.seed,
        days=days,
        replicates=question.replicates,
        confidence=question.confidence,
    )
    each = losses.rows(metric, task, rows.outputs[0], rows.labels)
    measured, figures = _measured(draws, rows.outputs[0], rows, question, metric)
    is_binary = task is Task.BINARY
    return Evaluation(
        subject=_named(subjects[0], rows.libraries[0]),
        data=_data(name, rows, question.reading),
        task=task,
        metric=metric,
        method=Method.of(draws, question.seed),
        measured=measured,
        classes=rows.signature.classes,
        threshold=question.threshold if is_binary else 0.0,
        periods=periods.over_time(rows.instants, each, question.confidence),
        search=_search(rows, each, draws) if question.slices else None,
        fairness=_fairness(draws, rows, question, each),
        robustness=_again(reader, rows, subjects[0], question, metric),
        explanation=_explained(reader, rows, subjects[0], question),
        challenge=_challenge(draws, rows, subjects, question, metric, figures),
        requirements=judged(question.requirements, measured),
    )


def _metric(asked: str, task: Task) -> str:
    known = judging(task)
    if asked and asked not in known:
        raise invalid(
            "evaluate.bad_metric",
            f"a {task} model is not judged by {asked!r}",
            hint=f"one of {', '.join(known)}",
        )
    return asked or HEADLINE[task]


def _measured(
    draws: Draws, outputs: Floats, rows: Judged, question: Question, metric: str
) -> tuple[Measured, Figures]:
    rules = Rules(question.threshold, metric, question.outcomes)
    return measuring.measured(rows.signature.task, draws, outputs, rows.labels, rules)


def _named(subject: Subject, library: str) -> Named:
    if isinstance(subject, AnswerColumns):
        return Named(f"column {subject.name}")
    return Named(subject.name, library)


def _data(name: str, rows: Judged, reading: Reading) -> Data:
    since = until = ""
    if len(rows.instants):
        ends = (float(rows.instants.min()), float(rows.instants.max()))
        since, until = (datetime.fromtimestamp(one, UTC).isoformat() for one in ends)
    aside = dict(sorted(rows.put_aside.items()))
    return Data(name, len(rows.labels), reading.target, aside, reading.time, since, until)


def _search(rows: Judged, each: Floats, draws: Draws) -> slices.Search:
    return slices.search(rows.columns, each, draws.group, confidence=draws.confidence)


def _fairness(
    draws: Draws, rows: Judged, question: Question, each: Floats
) -> tuple[groups.Fairness, ...]:
    coded = {one.column: one for one in rows.columns}
    found = []
    for name in question.groups:
        if name not in coded:
            raise invalid(
                "evaluate.no_groups",
                f"the values of {name!r} make no groups",
                hint="an attribute has at least two values, and far fewer than rows",
            )
        judged = (rows.outputs[0], rows.labels, each)
        task = rows.signature.task
        found.append(groups.of_answers(task, draws, coded[name], judged, question.threshold))
    return tuple(found)


def _again(
    reader: Reader, rows: Judged, subject: Subject, question: Question, metric: str
) -> tuple[Importance, ...]:
    """Ask the model about changed rows; answers that are there already cannot be asked."""
    if isinstance(subject, AnswerColumns) or not question.again or not rows.features.height:
        return ()

    def ask(table: pl.DataFrame) -> Floats:
        return reader.answers(subject, rows.signature, table)[0]

    labels = rows.labels[rows.feature_places]
    return robustness(ask, rows.features, labels, rows.signature, metric, question.seed)


def _explained(
    reader: Reader, rows: Judged, subject: Subject, question: Question
) -> Explanation | None:
    if isinstance(subject, AnswerColumns) or not question.explain or not rows.features.height:
        return None
    signature = rows.signature
    return explanation(
        lambda table: reader.answers(subject, signature, table)[0],
        lambda table: reader.contributions(subject, signature, table),
        rows.features,
        signature,
        question.seed,
    )


def _challenge(
    draws: Draws,
    rows: Judged,
    subjects: Sequence[Subject],
    question: Question,
    metric: str,
    figures: Figures,
) -> Challenge | None:
    if len(subjects) == 1:
        return None
    measured, others = _measured(draws, rows.outputs[1], rows, question, metric)
    named = _named(subjects[1], rows.libraries[1])
    return Challenge(named, measured, differences(figures, others, draws))
