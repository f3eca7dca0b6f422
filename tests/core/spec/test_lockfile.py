"""The lock file: the same content gives the same text, and comes back equal."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.spec.explain import explain
from tenure.core.spec.lockfile import (
    MOST_LEVELS,
    Locked,
    chosen_defaults,
    read_lock,
    write_lock,
)
from tenure.core.spec.parse import parse
from tests.core.spec.strategies import NAMES, NUMBERS, TEXTS, WORDS, features

LOCKED = Locked(
    tenant="DL",
    model="arrival-delay",
    spec="sha256:aa",
    dataset="sha256:bb",
    source="sha256:cc",
    rows=182_000,
    features=(
        Column("distance", ColumnType.FLOAT, unit="miles", min=0.0),
        Column("origin", ColumnType.CATEGORY, levels=("EWR", "JFK")),
    ),
    classes=("0", "1"),
    left_out={"tail num": "4,001 different texts in 9,000 rows"},
    defaults={"train.windows": ["60d", "all"], "train.seed": 7},
)


@st.composite
def locks(draw: st.DrawFn) -> Locked:
    columns = draw(st.lists(WORDS.flatmap(features), max_size=3, unique_by=lambda one: one.name))
    return Locked(
        tenant=draw(NAMES),
        model=draw(NAMES),
        spec=draw(TEXTS),
        dataset=draw(TEXTS),
        source=draw(TEXTS),
        rows=draw(st.integers(0, 10**9)),
        features=tuple(columns),
        classes=tuple(draw(st.lists(TEXTS, max_size=3))),
        left_out=draw(st.dictionaries(WORDS, TEXTS, max_size=2)),
        defaults=draw(st.dictionaries(WORDS, NUMBERS | TEXTS | st.lists(TEXTS), max_size=2)),
    )


@settings(deadline=None)
@given(st.lists(locks(), max_size=3, unique_by=lambda one: (one.tenant, one.model)))
def test_what_is_written_is_read(locked: list[Locked]) -> None:
    text = write_lock(locked)
    assert read_lock(text, "tenure.lock") == tuple(
        sorted(locked, key=lambda one: (one.tenant, one.model))
    )
    assert write_lock(reversed(locked)) == text


def test_the_text_reads_well() -> None:
    assert write_lock([LOCKED]) == (
        "# Written by `tenure apply`. Commit it beside the spec; do not edit it.\n"
        "lock = 1\n"
        "\n"
        "[tenants.DL.arrival-delay]\n"
        'spec = "sha256:aa"\n'
        'dataset = "sha256:bb"\n'
        'source = "sha256:cc"\n'
        "rows = 182000\n"
        'classes = ["0", "1"]\n'
        "\n"
        "[tenants.DL.arrival-delay.features.distance]\n"
        'type = "float"\n'
        "nulls = true\n"
        'unit = "miles"\n'
        "min = 0.0\n"
        "\n"
        "[tenants.DL.arrival-delay.features.origin]\n"
        'type = "category"\n'
        "nulls = true\n"
        'levels = ["EWR", "JFK"]\n'
        "\n"
        "[tenants.DL.arrival-delay.left_out]\n"
        '"tail num" = "4,001 different texts in 9,000 rows"\n'
        "\n"
        "[tenants.DL.arrival-delay.defaults]\n"
        '"train.windows" = ["60d", "all"]\n'
        '"train.seed" = 7\n'
    )


def test_many_levels_are_only_counted() -> None:
    levels = tuple(f"L{number}" for number in range(MOST_LEVELS + 1))
    crowded = replace(LOCKED, features=(Column("tail", ColumnType.CATEGORY, levels=levels),))
    text = write_lock([crowded])
    assert f"levels_left_out = {MOST_LEVELS + 1}\n" in text
    assert read_lock(text, "tenure.lock")[0].features[0].levels == ()


@pytest.mark.parametrize(
    "text", ["x", "lock = 1\ntenants = 3", "[tenants.DL.m]\nrows = 1", "lock = 'a'", "tenants = []"]
)
def test_anything_else_is_no_lock_file(text: str) -> None:
    with pytest.raises(TenureError) as caught:
        read_lock(text, "tenure.lock")
    assert (caught.value.code, caught.value.where) == ("lock.malformed", "tenure.lock")


def test_a_later_lock_file_is_left_alone() -> None:
    with pytest.raises(TenureError) as caught:
        read_lock("lock = 2\n", "tenure.lock")
    assert caught.value.code == "lock.newer"


def test_the_defaults_are_those_of_the_explanation() -> None:
    text = (
        '[model]\ntenant = "DL"\nname = "m"\ntask = "binary"\n[data]\nsource = "a"\ntarget = "y"\n'
    )
    defaults = chosen_defaults(explain(parse(text, "tenure.toml")))
    assert defaults["train.windows"] == ["all"]
    assert "model.name" not in defaults
