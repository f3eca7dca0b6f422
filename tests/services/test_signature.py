"""The signature in force is that of the newest dataset version."""

import pytest

from tenure.core.errors import TenureError
from tenure.services import declare
from tenure.services.house import House
from tenure.services.signature import newest_dataset, signature_of
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import DAY


def test_a_model_without_rows_has_none_and_says_what_brings_them(house: House) -> None:
    declare.apply(house, "test", "acme", spec_of())
    with house.store.read() as work:
        model = work.models.get("acme", "churn")
        assert newest_dataset(work, model) is None
        with pytest.raises(TenureError, match=r"dataset\.none_yet.*acme/churn") as caught:
            signature_of(work, model)
    assert "tenure apply" in caught.value.hint


def test_the_newest_import_is_in_force(life: Life) -> None:
    life.bring(life.known(LIVE + DAY))
    with life.house.store.read() as work:
        model = work.models.get(life.tenant, life.model)
        newest = newest_dataset(work, model)
        assert newest is not None
        assert newest.number == 2
        assert signature_of(work, model) == newest.signature
        assert [column.name for column in newest.signature.features] == ["x", "y", "colour"]
