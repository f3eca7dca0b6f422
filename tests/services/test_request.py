"""A person asks for a race: it passes the brakes, not the gate."""

import pytest

from tenure.core.errors import TenureError
from tenure.core.studies import StudyState
from tenure.services import request
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import BEGIN, DAY
from tests.small.trial import respecified


def ask(life: Life, lane: str = "champion") -> request.Request:
    return request.study(life.house, "k_anna", life.tenant, life.model, lane, "a new fare table")


def test_a_race_that_was_asked_for_is_judged_by_the_gate_and_names_who_asked(life: Life) -> None:
    life.step(LIVE, LIVE + 8 * DAY)
    asked = ask(life)
    life.work()
    study = life.read(lambda work: work.studies.get(life.tenant, asked.study))
    assert study.cause == f"request:{asked.id}"
    assert study.champion == 1
    assert study.state in {StudyState.PROMOTED, StudyState.REFUSED}
    assert study.reason
    (told,) = life.told("study.requested")
    assert (told.actor, told.facts["reason"]) == ("k_anna", "a new fare table")


def test_neither_cool_down_nor_budget_holds_up_a_person(life: Life) -> None:
    brakes = {"on": [], "cool_down": "30d", "budget": {"promotions": 1, "per": "300d"}}
    braked = respecified(life, spec_of(retrain=brakes, challengers={"static": {}}))
    braked.step(LIVE, LIVE + 8 * DAY)
    for day in (8, 9):
        braked.advance(LIVE + day * DAY)
        ask(braked)
        braked.work()
    causes = [study.cause.partition(":")[0] for study in braked.studies()]
    assert causes.count("request") == 2
    assert braked.told("study.skipped") == []


def test_asked_twice_at_one_instant_it_is_one_race(life: Life) -> None:
    assert ask(life) == ask(life)
    assert len(life.told("study.requested")) == 1


def test_a_challenger_may_be_asked_for_and_an_unknown_lane_is_named(life: Life) -> None:
    assert ask(life, "static").lane == "static"
    with pytest.raises(TenureError, match="has no lane 'statik'") as caught:
        ask(life, "statik")
    assert (caught.value.code, caught.value.hint) == ("lane.not_found", "known: champion, static")


def test_what_is_trained_elsewhere_is_not_trained_here(fresh_life: Begin) -> None:
    life = fresh_life(spec_of(train={"recipe": "elsewhere", "windows": None}))
    life.declare()
    with pytest.raises(TenureError) as caught:
        ask(life)
    assert caught.value.code == "study.nothing_to_train"


def test_before_anything_serves_a_request_is_the_onboarding_again(fresh_life: Begin) -> None:
    life = fresh_life(spec_of(challengers={"static": {}}))
    life.declare(BEGIN + DAY)  # too few rows are known
    life.work()
    assert [study.state for study in life.studies()] == [StudyState.REFUSED]
    ask(life)
    life.work()
    assert [study.cause for study in life.studies()] == ["onboarding", "onboarding"]


def test_new_rows_of_a_live_model_start_a_race_where_the_spec_says_so(life: Life) -> None:
    spec = spec_of(retrain={"on": ["data"]}, challengers={"static": {"retrain": {"on": []}}})
    fed = respecified(life, spec)
    fed.step(LIVE, LIVE + 8 * DAY)
    before = len(fed.studies())
    fed.bring(fed.known(LIVE + 8 * DAY))
    fed.work()
    study = fed.studies()[-1]
    assert len(fed.studies()) == before + 1
    assert study.cause.startswith("data:ds_")
