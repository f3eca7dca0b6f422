"""A score from live evidence: a model that has just gone live has some of it, and loses it by itself."""

from datetime import timedelta

from tenure.services import clock, ready
from tests.small.life import LIVE, Life


def test_a_fresh_model_has_what_the_loop_does_by_itself_and_loses_it_when_left_alone(
    life: Life,
) -> None:
    found = ready.score(life.house, life.tenant, life.model)
    points = {one.id: one.points for one in found.checks}
    assert {name for name, many in points.items() if many == 1.0} >= {"D1", "M5", "I3", "I4"}
    assert points["M3"] == 0.5  # windows race
    assert points["I6"] == points["I7"] == points["O7"] == 0.0
    assert found.score == min(found.sections.values())
    clock.advance(life.house, "test", life.tenant, LIVE + timedelta(days=40))
    later = {one.id: one.points for one in ready.score(life.house, life.tenant, life.model).checks}
    assert (later["M5"], later["I4"], later["D1"]) == (0.5, 0.5, 1.0)
