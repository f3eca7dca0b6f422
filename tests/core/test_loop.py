"""The ring: which jobs follow from which event, for every kind of event there is."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tenure.core.deployments import CHAMPION
from tenure.core.events import Event
from tenure.core.jobs import JobKind
from tenure.core.loop import next_jobs
from tenure.core.spec.values import (
    MonitorPart,
    RetirePart,
    TrainPart,
)
from tests.small.ring import AT, MONTHLY, Facts, a_lane, a_spec, an_event, only


@pytest.mark.parametrize("kind", ["model.declared", "model.changed"])
def test_a_spec_that_limits_keeping_begins_to_forget(kind: str) -> None:
    spec = replace(a_spec(), retire=RetirePart(keep_predictions=timedelta(days=400)))
    facts: Facts = {"live": None, "dataset": None}
    job = only(next_jobs(an_event(kind, facts), spec))
    assert (job.kind, job.due_at) == (JobKind.FORGET, AT)


def test_the_first_dataset_starts_the_onboarding_race() -> None:
    job = only(next_jobs(an_event("dataset.committed", {"cause": "onboarding"}), a_spec()))
    assert job.kind is JobKind.STUDY
    assert job.payload["lane"] == CHAMPION
    assert job.payload["cause"] == "onboarding"


def test_a_dataset_committed_by_a_race_starts_no_other_race() -> None:
    assert next_jobs(an_event("dataset.committed", {"cause": "study"}), a_spec()) == ()


def test_a_race_trains_every_run_it_planned() -> None:
    jobs = next_jobs(an_event("study.started", {"runs": "ru_1,ru_2"}), a_spec())
    assert [job.kind for job in jobs] == [JobKind.TRAIN, JobKind.TRAIN]
    assert [job.payload["run_id"] for job in jobs] == ["ru_1", "ru_2"]


def test_only_the_last_run_of_a_race_starts_the_judging() -> None:
    facts: Facts = {"study_id": "st_1", "remaining": 1}
    assert next_jobs(an_event("run.ended", facts), a_spec()) == ()
    job = only(next_jobs(an_event("run.ended", {**facts, "remaining": 0}), a_spec()))
    assert (job.kind, job.payload["study_id"]) == (JobKind.JUDGE, "st_1")


def test_every_approval_has_the_race_judged_anew() -> None:
    first, second = (
        only(next_jobs(an_event("approval.given", {"study_id": "st_1"}, subject), a_spec()))
        for subject in ("ev_1", "ev_2")
    )
    assert first.kind is second.kind is JobKind.JUDGE
    assert first.key != second.key


@pytest.mark.parametrize("outcome", ["refused", "waiting", "failed"])
def test_what_was_not_promoted_is_not_deployed(outcome: str) -> None:
    facts: Facts = {"outcome": outcome, "lane": CHAMPION, "cause": "schedule", "version": 2}
    assert next_jobs(an_event("study.ended", facts), a_spec()) == ()


@pytest.mark.parametrize("kind", ["study.ended", "study.skipped"])
def test_a_race_that_mended_nothing_is_run_again_for_its_finding(kind: str) -> None:
    facts: Facts = {"lane": CHAMPION, "cause": "finding:f_1", "version": 2}
    if kind == "study.ended":
        facts["outcome"] = "refused"
    job = only(next_jobs(an_event(kind, facts), a_spec()))
    assert (job.kind, job.payload["cause"]) == (JobKind.STUDY, "finding:f_1")
    assert job.due_at == AT + timedelta(days=7)


@pytest.mark.parametrize(("age", "wait"), [(1, 3), (8, 4), (90, 7)])
def test_it_is_run_again_sooner_while_what_is_worse_is_young(age: int, wait: int) -> None:
    facts: Facts = {"outcome": "refused", "lane": CHAMPION, "cause": "finding:f_1"}
    facts |= {"since": (AT - timedelta(days=age)).isoformat()}
    assert only(next_jobs(an_event("study.ended", facts), a_spec())).due_at == AT + timedelta(
        days=wait
    )


@pytest.mark.parametrize("outcome", ["promoted", "refused"])
def test_what_answered_a_change_races_again_when_its_rows_have_doubled(outcome: str) -> None:
    since = datetime(2013, 2, 20, tzinfo=UTC)
    age = AT - since
    facts: Facts = {"outcome": outcome, "lane": CHAMPION, "version": 3, "since": since.isoformat()}
    facts["cause"] = "finding:f_1" if outcome == "promoted" else "since:2013-02-20"
    again = next_jobs(an_event("study.ended", facts), a_spec())[-1]
    assert again.kind is JobKind.STUDY
    assert again.payload["cause"] == "since:2013-02-20"
    assert again.due_at == AT + max(age, timedelta(days=3))


def test_a_race_that_waits_for_a_person_is_not_run_again() -> None:
    facts: Facts = {"lane": CHAMPION, "cause": "finding:f_1", "version": 2, "outcome": "waiting"}
    assert next_jobs(an_event("study.ended", facts), a_spec()) == ()


def test_a_promoted_version_is_deployed_into_its_lane() -> None:
    spec = a_spec(lanes=(a_lane("static"), a_lane("blind")))
    facts: Facts = {"outcome": "promoted", "lane": "blind", "cause": "schedule", "version": 2}
    job = only(next_jobs(an_event("study.ended", facts), spec))
    assert job.kind is JobKind.DEPLOY
    assert (job.payload["lane"], job.payload["version"]) == ("blind", 2)


def test_the_onboarded_version_begins_every_lane() -> None:
    spec = a_spec(lanes=(a_lane("static"), a_lane("blind")))
    facts: Facts = {"outcome": "promoted", "lane": CHAMPION, "cause": "onboarding", "version": 1}
    jobs = next_jobs(an_event("study.ended", facts), spec)
    assert [job.payload["lane"] for job in jobs] == [CHAMPION, "static", "blind"]


def test_the_first_live_deployment_wakes_schedules_and_the_monitor() -> None:
    spec = a_spec(lanes=(a_lane("static"), a_lane("blind", "0 0 * * 1")))
    jobs = next_jobs(an_event("deployment.moved", {"first": True}), spec)
    assert [job.kind for job in jobs] == [JobKind.SCHEDULE, JobKind.SCHEDULE, JobKind.OBSERVE]
    assert [job.payload.get("lane") for job in jobs] == [CHAMPION, "blind", None]
    assert jobs[0].due_at == datetime(2013, 4, 1, 3, tzinfo=UTC)
    assert jobs[1].due_at == datetime(2013, 3, 11, tzinfo=UTC)


def test_labels_are_polled_only_where_a_query_is_declared() -> None:
    jobs = next_jobs(an_event("deployment.moved", {"first": True}), a_spec(sql=True))
    assert JobKind.POLL_LABELS in {job.kind for job in jobs}
    jobs = next_jobs(an_event("deployment.moved", {"first": True}), a_spec())
    assert JobKind.POLL_LABELS not in {job.kind for job in jobs}


@pytest.mark.parametrize("facts", [{}, {"first": False}])
def test_later_deployments_wake_nothing(facts: Facts) -> None:
    assert next_jobs(an_event("deployment.moved", facts), a_spec()) == ()


def test_a_changed_spec_wakes_new_schedules_and_fills_new_lanes() -> None:
    spec = a_spec(lanes=(a_lane("static"), a_lane("blind", "0 0 * * 1")))
    facts: Facts = {"live": 3, "new_lanes": "blind,static"}
    jobs = next_jobs(an_event("model.changed", facts), spec)
    placed = [job.payload for job in jobs if job.kind is JobKind.DEPLOY]
    assert [(one["lane"], one["version"]) for one in placed] == [("blind", 3), ("static", 3)]
    assert [job.payload["lane"] for job in jobs if job.kind is JobKind.SCHEDULE] == [
        CHAMPION,
        "blind",
    ]


def test_a_changed_spec_without_new_lanes_deploys_nothing() -> None:
    jobs = next_jobs(an_event("model.changed", {"live": 3, "new_lanes": ""}), a_spec())
    assert JobKind.DEPLOY not in {job.kind for job in jobs}


def test_a_spec_that_changes_before_there_are_rows_wakes_nothing() -> None:
    event = an_event("model.changed", {"live": None, "dataset": None, "new_lanes": "static"})
    assert next_jobs(event, a_spec(lanes=(a_lane("static"),))) == ()


def test_a_spec_that_changes_before_anything_is_live_races_again() -> None:
    facts: Facts = {"live": None, "dataset": "ds_1", "new_lanes": ""}
    first, second = (
        only(next_jobs(an_event("model.changed", facts, digest), a_spec()))
        for digest in ("sha256:1", "sha256:2")
    )
    assert first.kind is second.kind is JobKind.STUDY
    assert first.payload["cause"] == "onboarding"
    assert first.key != second.key


def test_every_first_dataset_is_another_attempt_even_at_one_instant() -> None:
    facts: Facts = {"cause": "onboarding"}
    first, second = (
        only(next_jobs(an_event("dataset.committed", facts, name), a_spec()))
        for name in ("ds_1", "ds_2")
    )
    assert first.key != second.key


def test_a_lane_that_comes_back_is_deployed_again() -> None:
    """The spec's digest may be one that was in force before; the instant is another."""
    facts: Facts = {"live": 3, "new_lanes": "static"}
    spec = a_spec(lanes=(a_lane("static"),))
    first, again = (
        Event("model.changed", "DL", "arrival-delay", "sha256:1", AT + timedelta(days=day), facts)
        for day in (0, 1)
    )
    keys = {
        job.key
        for event in (first, again)
        for job in next_jobs(event, spec)
        if job.kind is JobKind.DEPLOY
    }
    assert len(keys) == 2


def test_what_a_change_wakes_again_is_the_same_job() -> None:
    first = next_jobs(an_event("deployment.moved", {"first": True}), a_spec())
    again = next_jobs(an_event("model.changed", {"live": 1, "new_lanes": ""}), a_spec())
    assert [job.key for job in first] == [job.key for job in again]


def test_another_cron_at_the_same_instant_is_another_alarm() -> None:
    """The pending alarm of the old cron will not ring, so the new one needs its own."""
    event = an_event("deployment.moved", {"first": True})
    old, new = (next_jobs(event, a_spec(schedule=cron))[0] for cron in (MONTHLY, "0 3 1 4 *"))
    assert old.due_at == new.due_at
    assert old.key != new.key
    assert (old.payload["cron"], new.payload["cron"]) == (MONTHLY, "0 3 1 4 *")


def test_polling_that_was_stopped_begins_again_with_the_spec() -> None:
    facts: Facts = {"live": 1, "new_lanes": ""}
    first, again = (
        Event("model.changed", "DL", "arrival-delay", "sha256:1", AT + timedelta(days=day), facts)
        for day in (0, 1)
    )
    keys = {
        job.key
        for event in (first, again)
        for job in next_jobs(event, a_spec(sql=True))
        if job.kind is JobKind.POLL_LABELS
    }
    assert len(keys) == 2


def test_a_cron_instant_races_and_sets_the_next_alarm() -> None:
    race, alarm = next_jobs(an_event("schedule.came", {"lane": CHAMPION}), a_spec())
    assert (race.kind, race.payload["cause"]) == (JobKind.STUDY, "schedule")
    assert race.due_at == AT
    assert (alarm.kind, alarm.due_at) == (JobKind.SCHEDULE, datetime(2013, 4, 1, 3, tzinfo=UTC))


def test_a_schedule_that_was_taken_out_of_the_spec_ends() -> None:
    event = an_event("schedule.came", {"lane": CHAMPION})
    assert next_jobs(event, a_spec(schedule=None)) == ()


def test_a_finding_races_only_where_the_spec_says_so() -> None:
    event = an_event("finding.opened", {"kind": "accuracy"}, "fi_1")
    job, *rest = next_jobs(event, a_spec())
    assert (job.kind, job.payload["lane"]) == (JobKind.STUDY, CHAMPION)
    assert job.payload["cause"] == "finding:fi_1"
    assert next_jobs(event, a_spec(on=())) == (*rest,)
    assert [one.kind for one in rest] == [JobKind.DIAGNOSE, JobKind.GATHER]
    assert rest[0].payload["finding_id"] == "fi_1"
    other = an_event("finding.opened", {"kind": "quarantine"})
    assert only(next_jobs(other, a_spec())).kind is JobKind.GATHER


def test_an_incident_is_told_to_every_channel_once() -> None:
    spec = replace(a_spec(), monitor=MonitorPart(notify=("env:OPS", "file:/run/chat")))
    event = an_event("incident.opened", {"tells": "fi_1,fi_2"}, "in_1")
    jobs = next_jobs(event, spec)
    assert [job.kind for job in jobs] == [JobKind.NOTIFY] * 2
    assert [job.payload["channel"] for job in jobs] == ["env:OPS", "file:/run/chat"]
    assert {(job.payload["incident"], job.payload["tells"]) for job in jobs} == {
        ("in_1", "fi_1,fi_2")
    }
    assert next_jobs(an_event("incident.closed", {"tells": ""}, "in_1"), spec) == ()


def test_two_causes_at_one_instant_are_one_race() -> None:
    race, _ = next_jobs(an_event("schedule.came", {"lane": CHAMPION}), a_spec())
    found, *_ = next_jobs(an_event("finding.opened", {"kind": "accuracy"}), a_spec())
    assert race.key == found.key


def test_a_schedule_never_stands_still() -> None:
    spec, event = a_spec(schedule="*/30 * * * *"), an_event("x")
    seen: list[datetime] = []
    for _ in range(4):
        at = seen[-1] if seen else AT
        came = Event("schedule.came", "DL", "arrival-delay", CHAMPION, at, {"lane": CHAMPION})
        due = next_jobs(came, spec)[1].due_at
        assert due is not None
        seen.append(due)
    assert seen == [AT + timedelta(minutes=30 * i) for i in range(1, 5)]
    assert next_jobs(event, spec) == ()


def test_a_stage_of_a_trial_is_looked_at_soon() -> None:
    facts: Facts = {"state": "canary", "stage": 1, "share": 0.5, "lane": CHAMPION}
    job = only(next_jobs(an_event("deployment.moved", facts, "dp_7"), a_spec()))
    assert job.kind is JobKind.ROLLOUT
    assert job.due_at == AT + timedelta(minutes=1)
    assert job.payload == {"model_id": "arrival-delay", "deployment_id": "dp_7", "stage": 1}
    assert next_jobs(an_event("deployment.moved", {"state": "rolled_back"}), a_spec()) == ()


def test_a_model_that_trains_nothing_races_for_no_rows_and_no_spec() -> None:
    spec = replace(a_spec(schedule=None), train=TrainPart(recipe="elsewhere"))
    assert next_jobs(an_event("dataset.committed", {"cause": "onboarding"}), spec) == ()
    changed = an_event("model.changed", {"live": None, "dataset": "ds_1", "new_lanes": ""})
    assert next_jobs(changed, spec) == ()
