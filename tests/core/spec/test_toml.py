"""Writing TOML: whatever is written, `tomllib` reads back equal."""

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from tenure.core.spec.toml import toml_header, toml_key, toml_pair, toml_value

TEXTS = st.text(st.characters(codec="utf-8"))
VALUES = st.recursive(
    TEXTS | st.integers(-(2**63), 2**63 - 1) | st.booleans() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=10,
)


@given(TEXTS, VALUES)
def test_what_is_written_is_read(name: str, value: object) -> None:
    assert tomllib.loads(toml_pair(name, value)) == {name: value}


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_headers_are_read(names: list[str]) -> None:
    found = tomllib.loads(toml_header(*names))
    for name in names:
        found = found[name]
    assert found == {}


def test_numbers_keep_their_type() -> None:
    written = [toml_value(number) for number in (1, 1.0, 1e16, float("inf"), -float("inf"))]
    assert written == ["1", "1.0", "1e+16", "inf", "-inf"]
    assert toml_value(float("nan")) == "nan"


def test_keys_are_quoted_only_where_they_must() -> None:
    assert [toml_key(name) for name in ("a-b_1", "a.b", "", "ä")] == ["a-b_1", '"a.b"', '""', '"ä"']


def test_long_lists_get_a_line_per_item() -> None:
    text = toml_pair("levels", [f"level {number}" for number in range(20)])
    assert text.splitlines()[:2] == ["levels = [", '    "level 0",']
    assert toml_pair("few", ["a", "b"]) == 'few = ["a", "b"]'


def test_what_toml_does_not_know_is_written_as_text() -> None:
    assert toml_value(None) == '"None"'
