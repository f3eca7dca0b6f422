"""The end of a model: said first, then done; asked again, it is the same."""

from datetime import UTC, datetime

import pytest

from tenure.core.deployments import IN_FORCE
from tenure.core.errors import TenureError
from tenure.core.jobs import JobKind, JobState, NewJob
from tenure.core.models import ModelState
from tenure.services import declare, retire
from tenure.services.retire import Farewell
from tests.small.house import spec_of
from tests.small.life import Life
from tests.small.trial import deployments, released

SUNSET = datetime(2024, 12, 24, tzinfo=UTC)


def farewell(life: Life, **more: object) -> Farewell:
    return Farewell("anna", life.tenant, life.model, "it is old", **more)  # type: ignore[arg-type]


def other_model(life: Life, name: str = "churn-2") -> str:
    declare.apply(life.house, "anna", life.tenant, spec_of(model={"name": name}))
    return name


def test_a_deprecated_model_says_when_and_where_to_and_answers_as_before(life: Life) -> None:
    before = released(life)
    said = farewell(life, successor=other_model(life), sunset=SUNSET)
    assert retire.deprecate(life.house, said).state is ModelState.DEPRECATED
    notice = released(life).notice
    assert notice is not None
    assert (notice.sunset, notice.successor) == (SUNSET, "churn-2")
    assert released(life).arms == before.arms
    again = retire.deprecate(life.house, farewell(life, successor="churn-2"))
    assert (again.deprecated_at, again.sunset) == (notice.deprecated_at, None)
    told = [entry.facts for entry in life.told("model.moved") if entry.actor == "anna"]
    assert [facts["state"] for facts in told] == ["deprecated", "deprecated"]
    assert told[0]["sunset"] == SUNSET.isoformat()


def test_a_deprecation_is_taken_back(life: Life) -> None:
    retire.deprecate(life.house, farewell(life))
    assert retire.reinstate(life.house, farewell(life)).state is ModelState.ACTIVE
    assert released(life).notice is None
    with pytest.raises(TenureError) as refused:
        retire.reinstate(life.house, farewell(life))
    assert refused.value.code == "model.bad_transition"


def test_a_decommissioned_model_serves_no_more_and_points_to_its_successor(life: Life) -> None:
    said = farewell(life, successor=other_model(life))
    assert retire.decommission(life.house, said).state is ModelState.DECOMMISSIONED
    index = life.house.releases.index()
    assert f"{life.tenant}/{life.model}" not in index.releases
    assert index.gone is not None
    assert "ask 'churn-2' instead" in index.gone[f"{life.tenant}/{life.model}"]
    assert not [one for one in deployments(life) if one.state in IN_FORCE]
    entries = len(life.told("model.moved"))
    assert retire.decommission(life.house, said).state is ModelState.DECOMMISSIONED
    assert len(life.told("model.moved")) == entries


def test_what_was_to_be_done_for_a_model_that_is_no_more_is_let_be(life: Life) -> None:
    retire.decommission(life.house, farewell(life))
    race: dict[str, str | int | None] = {
        "model_id": life.model,
        "lane": "champion",
        "cause": "schedule",
    }
    with life.house.store.work() as work:
        work.jobs.add([NewJob(life.tenant, JobKind.STUDY, "a late race", race)])
    life.work()
    assert len(life.studies()) == 1
    assert life.jobs(JobState.PARKED) == []
    assert {job.state for job in life.jobs() if job.kind is JobKind.STUDY} == {JobState.DONE}


@pytest.mark.parametrize(
    ("successor", "code"), [("churn", "model.own_successor"), ("nowhere", "model.not_found")]
)
def test_a_successor_is_another_model_of_the_same_tenant(
    life: Life, successor: str, code: str
) -> None:
    for call in (retire.deprecate, retire.decommission):
        with pytest.raises(TenureError) as refused:
            call(life.house, farewell(life, successor=successor))
        assert refused.value.code == code
