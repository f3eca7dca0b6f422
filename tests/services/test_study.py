"""A race begins once for its job, on the newest rows, and not against a brake."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tenure.core.errors import TenureError
from tenure.core.jobs import JobKind, JobState, NewJob
from tenure.core.studies import StudyState
from tenure.services import study
from tests.services.conftest import DAYS, Begin
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import BEGIN, DAY, stream


def ask(life: Life, cause: str, key: str = "one more") -> None:
    """Ask for a race of the champion's lane, now."""
    payload: dict[str, str | int | None] = {
        "model_id": life.model,
        "lane": "champion",
        "cause": cause,
        "at": (LIVE + 4 * DAY).isoformat(),
    }
    with life.house.store.work() as work:
        work.jobs.add([NewJob(life.tenant, JobKind.STUDY, key, payload)])


def test_the_first_race_trains_every_window_on_what_was_imported(life: Life) -> None:
    (first,) = life.studies()
    assert [run.window for run in life.runs(first)] == ["10d", "all"]
    (dataset,) = life.read(lambda work: work.datasets.list(life.tenant))
    assert first.dataset_id == dataset.id
    assert {run.dataset_id for run in life.runs(first)} == {dataset.id}
    (started,) = [e for e in life.told("study.started") if e.facts["lane"] == "champion"]
    assert started.facts["runs"] == ",".join(first.runs)


def test_a_later_race_trains_on_what_the_log_has_learnt_since(life: Life) -> None:
    life.days(20, 24)
    ask(life, "schedule")
    life.work()
    later = life.studies()[-1]
    before, after = life.read(lambda work: work.datasets.list(life.tenant))
    assert later.dataset_id == after.id
    assert after.rows > before.rows
    assert after.segments[: len(before.segments)] == before.segments
    assert later.champion == 1


def test_a_job_that_is_done_twice_begins_one_race(life: Life) -> None:
    ask(life, "schedule")
    job = life.do_until(JobKind.STUDY)
    study.start(life.house, job)
    count = len(life.studies())
    with pytest.raises(TenureError, match=r"job\.fenced"):
        study.start(life.house, job)
    assert len(life.studies()) == count == 2


def test_a_finding_that_has_closed_asks_for_nothing(life: Life) -> None:
    ask(life, "finding:f_gone")
    life.work()
    assert len(life.studies()) == 1
    assert life.told("study.skipped") == []
    assert {j.state for j in life.jobs() if j.kind is JobKind.STUDY} == {JobState.DONE}


def test_a_race_for_a_finding_is_judged_by_what_came_since_it_got_worse(life: Life) -> None:
    turned = BEGIN + 24 * DAY
    life = replace(life, rows=stream(DAYS, turn=24))
    life.days(20, 35)
    races = [one for one in life.studies() if one.cause.startswith("finding:")]
    assert {one.since for one in races} == {turned}
    mended = races[-1]
    assert mended.state is StudyState.PROMOTED
    for run in life.runs(mended):
        assert run.holdout_from >= turned + 2 * DAY
    ended = {entry.subject: entry.facts for entry in life.told("study.ended")}
    assert ended[mended.id]["since"] == turned.isoformat()
    (again,) = [job for job in life.jobs() if job.payload.get("cause") == "since:2024-01-25"]
    assert again.due_at == mended.at + (mended.at - turned)


def test_a_race_since_a_change_is_nobodys_when_another_window_serves(life: Life) -> None:
    ask(life, "since:2024-01-25")
    life.work()
    assert len(life.studies()) == 1
    assert life.told("study.skipped") == []


def test_a_brake_is_told_with_its_reason(fresh_life: Begin) -> None:
    life = fresh_life(spec_of(retrain={"on": ["finding:accuracy"], "cool_down": "30d"}))
    life.declare()
    life.work()
    ask(life, "schedule")
    life.work()
    (skipped,) = life.told("study.skipped")
    assert "cool" in str(skipped.facts["reason"])
    assert len(life.studies()) == 1


def test_too_few_rows_refuse_the_race_and_say_so(fresh_life: Begin) -> None:
    life = fresh_life(spec_of())
    life.declare(BEGIN + timedelta(hours=30))
    life.work()
    (only,) = life.studies()
    assert (only.state, only.runs) == (StudyState.REFUSED, ())
    assert only.reason
