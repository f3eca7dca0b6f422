"""A run is trained again from what it pins, and what came out is recorded whatever it is."""

from dataclasses import replace

import pytest

from tenure.core.errors import TenureError
from tenure.core.reproduction import Reproduction
from tenure.core.studies import Run, RunState
from tenure.services import reproduce
from tests.small.life import Life


def run_of(life: Life, run_id: str) -> Run:
    return life.read(lambda work: work.runs.get("acme", run_id))


def again(life: Life, run: Run, tolerance: float = 0.0) -> Reproduction:
    named = (life.house, "test", "acme", "churn", run.id)
    reproduce.ask(*named, reason="to be sure", tolerance=tolerance)
    life.work()
    found = run_of(life, run.id).reproduced
    assert found is not None
    return found


def save(life: Life, run: Run) -> None:
    with life.house.store.work() as work:
        work.runs.save("acme", run)


def test_a_race_and_its_refit_come_out_again_in_every_bit(life: Life) -> None:
    (version,) = life.read(lambda work: work.versions.list("acme"))
    for run_id in (version.judged_run, version.run_id):
        found = again(life, run_of(life, run_id))
        assert (found.reproduced, found.max_difference, found.share_equal) == (True, 0.0, 1.0)
        assert (found.same_files, found.changed, found.error) == (True, (), "")
        assert found.rows > 0
    evidence = life.read(lambda work: work.evidence.list("acme", version=version.number))
    (fact,) = (one for one in evidence if one.kind == "reproduction")
    assert fact.facts["reproduced"] == "yes"
    assert [one.facts["reason"] for one in life.told("reproduction.asked")] == ["to be sure"] * 2
    assert [one.subject for one in life.told("reproduction.ended")][1] == version.run_id


def test_what_does_not_come_out_again_is_said_with_what_changed(life: Life) -> None:
    run = life.runs(life.studies()[0])[0]
    assert run.surroundings is not None
    assert run.lock_digest == run.surroundings.lock
    before = replace(run.surroundings, python="3.0.0")
    save(life, replace(run, params={"strength": 300.0}, surroundings=before))
    found = again(life, run)
    assert (found.reproduced, found.same_files, found.changed) == (False, False, ("python",))
    assert found.max_difference is not None
    assert 0.0 < found.max_difference < 1.0
    assert again(life, run, tolerance=1.0).reproduced, "as far off as was allowed"
    save(life, replace(run, params={"nonsense": 1}))
    assert again(life, run).error.startswith("run.bad_param")


def test_what_did_not_end_well_cannot_be_done_again(life: Life) -> None:
    run = life.runs(life.studies()[0])[0]
    save(life, replace(run, state=RunState.FAILED))
    with pytest.raises(TenureError, match=r"run\.not_reproducible"):
        reproduce.ask(life.house, "test", "acme", "churn", run.id, reason="x")
