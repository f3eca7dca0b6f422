"""A tree of facts: how values read, and what a person owes."""

import pytest

from tenure.core.documents.tree import Document, Fact, Grid, Part, counted, owed, said, told
from tests.core.documents.samples import AT


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "-"), ("", "-"), (True, "yes"), (1234, "1,234"), (0.53912, "0.5391"), ("x", "x")],
)
def test_values_read_the_same_everywhere(value: str | float | None, text: str) -> None:
    assert said(value) == text


def test_what_a_person_owes_is_counted_at_any_depth() -> None:
    inner = Part("b", facts=(owed("c", "write it"),))
    part = Part(
        "a", facts=(Fact("d", 1), told("e", "", "say it"), told("f", "x", "")), parts=(inner,)
    )
    assert counted(Document("card", "t", "s", AT, (part,))) == (2, 2)


def test_a_column_of_numbers_may_have_gaps_but_no_words() -> None:
    grid = Grid("c", ("a", "b", "c"), ((1, None, None), (2.5, "x", None)))
    assert [grid.is_number(place) for place in range(3)] == [True, False, False]
