"""A tenant is made once, with a clock and a chain of its own; its chain can be verified."""

import pytest

from tenure.core.errors import TenureError
from tenure.core.tenants import SYSTEM
from tenure.services import tenants
from tenure.services.house import House


def test_a_tenant_is_made_with_its_clock_and_its_first_entry(house: House) -> None:
    made = tenants.create(house, "anna", "bolt", "Bolt Ltd")
    with house.store.read() as work:
        assert work.tenants.get(SYSTEM, "bolt") == made
        assert work.clocks.get("bolt", "bolt").now == made.created_at
        (entry,) = work.ledger.read("bolt")
    assert (entry.kind, entry.actor, entry.facts) == (
        "tenant.created",
        "anna",
        {"name": "Bolt Ltd"},
    )


@pytest.mark.parametrize(
    ("name", "code"),
    [("acme", "tenant.exists"), ("a/b", "tenant.bad_name"), ("", "tenant.bad_name")],
)
def test_a_name_is_taken_once_and_can_stand_in_an_address(
    house: House, name: str, code: str
) -> None:
    with pytest.raises(TenureError) as refused:
        tenants.create(house, "anna", name)
    assert refused.value.code == code
    with house.store.read() as work:
        assert len(work.ledger.read("acme")) == 1
