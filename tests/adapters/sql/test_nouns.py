"""Every noun fits its table, its value and the samples that the suites try it with."""

import pytest

from tenure.adapters.sql import nouns
from tenure.adapters.sql.nouns import Noun
from tests.conformance.samples import SAMPLES, Sample

NOUNS = {one.name: one for one in vars(nouns).values() if isinstance(one, Noun)}


def test_every_noun_of_which_a_tenant_has_many_is_tried() -> None:
    assert {one.noun for one in SAMPLES} == NOUNS.keys() - {"clock"}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: str(one.noun))
def test_a_value_has_what_its_columns_are_filled_from(sample: Sample) -> None:
    noun, value = NOUNS[sample.noun], sample.make("DL", 1)
    assert noun.id_of(value)
    assert all(hasattr(value, name) for name in noun.attributes)
    assert {*noun.order, *sample.filters} <= {column.name for column in noun.table.columns}
    assert noun.order[-1] == "id"  # or two values could change places from page to page
