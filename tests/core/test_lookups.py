"""Keys of look-ups say one thing only; references and fallbacks are checked before anything runs."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.columns import Column, ColumnType
from tenure.core.errors import Kind, TenureError
from tenure.core.lookups import (
    Allowance,
    Lookup,
    Value,
    allowance,
    check,
    check_allowed,
    misfits,
    parameters,
    template,
    told,
)

PLAN = Column("plan", ColumnType.CATEGORY, nulls=False)
DAYS = Column("days", ColumnType.INT, min=0)


def lookup(otherwise: str | dict[str, Value] = "refuse", key: str = "acme:{id}") -> Lookup:
    return Lookup("p", "env:P", ("plan", "days"), key=key, otherwise=otherwise)


def test_a_template_is_texts_around_columns() -> None:
    found = template("acme:{{x}}:{region}:{id}!")
    assert found.texts == ("acme:{x}:", ":", "!")
    assert found.columns == ("region", "id")
    assert found.fill(("n", "42")) == "acme:{x}:n:42!"


@pytest.mark.parametrize(
    "text", ["", "id", "{}", "{id", "id}", "{a}{b}", "{a}and{b}", "{a}:{a}", "{a!r}", "{a:>3}"]
)
def test_a_key_that_would_not_say_one_thing_is_no_template(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        template(text)


def filled(text: str, values: list[str]) -> str | None:
    """Return the key, or None for values that are refused."""
    try:
        return template(text).fill(tuple(values))
    except TenureError as error:
        return None if error.code == "lookup.bad_key" else "?"


VALUES = st.text(min_size=1, max_size=8)


@given(st.lists(VALUES, min_size=2, max_size=2), st.lists(VALUES, min_size=2, max_size=2))
def test_different_values_never_make_the_same_key(one: list[str], other: list[str]) -> None:
    keys = filled("acme:{a}:{b}", one), filled("acme:{a}:{b}", other)
    if None not in keys:
        assert (keys[0] == keys[1]) == (one == other)


@given(VALUES)
def test_whatever_is_sent_the_key_stays_behind_its_prefix(value: str) -> None:
    key = filled("acme:customer:{id}", [value])
    if key is None:
        return
    assert key.startswith("acme:customer:")
    assert key.count(":") == 2
    assert key.isprintable()


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("select a from t where a in :a", ("a",)),
        ("select a::text from t where a IN  :a and b in\n:b_2", ("a", "b_2")),
        ("select '12:30' from t where a in :a", ("a",)),
    ],
)
def test_the_columns_of_a_query_are_its_parameters(query: str, names: tuple[str, ...]) -> None:
    assert parameters(query) == names
    assert Lookup("p", "env:P", ("x",), query=query).columns == names


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("select 1", "by no column"),
        ("select a from t where a = :a", "in :a"),
        ("select a from t where a in (:a)", "in :a"),
        ("select a from t where a in :a or b in :a", "twice"),
    ],
)
def test_a_query_asks_for_many_at_once(query: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parameters(query)


@pytest.mark.parametrize(
    ("otherwise", "plan", "days"),
    [
        ("refuse", True, True),
        ("null", False, True),
        ({"plan": "none", "days": 0}, True, True),
        ({"plan": 1.5, "days": -1}, False, False),
        ({"plan": "x", "days": "soon"}, True, False),
    ],
)
def test_a_fallback_fits_its_column(
    otherwise: str | dict[str, Value], plan: object, days: object
) -> None:
    assert (misfits(lookup(otherwise), PLAN) == "") is plan
    assert (misfits(lookup(otherwise), DAYS) == "") is days


def test_what_a_model_cannot_take_is_refused() -> None:
    check([lookup()], [PLAN, DAYS])
    with pytest.raises(TenureError, match=r"lookup\.unknown_feature"):
        check([lookup()], [PLAN])
    with pytest.raises(TenureError, match=r"lookup\.bad_otherwise"):
        check([lookup("null")], [PLAN, DAYS])


def test_an_allowance_is_written_as_it_is_read() -> None:
    for text in ("acme=env:P", "acme=file:/run/p", "acme=env:P acme:"):
        assert str(allowance(text)) == text
    assert allowance(" acme=env:P  acme: ") == Allowance("acme", "env:P", "acme:")
    for text in ("", "acme", "acme=", "=env:P", "acme=redis://host"):
        with pytest.raises(ValueError, match="expected"):
            allowance(text)


def allowed(*texts: str, key: str = "acme:{id}", query: str = "") -> bool:
    one = Lookup("p", "env:P", ("plan",), key=key, query=query)
    try:
        check_allowed([allowance(text) for text in texts], "acme", [one])
    except TenureError as error:
        if (error.kind, error.code) != (Kind.DENIED, "lookup.not_allowed"):
            raise
        return False
    return True


def test_nothing_is_allowed_but_what_the_operator_says() -> None:
    assert not allowed()
    assert not allowed("other=env:P", "acme=env:Q", "acme=env:PP")
    assert allowed("acme=env:P")
    assert allowed("other=env:P other:", "acme=env:P")


def test_a_shared_store_is_open_behind_a_prefix_only() -> None:
    assert allowed("acme=env:P acme:")
    assert not allowed("acme=env:P acme:", key="other:{id}")
    assert not allowed("acme=env:P acme:", key="{id}:acme:")
    assert not allowed("acme=env:P acme:", key="acme{id}:")
    assert not allowed("acme=env:P acme:", key="", query="select plan from t where id in :id")
    assert allowed("acme=env:P a:", "acme=env:P b:", key="b:{id}")


def test_the_log_is_told_feature_by_feature() -> None:
    assert json.loads(told({"plan": "looked up", "größe": "missing"})) == {
        "plan": "looked up",
        "größe": "missing",
    }
