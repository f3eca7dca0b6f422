"""The winner of a race is trained once more before it is released, and the judged one stands by."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest

from tenure.core.errors import Kind, TenureError
from tenure.core.studies import RunState, StudyState
from tenure.core.versions import Version
from tenure.ports.training import TrainResult, TrainTask, Watch
from tenure.services.dataset_rows import rows_of, with_roles
from tenure.services.house import House
from tests.chaos.trainer import OpenTrainer
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import DAY, stream

MICROSECOND = timedelta(microseconds=1)
UNTIMED = {"source": "rows.parquet", "target": "left", "ignore": ["id", "at", "known", "kind"]}


def versions(life: Life) -> list[Version]:
    return life.read(lambda work: work.versions.list(life.tenant, model_id=life.model))


def evidence(life: Life, kind: str, number: int = 1) -> dict[str, object]:
    """Return the facts of a version's only evidence of a kind."""
    found = life.read(
        lambda work: work.evidence.list(life.tenant, model_id=life.model, version=number)
    )
    (facts,) = (one.facts for one in found if one.kind == kind)
    return dict(facts)


def roles(life: Life, run_id: str) -> pl.DataFrame:
    """Return the rows of a run's dataset with the role that each had in it."""
    run = life.read(lambda work: work.runs.get(life.tenant, run_id))
    dataset = life.read(lambda work: work.datasets.get(life.tenant, run.dataset_id))
    return with_roles(rows_of(life.house, dataset), run)


def test_what_is_released_has_trained_on_the_rows_that_judged_it(life: Life) -> None:
    (version,) = versions(life)
    (study,) = life.studies()
    assert version.run_id not in study.runs
    assert version.judged_run in study.runs
    judged, released = roles(life, version.judged_run), roles(life, version.run_id)
    held_out = judged.filter(pl.col("__role") == "holdout")["__key"]
    trained = released.filter(pl.col("__role") == "train")["__key"]
    assert held_out.len() > 0
    assert set(held_out) <= set(trained)
    assert version.train_until == released["__known_at"].max() + MICROSECOND  # type: ignore[operator]


def test_the_evidence_says_who_was_judged_and_what_was_released(life: Life) -> None:
    (version,) = versions(life)
    facts = evidence(life, "refit")
    assert facts["released"] == "refit"
    assert (facts["run"], facts["judged_run"]) == (version.run_id, version.judged_run)
    assert facts["judged_loss"] == version.holdout_loss
    (told,) = life.told("version.registered")
    assert told.facts["judged_run"] == version.judged_run
    run = life.read(lambda work: work.runs.get(life.tenant, version.run_id))
    assert run.state is RunState.SUCCEEDED


def test_the_refit_of_a_window_is_as_long_as_the_window(fresh_life: Begin) -> None:
    life = fresh_life(spec_of(train={"windows": ["10d"]}))
    life.declare()
    life.work()
    trained = roles(life, versions(life)[0].run_id).filter(pl.col("__role") == "train")["__time"]
    assert LIVE - 10 * DAY <= trained.min() < LIVE - 9 * DAY  # type: ignore[operator]


def test_a_spec_may_ask_for_the_judged_version_itself(fresh_life: Begin) -> None:
    life = fresh_life(spec_of(train={"refit": False}))
    life.declare()
    life.work()
    (version,) = versions(life)
    assert version.run_id == version.judged_run
    assert version.train_until is not None
    assert version.train_until <= LIVE - 5 * DAY


def test_who_is_judged_by_nothing_has_nothing_to_be_fitted_to_again(fresh_life: Begin) -> None:
    life = fresh_life(spec_of(gate={"holdout": "0d", "mode": "observe"}))
    life.declare()
    life.work()
    (version,) = versions(life)
    assert version.run_id == version.judged_run


def test_rows_without_time_are_all_trained_on_in_the_end(fresh_life: Begin) -> None:
    life = fresh_life(
        spec_of(
            data=UNTIMED | {"time": None, "key": None},
            labels={"event_time": None},
            train={"windows": ["all"]},
        )
    )
    life.declare()
    life.work()
    (version,) = versions(life)
    trained = roles(life, version.run_id)["__role"].unique().to_list()
    assert trained == ["train"]
    assert version.run_id != version.judged_run


def test_a_refused_candidate_is_not_fitted_again(life: Life) -> None:
    life.days(20, 34)
    refused = [one for one in versions(life) if one.state == "rejected"]
    for version in refused:
        assert version.run_id == version.judged_run


def test_a_champion_meets_the_candidates_as_it_was_judged(fresh_life: Begin) -> None:
    spec = spec_of(retrain={"schedule": {"cron": "0 0 * * *"}, "cool_down": "1d"})
    life = replace(fresh_life(spec), rows=stream(40, turn=24))
    life.declare()
    life.work()
    first = versions(life)[0]
    life.days(20, 34)
    facts = evidence(life, "comparison", 2)
    assert facts["champion_run"] == first.judged_run
    assert int(str(facts["rows"])) > 0
    assert any(study.state is StudyState.PROMOTED for study in life.studies()[1:])


class Spoiling(OpenTrainer):
    """Trains, and forgets what it has learnt when it was given the holdout to learn from."""

    def __init__(self, how: str) -> None:
        super().__init__()
        self._how = how

    def train(self, task: TrainTask, watch: Watch | None = None) -> TrainResult:
        result = super().train(task, watch)
        table = pl.read_parquet(task.data)
        shared = table.filter(pl.col("__role") == "holdout").join(
            table.filter(pl.col("__role") == "train"), on=["x", "y"], how="semi"
        )
        if shared.is_empty():
            return result
        if self._how == "fails":
            raise TenureError(Kind.FAILED, "run.crashed", "the task failed: by design")
        worst = np.where(np.asarray(result.holdout) > 0.5, 0.01, 0.99)
        return replace(result, holdout=worst.tolist())


@pytest.mark.parametrize("how", ["fails", "is worse"])
def test_a_refit_that_went_wrong_leaves_the_judged_version_in_its_place(
    house: House, rows: pl.DataFrame, how: str
) -> None:
    life = Life(replace(house, trainer=Spoiling(how)), spec_of(), rows)
    life.declare()
    life.work()
    (version,) = versions(life)
    assert version.run_id == version.judged_run
    assert version.run_id in life.studies()[0].runs
    facts = evidence(life, "refit")
    assert facts["released"] == "judged"
    assert facts["reason"]


def test_without_time_champion_and_candidate_meet_on_rows_that_came_after_both(
    fresh_life: Begin,
) -> None:
    spec = spec_of(
        data={"time": None, "ignore": ["kind", "price", "at"]},
        train={"windows": ["all"]},
        retrain={"schedule": {"cron": "0 0 * * *"}, "cool_down": "1d"},
    )
    life = fresh_life(spec)
    life.declare()
    life.work()
    life.days(20, 26)
    later = [study for study in life.studies()[1:] if study.version]
    assert len(later) > 1
    facts = evidence(life, "comparison", int(str(later[-1].version)))
    assert int(str(facts["rows"])) > 0
    assert facts["champion_loss"] is not None
