"""A tenant's query goes to the databases that the operator has given it, and to no other."""

import pytest

from tenure.core.errors import Kind, TenureError
from tenure.core.lookups import allowance
from tenure.core.sources import check_source
from tenure.core.spec.values import SqlSource

ASKED = SqlSource("env:WAREHOUSE", "select 1")


@pytest.mark.parametrize("given", [["DL=env:WAREHOUSE"], ["B6=env:X", "*=env:WAREHOUSE"]])
def test_what_was_given_may_be_asked(given: list[str]) -> None:
    check_source([allowance(text) for text in given], "DL", ASKED)
    check_source([], "DL", "api")


@pytest.mark.parametrize("given", [[], ["B6=env:WAREHOUSE"], ["DL=env:WAREHOUSE2"]])
def test_anything_else_is_refused_with_how_to_allow_it(given: list[str]) -> None:
    with pytest.raises(TenureError) as refused:
        check_source([allowance(text) for text in given], "DL", ASKED)
    assert (refused.value.code, refused.value.kind) == ("warehouse.not_allowed", Kind.DENIED)
    assert 'warehouses = ["DL=env:WAREHOUSE"]' in refused.value.hint
