"""The evaluation as one value: its verdict, its words, its JSON."""

import json
from dataclasses import replace

import numpy as np

from tenure.core.evaluation import binary
from tenure.core.evaluation.report import Data, Evaluation, Method, Subject, in_words
from tenure.core.evaluation.requirements import judged, requirement
from tenure.core.models import Task
from tenure.core.stats import resampling

DRAW = np.random.default_rng(1)
SCORES = DRAW.random(500)
LABELS = (DRAW.random(500) < SCORES).astype(float)
DRAWS = resampling.drawn(500, 1)


def made(labels: np.ndarray[tuple[int], np.dtype[np.float64]] = LABELS) -> Evaluation:
    measured, _ = binary.measured(DRAWS, SCORES, labels, binary.Rules())
    return Evaluation(
        Subject("model.txt"),
        Data("rows.csv", 500, "late"),
        Task.BINARY,
        "log_loss",
        Method.of(DRAWS, 1),
        measured,
        classes=("0", "1"),
    )


def test_the_verdict_is_that_of_what_was_required() -> None:
    plain = made()
    assert plain.verdict == "measured"
    for texts, verdict in (
        (["auc>=0.5"], "passed"),
        (["auc>=0.5", "auc>=0.99"], "refused"),
        (["auc>=0.5", "mae<=1"], "unknown"),
    ):
        wanted = [requirement(text) for text in texts]
        assert replace(plain, requirements=judged(wanted, plain.measured)).verdict == verdict


def test_it_is_told_in_one_line() -> None:
    assert "on 500 rows; better than the best constant (0.6893)" in in_words(made())
    none = replace(made(), metric="unheard_of")
    assert in_words(none) == "unheard of is not defined on 500 rows"


def test_json_has_every_figure_and_no_nan() -> None:
    said = made(np.zeros(500)).as_dict()
    read = json.loads(json.dumps(said, allow_nan=False))
    assert read["format"] == 1
    figures = {one["name"]: one for one in read["measured"]["figures"]}
    assert figures["auc"]["interval"]["value"] is None
    assert figures["auc"]["better"] == "higher"
    assert read["measured"]["skill"]["verdict"] in {"better", "worse", "no difference shown"}
    assert len(read["measured"]["calibration"]) > 1
