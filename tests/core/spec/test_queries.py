"""Query files: found beside the spec, never empty."""

from tenure.core.spec.nodes import plant
from tenure.core.spec.problems import InValue, Problems
from tenure.core.spec.queries import query_of


def found(name: str, files: dict[str, str]) -> tuple[str | None, bool]:
    problems = Problems(InValue(), files)
    return query_of(name, plant({"query_file": name}, ("labels",)), problems), problems.any


def test_a_query_is_the_text_of_its_file() -> None:
    assert found("a.sql", {"a.sql": " select 1\n"}) == ("select 1", False)


def test_what_is_not_there_or_says_nothing_is_refused() -> None:
    assert found("a.sql", {"b.sql": "select 1"}) == (None, True)
    assert found("a.sql", {"a.sql": " \n"}) == (None, True)
