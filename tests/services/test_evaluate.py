"""The whole of an evaluation: figures, parts, groups, times and a challenger, from one table."""

from typing import Any

import numpy as np
import polars as pl
import pytest

from tenure.adapters.tables.files import FrameRows
from tenure.adapters.tables.polars_tables import PolarsTables
from tenure.core.errors import TenureError
from tenure.core.evaluation.report import Evaluation
from tenure.core.evaluation.requirements import requirement
from tenure.core.models import Task
from tenure.services.evaluate import Bench, Question, evaluate
from tenure.services.judged_rows import AnswerColumns, Reading
from tests.chaos.trainer import OpenTrainer

ROWS = 6_000
DRAW = np.random.default_rng(1)
CITY = DRAW.choice(["north", "south", "west"], ROWS)
P = DRAW.beta(2, 2, ROWS)
TRUE = np.where(CITY == "west", 1 - P, P)
TABLE = pl.DataFrame(
    {
        "city": CITY,
        "size": DRAW.random(ROWS),
        "late": (DRAW.random(ROWS) < TRUE).astype(int),
        "p": P,
        "better": TRUE,
        "minutes": TRUE * 60 + DRAW.normal(0, 5, ROWS),
        "guess": P * 60,
        "day": [f"2024-01-{1 + n % 28:02d}" for n in range(ROWS)],
    }
)


def asked(answers: str, target: str = "late", **more: Any) -> Evaluation:
    ignore = tuple({"late", "p", "better", "minutes", "guess"} - {target, answers})
    reading = Reading(target, time="day", ignore=ignore, coded=("*",))
    question = Question(reading, replicates=200, **more)
    bench = Bench(PolarsTables(), OpenTrainer())
    subjects = [AnswerColumns(answers)]
    return evaluate(bench, FrameRows(TABLE.to_arrow()), "rows", subjects, question)


def test_probabilities_are_judged_and_the_part_that_is_wrong_is_found() -> None:
    found = asked("p", groups=("city",), requirements=(requirement("auc>=0.9"),))
    assert (found.task, found.metric, found.verdict) == (Task.BINARY, "log_loss", "refused")
    assert found.search is not None
    assert found.search.slices[0].where == (("city", "west"),)
    assert found.fairness[0].disparities["loss_difference"].low > 0.1  # type: ignore[operator]
    assert found.method.of_days
    assert found.method.groups == 28
    assert len(found.periods) == 28
    assert found.robustness == ()


def test_numbers_are_judged_the_same_way() -> None:
    found = asked("guess", "minutes", groups=("city",))
    assert (found.task, found.metric) == (Task.REGRESSION, "mae")
    assert found.search is not None
    assert found.search.slices[0].where == (("city", "west"),)
    assert "bias_difference" in found.fairness[0].disparities


def test_a_challenger_is_compared_on_the_same_rows() -> None:
    reading = Reading("late", ignore=("minutes", "guess", "day"))
    bench = Bench(PolarsTables(), OpenTrainer())
    subjects = [AnswerColumns("p"), AnswerColumns("better")]
    question = Question(reading, slices=False, replicates=200)
    found = evaluate(bench, FrameRows(TABLE.to_arrow()), "rows", subjects, question)
    assert found.challenge is not None
    difference = found.challenge.of("log_loss")
    assert difference is not None
    assert difference.verdict == "better"
    assert found.search is None


def test_the_same_question_has_the_same_answer() -> None:
    assert asked("p").as_dict() == asked("p").as_dict()


@pytest.mark.parametrize(
    ("more", "code"),
    [({"metric": "auc"}, "evaluate.bad_metric"), ({"groups": ("day",)}, "evaluate.no_groups")],
)
def test_what_cannot_be_asked_is_refused(more: dict[str, Any], code: str) -> None:
    with pytest.raises(TenureError) as refused:
        asked("p", **more)
    assert refused.value.code == code
