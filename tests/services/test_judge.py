"""A race is judged once, against the version in force, and what was refused can still be shown."""

from dataclasses import replace

import pytest

from tenure.core.deployments import CHAMPION
from tenure.core.errors import TenureError
from tenure.core.jobs import JobKind
from tenure.core.studies import StudyState
from tenure.core.versions import Assurance
from tenure.services.judge import champion_of, judge, judged_by
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import Life
from tests.small.trial import add_version, promote


def test_the_first_race_leaves_a_version_with_its_decision_and_evidence(life: Life) -> None:
    (study,) = life.studies()
    with life.house.store.read() as work:
        version = work.versions.get(life.tenant, f"{life.model}/1")
        decision = work.decisions.get(life.tenant, str(study.decision_id))
        evidence = work.evidence.list(life.tenant, model_id=life.model, version=1)
    assert (study.state, study.version, study.champion) == (StudyState.PROMOTED, 1, None)
    assert version.state is Assurance.APPROVED
    assert version.study_id == study.id
    assert decision.text == study.reason == "all clauses passed"
    assert {item.id for item in evidence} == set(decision.evidence)
    (ended,) = [e for e in life.told("study.ended") if e.facts["lane"] == CHAMPION]
    assert (ended.facts["outcome"], ended.facts["version"]) == ("promoted", 1)


def test_a_candidate_that_is_refused_stays_as_a_rejected_version(fresh_life: Begin) -> None:
    impossible = {"require": "metric_min", "metric": "accuracy", "value": 0.999}
    life = fresh_life(spec_of(gate={"holdout": "5d", "sure": impossible}))
    life.declare()
    life.work()
    (study,) = life.studies()
    assert (study.state, study.version) == (StudyState.REFUSED, 1)
    assert "0.999" in study.reason
    version = life.read(lambda work: work.versions.get(life.tenant, f"{life.model}/1"))
    assert version.state is Assurance.REJECTED
    assert life.read(lambda work: work.deployments.list(life.tenant)) == []


def test_judging_again_what_is_over_changes_nothing(fresh_life: Begin) -> None:
    life = fresh_life(spec_of())
    life.declare()
    job = life.do_until(JobKind.JUDGE)
    judge(life.house, job)
    before = life.told("decision.made")
    with pytest.raises(TenureError, match=r"job\."):  # its lease is over
        judge(life.house, job)
    assert life.told("decision.made") == before
    assert [version.number for version in life.read(lambda w: w.versions.list(life.tenant))] == [1]


def test_a_race_whose_lane_left_the_spec_ends_without_a_version(fresh_life: Begin) -> None:
    life = fresh_life(spec_of())
    life.declare()
    job = life.do_until(JobKind.JUDGE)
    with life.house.store.work() as work:
        study = work.studies.get(life.tenant, str(job.payload["study_id"]))
        work.studies.save(life.tenant, replace(study, lane="gone"))
    judge(life.house, job)
    (ended,) = life.studies("gone")
    assert (ended.state, ended.reason) == (
        StudyState.FAILED,
        "lane gone was taken out of the spec",
    )
    assert life.read(lambda work: work.versions.list(life.tenant)) == []


def test_the_champion_is_what_is_in_force(life: Life) -> None:
    with life.house.store.read() as work:
        model = work.models.get(life.tenant, life.model)
        run = judged_by(work, model, CHAMPION)
        assert champion_of(work, model, CHAMPION) == 1
        assert run is not None
        assert run.id in life.studies()[0].runs
        assert champion_of(work, model, "nobody") is None
        assert judged_by(work, model, "nobody") is None
    promote(life, add_version(life))
    life.work()
    with life.house.store.read() as work:
        assert champion_of(work, replace(model), CHAMPION) == 2
