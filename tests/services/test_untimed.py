"""Rows without a time: their order stands for it, from the first race to the next."""

from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import Life

SPEC = spec_of(
    data={"time": None, "ignore": ["kind", "price", "at"]},
    train={"windows": ["all"]},
    retrain={"schedule": {"cron": "0 0 * * *"}, "cool_down": "1d"},
)


def comparison(life: Life, version: int) -> dict[str, object]:
    found = life.read(
        lambda work: work.evidence.list(life.tenant, model_id=life.model, version=version)
    )
    (facts,) = (one.facts for one in found if one.kind == "comparison")
    return dict(facts)


def test_the_champion_and_the_candidate_meet_on_rows_that_came_after_both(
    fresh_life: Begin,
) -> None:
    life = fresh_life(SPEC)
    life.declare()
    life.work()
    (first,) = life.studies()
    assert first.state == "promoted"
    life.days(20, 26)
    later = [study for study in life.studies() if study.version and study is not first]
    assert len(later) > 1
    (run,) = life.runs(later[-1])
    facts = comparison(life, int(str(later[-1].version)))
    assert run.held_out > 0
    assert int(str(facts["rows"])) > 0
    assert facts["champion_loss"] is not None
