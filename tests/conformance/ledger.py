"""What the ledger book promises: chains without a gap, one a tenant, never rewritten."""

from dataclasses import replace

import pytest

from tenure.core.errors import Kind, TenureError
from tenure.core.ledger import GENESIS, Draft, Entry, follow, verify
from tenure.ports.work import Store, UnitOfWork
from tests.conformance.samples import AT, DAY


def append(work: UnitOfWork, tenant_id: str = "DL", subject: str = "m") -> Entry:
    facts: dict[str, str | int | float | bool | None] = {
        "text": "Ł ✓",
        "whole": 1.0,
        "tenth": 0.1,
        "n": 3,
        "yes": True,
        "none": None,
    }
    draft = Draft(tenant_id, AT, AT + DAY, "loop", "model.changed", "m", subject, facts)
    entry = follow(work.ledger.head(tenant_id), draft)
    work.ledger.append(entry)
    return entry


class LedgerSuite:
    """Inherit, and give it a `store`."""

    def test_an_empty_chain_begins_at_genesis(self, store: Store) -> None:
        for context in (store.read(), store.work()):
            with context as work:
                assert work.ledger.head("DL") == (0, GENESIS)
                assert work.ledger.read("DL") == []
                assert work.ledger.tenants() == []

    def test_entries_come_back_as_they_were_and_verify(self, store: Store) -> None:
        with store.work() as work:
            entries = [append(work, subject=str(n)) for n in range(5)]
            assert work.ledger.head("DL") == (5, entries[-1].hash)
        with store.read() as work:
            assert work.ledger.read("DL") == entries
            assert work.ledger.read("DL", after=1, limit=2) == entries[1:3]
            assert verify(work.ledger.read("DL")).ok

    def test_each_tenant_has_a_chain_of_its_own(self, store: Store) -> None:
        with store.work() as work:
            append(work, "DL")
            append(work, "B6")
            assert work.ledger.tenants() == ["B6", "DL"]
            assert [entry.tenant_id for entry in work.ledger.read("B6")] == ["B6"]
            assert work.ledger.head("UA") == (0, GENESIS)

    def test_an_entry_that_does_not_follow_is_refused(self, store: Store) -> None:
        with store.work() as work:
            entry = append(work)
            wrong = (
                entry,
                replace(entry, seq=3, prev=entry.hash),
                replace(entry, seq=2),
                replace(entry, seq=0, prev=GENESIS),
            )
            for late in wrong:
                with pytest.raises(TenureError) as caught:
                    work.ledger.append(late)
                assert caught.value.code == "ledger.out_of_order"
                assert caught.value.kind is Kind.CONFLICT
            assert work.ledger.read("DL") == [entry]

    def test_an_entry_goes_with_the_work_that_it_tells_of(self, store: Store) -> None:
        def fail() -> None:
            with store.work() as work:
                append(work)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        with store.read() as work:
            assert work.ledger.head("DL") == (0, GENESIS)
