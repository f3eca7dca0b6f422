"""The ML Test Score: the weakest section counts, and what was found long ago counts no more."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from tenure.core.readiness import RULES, SECTIONS, Seen, readiness

NOW = datetime(2013, 4, 1, tzinfo=UTC)
ALL = {rule.id: Seen(NOW, "found") for rule in RULES}


def test_the_rubric_has_seven_checks_in_each_of_four_sections() -> None:
    marked = readiness({}, NOW).checks
    assert Counter(one.section for one in marked) == dict.fromkeys(SECTIONS, 7)
    assert len({one.id for one in marked}) == 28
    assert all(one.how for one in marked)


def test_the_weakest_section_is_the_score() -> None:
    assert (readiness({}, NOW).score, readiness({}, NOW).band) == (0.0, "a research project")
    assert (readiness(ALL, NOW).score, readiness(ALL, NOW).band) == (7.0, "exceptional")
    some = {name: seen for name, seen in ALL.items() if name not in {"I1", "I2", "O7"}}
    found = readiness(some, NOW)
    assert (found.score, found.sections["infrastructure"], found.sections["monitoring"]) == (
        5,
        5,
        6,
    )


@pytest.mark.parametrize(("days", "points"), [(0, 1.0), (30, 1.0), (31, 0.5), (90, 0.5), (91, 0.0)])
def test_what_was_found_expires(days: int, points: float) -> None:
    found = readiness({"D1": Seen(NOW - timedelta(days=days), "found")}, NOW).checks[0]
    assert found.points == points
    assert (found.until is None) is (points == 0.0)
    assert found.until is None or found.until >= NOW
    assert bool(found.how) is (points < 1.0)


def test_what_a_person_declared_counts_half() -> None:
    found = readiness({"D4": Seen(NOW, "declared", by_hand=True)}, NOW)
    assert found.sections["data"] == 0.5


def test_what_is_dated_after_today_does_not_count() -> None:
    assert readiness({"D1": Seen(NOW + timedelta(days=1), "x")}, NOW).checks[0].points == 0.0
