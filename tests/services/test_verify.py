"""Verifying reads every chain as it is stored, and names the first entry that does not hold."""

import sqlite3
from contextlib import closing

from tenure.services import tenants, verify
from tenure.services.house import House


def test_whole_chains_hold(house: House) -> None:
    tenants.create(house, "anna", "bolt")
    reports = {one.tenant_id: one for one in verify.ledgers(house)}
    assert set(reports) == {"acme", "bolt"}
    assert all(one.ok and one.entries == 1 for one in reports.values())
    assert verify.ledgers(house, "bolt") == [reports["bolt"]]


def test_an_entry_that_was_changed_behind_our_back_is_named(house: House, sqlite_url: str) -> None:
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as raw:
        raw.execute("DROP TRIGGER ledger_entries_unchanged")
        raw.execute("UPDATE ledger_entries SET body = replace(body, '\"test\"', '\"nobody\"')")
        raw.commit()
    (report,) = verify.ledgers(house, "acme")
    assert (report.ok, report.first_bad) == (False, 1)
    assert report.why
