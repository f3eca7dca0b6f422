"""The parts that documents share."""

from dataclasses import replace

from tenure.core.documents import sections
from tenure.core.documents.tree import Part
from tests.core.documents.samples import BARE, FULL


def values(part: Part) -> dict[str, object]:
    return {one.name: one.value for one in part.facts}


def test_a_version_is_compared_in_words() -> None:
    said = values(sections.worth(FULL))["mean loss against the champion"]
    assert said == "-0.0123 (-0.0200 to -0.0040): better than version 1"


def test_rows_that_were_put_aside_are_listed() -> None:
    (grid,) = sections.data(FULL).grids
    assert grid.rows == (("row.unlabelled", 3),)


def test_production_adds_up() -> None:
    assert values(sections.production(FULL))["mean log_loss of them"] == 0.54
    assert values(sections.production(BARE))["answers judged"] == 0


def test_tests_and_coverage_are_told() -> None:
    assert values(sections.tests(FULL)) == {
        "tests": 5,
        "failed": 0,
        "commit": "4c1d2e",
        "lines covered": "80.0%",
    }


def test_a_decision_has_its_clauses_and_words() -> None:
    clauses, people = sections.decision(FULL).grids
    assert clauses.rows[0][:2] == ("baseline", "holds")
    assert people.rows[0][1:4] == ("approval", "p_ann", "approver")


def test_an_output_is_told_by_its_task() -> None:
    assert values(sections.interface(FULL))["output"] == "one probability, of late = 1"
    assert not sections.interface(replace(FULL, version=None)).grids
