"""Sources: paths for rows, the API or a query for labels, secrets only by reference."""

from tenure.core.spec.nodes import plant
from tenure.core.spec.problems import InValue, Problems
from tenure.core.spec.sources import DataSource, LabelSource
from tenure.core.spec.values import SqlSource
from tests.core.spec.kinds_at_work import code, read

QUERY = {"url": "env:DB", "query": "select 1"}


def from_file(value: object, queries: dict[str, str]) -> tuple[object, bool]:
    """Return what a file's source gives, and whether it was refused."""
    problems = Problems(InValue(), queries)
    return LabelSource().read(plant(value, ("labels", "source")), problems), problems.any


def test_rows_come_from_a_path() -> None:
    assert read(DataSource(), "a/b.csv") == "a/b.csv"
    assert DataSource().write("a/b.csv") == "a/b.csv"
    assert code(DataSource(), "") == "spec.bad_value"
    assert code(DataSource(), 3) == "spec.wrong_type"
    assert code(DataSource(), "s3://a") == "spec.not_yet_supported"
    assert code(DataSource(), QUERY) == "spec.not_yet_supported"


def test_labels_come_from_the_api_or_a_query() -> None:
    source = SqlSource("env:DB", "select 1")
    assert read(LabelSource(), "api") == "api"
    assert read(LabelSource(), QUERY) == source
    assert LabelSource().write(source) == QUERY
    assert LabelSource().write("api") == "api"
    assert code(LabelSource(), 3) == "spec.wrong_type"
    assert code(LabelSource(), "kafka") == "spec.bad_value"


def test_a_value_carries_its_query_and_a_file_names_one() -> None:
    named = {"url": "env:DB", "query_file": "a.sql"}
    assert code(LabelSource(), named) == "spec.unknown_key"
    assert from_file(named, {"a.sql": " select 1 "}) == (SqlSource("env:DB", "select 1"), False)
    assert from_file(QUERY, {}) == (None, True)
    assert from_file(named, {}) == (None, True)
    assert from_file(named, {"a.sql": "  "}) == (None, True)


def test_only_references_are_taken_for_secrets() -> None:
    for url in ("postgres://x", "env:", "env:A B", "vault:x", "env:1A", "env:TENURE_DATABASE_URL"):
        assert code(LabelSource(), {**QUERY, "url": url}) == "spec.bad_value"
