"""One run of a study: what it leaves, what is recorded when it fails, and that the race goes on."""

import polars as pl

from tenure.core.jobs import JobKind
from tenure.core.studies import RunState, StudyState
from tenure.core.versions import tree_digest
from tenure.services import declare, judge, train
from tenure.services.runs import outputs_of
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import DAY, between


def test_a_run_pins_all_that_is_needed_to_do_it_again(life: Life) -> None:
    (study,) = life.studies()
    short, whole = life.runs(study)
    assert (short.window, whole.window) == ("10d", "all")
    for run in (short, whole):
        assert run.state is RunState.SUCCEEDED
        assert run.dataset_id == study.dataset_id
        assert (run.recipe, run.seed, run.runtime) == ("linear", 7, "linear")
        assert run.code_digest.startswith("sha256:")
        assert run.files is not None
        assert all(life.house.blobs.has(digest) for digest in run.files.values())
    assert 0 < short.rows < whole.rows


def test_a_run_answers_the_holdout_that_all_runs_of_the_race_share(life: Life) -> None:
    held = between(life.rows, "at", LIVE - 5 * DAY, LIVE).filter(pl.col("known") < LIVE)
    for run in life.runs(life.studies()[0]):
        assert len(outputs_of(life.house, run)) == held.height


def test_the_same_training_twice_leaves_the_same_files(fresh_life: Begin, life: Life) -> None:
    other = fresh_life(life.spec)
    other.declare()
    other.work()
    mine, theirs = (
        [tree_digest(run.files or {}) for run in one.runs(one.studies()[0])]
        for one in (life, other)
    )
    assert mine == theirs


def lately_all_alike(life: Life) -> Life:
    """Give the ten days before the holdout a single class; no model can be made of that."""
    lately = pl.col("at").is_between(LIVE - 15 * DAY, LIVE - 5 * DAY)
    left = pl.when(lately).then(pl.lit("no")).otherwise(pl.col("left"))
    return Life(life.house, life.spec, life.rows.with_columns(left=left))


def test_a_race_whose_every_training_fails_ends_with_their_reasons(fresh_life: Begin) -> None:
    life = lately_all_alike(fresh_life(spec_of(train={"windows": ["9d", "10d"]})))
    life.declare()
    life.work()
    (study,) = life.studies()
    runs = life.runs(study)
    assert {run.state for run in runs} == {RunState.FAILED}
    assert all(run.error.startswith("run.one_class: ") for run in runs)
    assert study.state is StudyState.FAILED
    assert all(run.error in study.reason for run in runs)
    assert [entry.facts["state"] for entry in life.told("run.ended")] == ["failed"] * 2
    assert life.told("study.ended")[0].facts["reason"] == study.reason


def test_one_failed_window_does_not_stop_the_others(fresh_life: Begin) -> None:
    life = lately_all_alike(fresh_life(spec_of()))
    life.declare()
    life.work()
    (study,) = life.studies()
    short, whole = life.runs(study)
    assert short.state is RunState.FAILED
    assert whole.state is RunState.SUCCEEDED
    assert study.version == 1


def test_a_lane_that_was_taken_out_of_the_spec_trains_no_more(fresh_life: Begin) -> None:
    every_day = {"cron": "0 3 * * *", "zone": "UTC"}
    blind = {"train": {"windows": ["10d"]}, "retrain": {"schedule": every_day, "cool_down": "0d"}}
    life = fresh_life(spec_of(challengers={"blind": blind}))
    life.declare()
    life.work()
    life.collect(LIVE + DAY)
    job = life.do_until(JobKind.TRAIN)
    declare.apply(life.house, "test", life.tenant, spec_of())
    train.run(life.house, job)
    judge.judge(life.house, life.do_until(JobKind.JUDGE))
    (study,) = life.studies("blind")
    assert study.state is StudyState.FAILED
    assert study.reason == "lane blind was taken out of the spec"
    assert [run.state for run in life.runs(study)] == [RunState.FAILED]
