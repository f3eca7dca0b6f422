"""Look-ups in a spec: a file names the query's file, a value carries the query itself."""

from dataclasses import replace

import pytest

from tenure.core.errors import TenureError
from tenure.core.lookups import Lookup
from tenure.core.spec.lookups import KeyTemplate, LookupKind, Otherwise
from tenure.core.spec.nodes import plant
from tenure.core.spec.parse import from_dict, parse, query_files, to_dict
from tenure.core.spec.problems import InValue, Problems
from tests.core.spec.kinds_at_work import code, read

REDIS = {"url": "env:P", "key": "acme:{id}", "features": ["plan"], "otherwise": {"plan": "none"}}
SQL = {"url": "env:P", "query": "select id, plan from p where id in :id", "features": ["plan"]}
FOUND = Lookup("key", "env:P", ("plan",), key="acme:{id}", otherwise={"plan": "none"})
FILE = """
spec = 1
[model]
tenant = "acme"
name = "churn"
task = "binary"
[data]
source = "rows.csv"
target = "left"
[serve.lookup.profile]
url = "env:P"
query_file = "p.sql"
features = ["plan"]
"""


def test_a_look_up_is_read_and_written() -> None:
    kind = LookupKind()
    assert read(kind, REDIS) == FOUND
    assert kind.write(FOUND) == REDIS | {"timeout_ms": 20.0}
    found = read(kind, SQL)
    assert found == Lookup("key", "env:P", ("plan",), query=str(SQL["query"]))
    assert read(kind, kind.write(found)) == found


def test_a_file_names_its_query() -> None:
    query = "select id, plan from p where id in :id"
    assert query_files(FILE, "tenure.toml") == ("p.sql",)
    (declared,) = parse(FILE, "tenure.toml", {"p.sql": f"{query}\n"}).declared
    (lookup,) = declared.spec.serve.lookups
    assert (lookup.name, lookup.query, lookup.columns) == ("profile", query, ("id",))
    assert from_dict(to_dict(declared.spec)) == declared.spec


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "redis://u:sesame@host"},
        {"url": "file:relative"},
        {"key": "id"},
        {"features": []},
        {"features": ["plan", "plan"]},
        {"timeout_ms": 0},
        {"query": SQL["query"]},
        {"otherwise": {"other": 1}},
        {"otherwise": {}},
        {"otherwise": "nothing"},
        {"features": ["id"], "otherwise": "null"},
    ],
)
def test_what_does_not_go_together_is_refused(changes: dict[str, object]) -> None:
    assert code(LookupKind(), {**REDIS, **changes}) == "spec.bad_value"


def test_an_address_is_never_repeated() -> None:
    problems = Problems(InValue())
    LookupKind().read(plant({**REDIS, "url": "redis://u:sesame@host"}, ("lookup", "p")), problems)
    with pytest.raises(TenureError, match="setting") as caught:
        problems.refuse()
    assert "sesame" not in str(caught.value)


def test_a_key_is_a_template() -> None:
    assert read(KeyTemplate(), "a:{b}") == "a:{b}"
    assert code(KeyTemplate(), 3) == "spec.wrong_type"
    assert KeyTemplate().write("a:{b}") == "a:{b}"


def test_a_fallback_is_a_word_or_a_table() -> None:
    assert read(Otherwise(), "null") == "null"
    assert read(Otherwise(), {"a": 1}) == {"a": 1}
    assert code(Otherwise(), 3) == "spec.wrong_type"
    assert code(Otherwise(), {"a": {"b": 1}}) == "spec.wrong_type"
    assert code(LookupKind(), {**REDIS, "otherwise": {"plan": ["a"]}}) == "spec.wrong_type"
    assert replace(FOUND, otherwise="null") == read(LookupKind(), {**REDIS, "otherwise": "null"})
