"""Look-ups in a spec: allowed by the operator, checked against the columns, carried by the release."""

from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from tenure.core.errors import TenureError
from tenure.core.lookups import Allowance
from tenure.services import declare
from tenure.services.house import House
from tests.small.house import spec_of
from tests.small.life import Life

ALLOWED = (Allowance("acme", "env:P", "acme:"),)
COLOUR = {
    "url": "env:P",
    "key": "acme:{id}",
    "features": ["colour"],
    "otherwise": {"colour": "red"},
}


def changed(**changes: Any) -> Any:
    return spec_of(
        retrain={"on": ["finding:accuracy"], "cool_down": "1d"},
        challengers={"static": {}},
        serve={"lookup": {"paint": {**COLOUR, **changes}}},
    )


def refused(life: Life, spec: Any) -> str:
    with pytest.raises(TenureError) as caught:
        declare.plan(life.house, life.tenant, spec, None)
    with pytest.raises(TenureError) as again:
        declare.apply(life.house, "anna", life.tenant, spec)
    assert caught.value.code == again.value.code
    return caught.value.code


def test_what_the_operator_has_not_allowed_is_not_declared(life: Life) -> None:
    assert refused(life, changed()) == "lookup.not_allowed"
    mine = replace(life, house=replace(life.house, lookups=ALLOWED))
    assert refused(mine, changed(url="env:TENURE_DATABASE_URL")) == "lookup.not_allowed"
    assert refused(mine, changed(key="other:{id}")) == "lookup.not_allowed"


def test_the_release_of_a_live_model_carries_its_look_ups(life: Life) -> None:
    house = replace(life.house, lookups=ALLOWED)
    declare.apply(house, "anna", life.tenant, changed())
    release = house.releases.load(house.releases.index().releases["acme/churn"])
    (lookup,) = release.lookups
    assert (lookup.name, lookup.url, lookup.features) == ("paint", "env:P", ("colour",))
    assert lookup.otherwise == {"colour": "red"}


def test_a_live_model_looks_up_only_what_it_takes(life: Life) -> None:
    mine = replace(life, house=replace(life.house, lookups=ALLOWED))
    assert refused(mine, changed(features=["hue"], otherwise="null")) == "lookup.unknown_feature"
    assert refused(mine, changed(features=["x"], otherwise={"x": "wide"})) == "lookup.bad_otherwise"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"features": ["hue"], "otherwise": "null"}, "lookup.unknown_feature"),
        ({"features": ["x"], "otherwise": {"x": "wide"}}, "lookup.bad_otherwise"),
        ({"key": "acme:{customer}"}, "dataset.missing_column"),
    ],
)
def test_rows_that_do_not_go_with_the_look_ups_are_refused(
    house: House, rows: pl.DataFrame, changes: dict[str, Any], code: str
) -> None:
    life = Life(replace(house, lookups=ALLOWED), changed(**changes), rows)
    with pytest.raises(TenureError) as caught:
        life.declare()
    assert caught.value.code == code
