"""`tenure.evaluate`: what a model's file, or answers, are worth on a table; no home, no server."""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from tenure.adapters.jail.trainer import JailedTrainer
from tenure.adapters.tables.files import FrameRows, source
from tenure.adapters.tables.polars_tables import PolarsTables
from tenure.core.errors import invalid, not_found
from tenure.core.evaluation.figures import Figure
from tenure.core.evaluation.report import Evaluation, in_words
from tenure.core.evaluation.requirements import requirement
from tenure.core.evaluation.thresholds import Outcomes
from tenure.core.models import Task
from tenure.pages.evaluation import page
from tenure.ports.batches import Source
from tenure.sdk.frames import Rows, table_of
from tenure.services import evaluate as service
from tenure.services.evaluate import Bench, Question
from tenure.services.judged_rows import AnswerColumns, ModelFile, Reading, Subject, Told


@dataclass(frozen=True, slots=True)
class EvaluationReport:
    """What answers were worth. `figures` has every figure by name, `evaluation` everything."""

    evaluation: Evaluation

    @property
    def figures(self) -> dict[str, Figure]:
        """Every figure by name, with its interval and that of the baseline."""
        return {one.name: one for one in self.evaluation.measured.figures}

    @property
    def verdict(self) -> str:
        """`passed`, `refused` or `unknown` for what was required; `measured` when nothing was."""
        return self.evaluation.verdict

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain values."""
        return self.evaluation.as_dict()

    def to_json(self) -> str:
        """Return the report as JSON."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=2, allow_nan=False)

    def to_html(self) -> str:
        """Return the report as one page that needs nothing else."""
        return page(self.evaluation)

    @property
    def summary(self) -> str:
        """The outcome in one line."""
        return in_words(self.evaluation)


def evaluate(  # noqa: PLR0913  # one question; only the data and the target are always there
    data: Rows | str | Path,
    *,
    target: str,
    model: str | Path | None = None,
    prediction: str | None = None,
    against: str | Path | None = None,
    against_prediction: str | None = None,
    model_format: str = "",
    task: str | Task | None = None,
    metric: str = "",
    time: str = "",
    groups: Sequence[str] = (),
    ignore: Sequence[str] = (),
    threshold: float = 0.5,
    outcomes: Mapping[str, float] | None = None,
    require: Iterable[str] = (),
    surely: bool = False,
    slices: bool = True,
    robustness: bool = True,
    explain: bool = False,
    seed: int = 1,
    told: Told | None = None,
) -> EvaluationReport:
    """Say what answers are worth: every figure with an interval, beside the best constant answer.

    `data` is a file or a frame. What answers is a `model` file, opened in the jail, or the column
    `prediction` (probability of the second class, or number; `<prediction>.<class>` of several).
    `against` is compared pair by pair. `outcomes` are a row's worth by `tp`, `fp`, `fn`, `tn`;
    `require` are bounds, `auc>=0.8`; `surely`: the whole interval keeps them. Raises `TenureError`.
    """
    rows, name = _source(data)
    question = Question(
        reading=Reading(
            target, _task(task), time, tuple(ignore), coded=(*groups, *(("*",) if slices else ()))
        ),
        metric=metric,
        threshold=threshold,
        outcomes=_outcomes(outcomes),
        groups=tuple(groups),
        requirements=tuple(requirement(one, surely=surely) for one in require),
        slices=slices,
        again=robustness,
        explain=explain,
        seed=seed,
    )
    subjects = [_subject(model, prediction, model_format)]
    if (against, against_prediction) != (None, None):
        subjects.append(_subject(against, against_prediction, model_format))
    return EvaluationReport(_found(rows, name, subjects, question, told or _silent))


def _found(
    rows: Source, name: str, subjects: Sequence[Subject], question: Question, told: Told
) -> Evaluation:
    with closing(JailedTrainer()) as trainer:
        bench = Bench(PolarsTables(), trainer)
        return service.evaluate(bench, rows, name, subjects, question, told)


def _source(data: Rows | str | Path) -> tuple[Source, str]:
    if isinstance(data, str | Path):
        return source(Path(data), "evaluate"), Path(data).name
    return FrameRows(table_of(data)), "a frame"


def _subject(model: str | Path | None, prediction: str | None, said: str) -> Subject:
    if (model is None) == (prediction is None):
        raise invalid(
            "evaluate.no_answers",
            "name either a model's file or a column of answers",
            hint="tenure evaluate MODEL DATA, or DATA --prediction COLUMN",
        )
    if model is None:
        return AnswerColumns(str(prediction))
    path = Path(model)
    if not path.is_file():
        raise not_found(
            "evaluate.not_found", f"there is no file {path}", hint="name a model's file"
        )
    return ModelFile(path.name, path.read_bytes(), said)


def _task(task: str | Task | None) -> Task | None:
    if task is None:
        return None
    known = [one.value for one in Task]
    if task not in known:
        raise invalid(
            "evaluate.bad_task", f"there is no task {task!r}", hint=f"one of {', '.join(known)}"
        )
    return Task(task)


def _outcomes(given: Mapping[str, float] | None) -> Outcomes | None:
    if not given:
        return None
    known = [one.name for one in fields(Outcomes)]
    strange = [name for name in given if name not in known]
    if strange:
        raise invalid(
            "evaluate.bad_outcome",
            f"{strange[0]!r} is no outcome of a decision",
            hint=f"one of {', '.join(known)}",
        )
    return Outcomes(**{name: float(value) for name, value in given.items()})


def _silent(rows: int) -> None:
    """Say nothing."""
