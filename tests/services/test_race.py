"""What is read before judging: whose race it is, whom it is against, by which clauses."""

from dataclasses import replace

from tenure.core.recipes import ELSEWHERE
from tenure.core.spec.values import Spec
from tenure.services.race import Race, lane_of
from tests.small.house import spec_of
from tests.small.life import Life


def race_of(life: Life, spec: Spec) -> Race:
    (study,) = life.studies()
    runs = tuple(life.runs(study))
    model = life.read(lambda work: work.models.get(life.tenant, life.model))
    return Race(model, spec, spec.lanes()[0], study, runs, None)


def test_a_lane_that_was_taken_out_of_the_spec_is_not_found() -> None:
    spec = spec_of(challengers={"static": {}})
    assert [lane_of(spec, name) for name in ("champion", "static")] == list(spec.lanes())
    assert lane_of(spec, "blind") is None


def test_a_race_against_nobody_has_no_champion_number(life: Life) -> None:
    race = race_of(life, life.spec)
    assert race.champion_number is None
    version = life.read(lambda work: work.versions.get(life.tenant, f"{life.model}/1"))
    assert replace(race, champion=version).champion_number == 1


def test_every_race_must_gain_and_a_file_from_elsewhere_must_not_know_the_holdout(
    life: Life,
) -> None:
    race = race_of(life, life.spec)
    required = [clause.require for clause in race.policy.clauses]
    assert required[-1] == "gains_on_champion"
    assert "holdout_unseen" not in required
    handed_in = replace(race, runs=(replace(race.runs[0], recipe=ELSEWHERE),))
    assert [clause.require for clause in handed_in.policy.clauses][-1] == "holdout_unseen"
