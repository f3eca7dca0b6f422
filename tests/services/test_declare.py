"""Declaring: applying twice is once, what a change sets off, and what a live model refuses."""

from collections.abc import Callable
from typing import Any

import pytest

from tenure.core.deployments import DeploymentState
from tenure.core.errors import Kind, TenureError
from tenure.core.jobs import JobKind, JobState
from tenure.core.models import ModelState
from tenure.core.spec.values import Spec
from tenure.core.studies import StudyState
from tenure.services import declare
from tenure.services.house import House
from tests.services.conftest import Begin, live_spec
from tests.small.house import spec_of
from tests.small.life import LIVE, Life

BLIND = {"retrain": {"schedule": {"cron": "0 3 1 * *", "zone": "UTC"}}}


def apply(life: Life, spec: Spec) -> None:
    declare.apply(life.house, "anna", life.tenant, spec)


def changed(**tables: dict[str, Any] | None) -> Spec:
    """Return the spec of the living model with some keys changed."""
    base: dict[str, Any] = {
        "retrain": {"on": ["finding:accuracy"], "cool_down": "1d"},
        "challengers": {"static": {}},
    }
    return spec_of(**{**base, **tables})


def in_force(life: Life) -> dict[str, int]:
    deployments = life.read(lambda work: work.deployments.list(life.tenant, model_id=life.model))
    states = {DeploymentState.LIVE, DeploymentState.SHADOW}
    return {one.lane: one.version for one in deployments if one.state in states}


def arms(life: Life) -> list[str]:
    index = life.house.releases.index()
    return [arm.lane for arm in life.house.releases.load(index.releases["acme/churn"]).arms]


def test_applying_twice_is_applying_once(house: House) -> None:
    first = declare.apply(house, "anna", "acme", spec_of())
    again = declare.apply(house, "anna", "acme", spec_of())
    assert first == again
    assert first.state is ModelState.ONBOARDING
    with house.store.read() as work:
        kinds = [entry.kind for entry in work.ledger.read("acme")]
        actors = {entry.actor for entry in work.ledger.read("acme") if entry.model_id}
    assert kinds == ["tenant.created", "model.declared"]
    assert actors == {"anna"}


def test_a_stale_plan_is_refused_in_the_unit_of_work_that_would_apply_it(house: House) -> None:
    plan = declare.plan(house, "acme", spec_of(), None)
    declare.apply(house, "anna", "acme", spec_of(), base=plan.base)
    with pytest.raises(TenureError) as refused:
        declare.apply(house, "otto", "acme", spec_of(gate={"holdout": "6d"}), base=plan.base)
    assert (refused.value.code, refused.value.kind) == ("plan.stale", Kind.CONFLICT)
    again = declare.plan(house, "acme", spec_of(gate={"holdout": "6d"}), None)
    assert [change.path for change in again.changes] == ["gate.holdout"]
    declare.apply(house, "otto", "acme", spec_of(gate={"holdout": "6d"}), base=again.base)


def test_a_plan_is_stale_when_rows_have_come(life: Life) -> None:
    plan = declare.plan(life.house, life.tenant, live_spec(), None)
    life.bring(life.rows)
    with pytest.raises(TenureError, match=r"plan\.stale"):
        declare.apply(life.house, "anna", life.tenant, live_spec(), base=plan.base)


def test_a_spec_belongs_to_the_tenant_it_names(house: House) -> None:
    with pytest.raises(TenureError) as refused:
        declare.apply(house, "anna", "acme", spec_of(model={"tenant": "bolt"}))
    assert refused.value.code == "spec.other_tenant"


def test_nobody_declares_for_a_tenant_that_is_not_there(house: House) -> None:
    for call in (
        lambda: declare.apply(house, "anna", "nobody", spec_of(model={"tenant": "nobody"})),
        lambda: declare.plan(house, "nobody", spec_of(model={"tenant": "nobody"}), None),
    ):
        with pytest.raises(TenureError) as refused:
            call()
        assert refused.value.kind is Kind.NOT_FOUND


def test_a_plan_says_what_is_new_and_changes_nothing(house: House) -> None:
    plan = declare.plan(house, "acme", spec_of(), "sha256:rows")
    assert plan.model == "acme/churn"
    assert not plan.nothing_to_do
    assert plan.jobs == (
        "import the dataset",
        "train linear on 10d, all",
        "judge by the policy",
        "deploy",
    )
    assert {"train.recipe", "data.target"} <= {change.path for change in plan.changes}
    with house.store.read() as work:
        assert work.models.list("acme") == []


def test_a_plan_of_what_is_there_has_nothing_to_do(life: Life) -> None:
    dataset = life.read(lambda work: work.datasets.list(life.tenant))[-1]
    plan = declare.plan(life.house, life.tenant, live_spec(), dataset.source_digest)
    assert plan.nothing_to_do
    other = declare.plan(life.house, life.tenant, live_spec(), "sha256:other rows")
    assert other.jobs == ("import the dataset",)
    (change,) = declare.plan(
        life.house, life.tenant, changed(serve={"log": "durable"}), None
    ).changes
    assert change.text == 'serve.log: "async" → "durable"'


def test_a_changed_spec_is_recorded_with_what_changed(life: Life) -> None:
    apply(life, changed(gate={"holdout": "6d", "valid_for": "60d"}))
    (entry,) = life.told("model.changed")
    paths = str(entry.facts["changed"]).split(", ")
    assert paths[:2] == ["gate.holdout", "gate.valid_for"]
    assert all(path.startswith("challengers.static.") for path in paths[2:])  # which inherits
    assert entry.facts["live"] == 1


def test_how_rows_are_logged_is_published_with_the_change(life: Life) -> None:
    apply(life, changed(serve={"log": "durable"}))
    index = life.house.releases.index()
    assert life.house.releases.load(index.releases["acme/churn"]).log == "durable"


def test_a_new_lane_gets_the_live_version(life: Life) -> None:
    apply(life, changed(challengers={"static": {}, "blind": BLIND}))
    life.work()
    assert in_force(life) == {"champion": 1, "static": 1, "blind": 1}
    assert arms(life) == ["champion", "blind", "static"]
    assert [job.payload["lane"] for job in life.jobs() if job.kind is JobKind.SCHEDULE] == ["blind"]


def test_a_lane_that_left_the_spec_serves_no_more(life: Life) -> None:
    apply(life, changed(challengers=None))
    assert in_force(life) == {"champion": 1}
    assert arms(life) == ["champion"]
    life.work()
    stopped = life.read(lambda work: work.deployments.list(life.tenant, lane="static"))
    assert [one.state for one in stopped] == [DeploymentState.STOPPED]
    assert stopped[0].stopped_at == LIVE


def test_a_lane_that_comes_back_serves_again(life: Life) -> None:
    for day in (20, 21):
        apply(life, changed(challengers=None))
        life.days(day, day + 1)
        apply(life, live_spec())
        life.work()
        assert in_force(life) == {"champion": 1, "static": 1}


def test_a_spec_that_is_mended_before_anything_is_live_races_again(fresh_life: Begin) -> None:
    life = fresh_life(spec_of(train={"windows": ["1d"]}))
    life.declare()
    life.work()
    (study,) = life.studies()
    assert study.state is StudyState.REFUSED
    assert "at least 200 are needed" in study.reason
    apply(life, spec_of())
    life.work()
    assert [one.state for one in life.studies()] == [StudyState.REFUSED, StudyState.PROMOTED]
    assert in_force(life) == {"champion": 1}


def test_a_spec_that_reads_the_rows_otherwise_waits_for_them(fresh_life: Begin) -> None:
    """A race on the rows as they were read before would be about something else."""
    life = fresh_life(spec_of(train={"windows": ["1d"]}))
    life.declare()
    life.work()
    mended = spec_of(data={"ignore": ["kind", "price", "y"]})
    apply(life, mended)
    life.work()
    assert len(life.studies()) == 1
    life.bring(life.known(LIVE))
    life.work()
    assert in_force(life) == {"champion": 1}
    version = life.read(lambda work: work.versions.list(life.tenant))[-1]
    assert [column.name for column in version.signature.features] == ["x", "colour"]


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ({"model": {"task": "regression"}, "data": {"target": "price", "ignore": ["kind", "left"]}}, "task"),
        ({"data": {"target": "kind", "ignore": ["price", "left"]}}, "target is 'left'"),
        ({"data": {"ignore": ["kind", "price", "y"]}}, "'y' would no longer be a feature"),
        ({"data": {"time": None}, "train": {"windows": ["all"]}}, "carry a time"),
        ({"features": {"price": {"type": "float"}}, "data": {"ignore": ["kind"]}}, "'price' would become"),
        ({"features": {"x": {"type": "category"}}}, "'x' would become"),
    ],
)  # fmt: skip
def test_the_columns_of_a_live_model_are_fixed(
    life: Life, tables: dict[str, dict[str, Any]], words: str
) -> None:
    spec = changed(**tables)
    calls: tuple[Callable[[], object], ...] = (
        lambda: apply(life, spec),
        lambda: declare.plan(life.house, life.tenant, spec, None),
    )
    for call in calls:
        with pytest.raises(TenureError) as refused:
            call()
        assert refused.value.code == "model.columns_fixed"
        assert words in refused.value.message


def test_bounds_of_a_live_models_columns_may_change(life: Life) -> None:
    apply(life, changed(features={"x": {"type": "float", "min": -50.0, "unit": "m"}}))
    assert len(life.told("model.changed")) == 1


def test_a_decommissioned_model_takes_no_spec_and_no_rows(life: Life) -> None:
    life.decommission()
    calls: tuple[Callable[[], None], ...] = (
        lambda: apply(life, live_spec()),
        lambda: life.bring(life.rows.head(30)),
    )
    for call in calls:
        with pytest.raises(TenureError) as refused:
            call()
        assert refused.value.code == "model.decommissioned"


def test_a_spec_that_is_mended_while_the_first_race_trains_begins_another(
    fresh_life: Begin,
) -> None:
    life = fresh_life(spec_of(challengers={"static": {}}))
    life.declare()
    life.do_until(JobKind.TRAIN)
    apply(life, spec_of(train={"windows": ["9d"]}))
    life.house.clock.sleep(100)
    life.work()
    assert in_force(life) == {"champion": 1}
    assert life.jobs(JobState.PARKED) == []
    states = {one.state: one for one in life.studies()}
    assert set(states) == {StudyState.REFUSED, StudyState.PROMOTED}
    assert "overtaken" in states[StudyState.REFUSED].reason
    assert [run.window for run in life.runs(states[StudyState.PROMOTED])] == ["9d"]
    assert len(life.told("study.ended")) == 2
