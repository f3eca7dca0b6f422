"""Heads of ledgers are signed and stand outside; what was rewritten behind our back is not signed."""

import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from tenure.core.checkpoints import read_note
from tenure.core.errors import TenureError
from tenure.core.keys import Role
from tenure.core.proofs import check_consistency, read_inclusion
from tenure.services import checkpoint, keys, tenants, verify
from tenure.services.house import House
from tests.conformance.ledger import append
from tests.small.clock import HandClock
from tests.small.house import close_house, open_house


@pytest.fixture
def either(store_url: str, tmp_path: Path, clock: HandClock) -> Iterator[House]:
    """A house with a tenant, on both databases."""
    house = open_house(tmp_path, store_url, clock)
    tenants.create(house, "test", "acme")
    yield house
    close_house(house)


def grow(house: House, times: int = 1) -> None:
    with house.store.work() as work:
        for _ in range(times):
            append(work, "acme")


def rewrite(url: str) -> None:
    """Tell another story from the first entry on, as the owner of the database can."""
    file = url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as raw:
        for name in ("entries_unchanged", "entries_kept", "heads_forward", "heads_kept"):
            raw.execute(f"DROP TRIGGER ledger_{name}")
        raw.execute("DELETE FROM ledger_entries WHERE tenant_id = 'acme'")
        raw.execute("DELETE FROM ledger_heads WHERE tenant_id = 'acme'")
        raw.commit()


def test_a_head_is_signed_once_and_proofs_stand_on_it(either: House) -> None:
    grow(either, 4)
    first = checkpoint.make(either, "acme")
    assert checkpoint.make(either, "acme") == first
    key = either.signer.key
    assert read_note(first.note, key).size == first.size == 5
    entry, under = read_inclusion(checkpoint.prove(either, "acme", 3), key)
    assert (entry.seq, under.size) == (3, 5)
    grow(either, 3)
    with pytest.raises(TenureError, match=r"ledger\.not_covered"):
        checkpoint.prove(either, "acme", 7)
    second = checkpoint.make(either, "acme")
    proof = checkpoint.prove_consistency(either, "acme", 5)
    assert check_consistency(first.note, proof, key).size == second.size == 8
    assert checkpoint.listed(either, "acme", 0, 10) == [first, second]
    assert checkpoint.listed(either, "acme", 5, 10) == [second]
    (report,) = verify.ledgers(either, "acme")
    assert (report.ok, report.entries, report.signed) == (True, 8, 8)


def test_an_entry_that_is_not_there_is_not_proven(house: House) -> None:
    for seq in (0, 2):
        with pytest.raises(TenureError, match=r"ledger\.no_entry"):
            checkpoint.prove(house, "acme", seq)
    for first in (0, 1):
        with pytest.raises(TenureError, match=r"ledger\.not_covered"):
            checkpoint.prove_consistency(house, "acme", first)


@pytest.mark.parametrize(("length", "why"), [(2, "3 were signed"), (3, "root"), (4, "root")])
def test_a_story_that_is_told_anew_is_neither_signed_nor_verified(
    house: House, sqlite_url: str, length: int, why: str
) -> None:
    grow(house, 2)
    checkpoint.make(house, "acme")
    rewrite(sqlite_url)
    grow(house, length)
    with pytest.raises(TenureError, match=r"ledger\.broken") as caught:
        checkpoint.make(house, "acme")
    assert why in str(caught.value)
    (report,) = verify.ledgers(house, "acme")
    assert (report.ok, report.entries) == (False, min(length, 3))


def test_the_notary_signs_what_has_grown_when_it_is_time(house: House, clock: HandClock) -> None:
    notary = checkpoint.Notary(house, timedelta(hours=1))
    assert notary.look(clock.now()) == 0
    clock.move(checkpoint.FIRST_AFTER)
    assert notary.look(clock.now()) == 1
    assert notary.look(clock.now()) == 0
    grow(house)
    clock.move(timedelta(minutes=59))
    assert notary.look(clock.now()) == 0
    clock.move(timedelta(minutes=1))
    assert notary.look(clock.now()) == 1
    clock.move(timedelta(hours=1))
    assert notary.look(clock.now()) == 0
    assert house.checkpoints.sizes("acme") == [1, 2]


def test_the_notary_tells_of_a_ledger_that_does_not_hold_and_signs_the_others(
    house: House, clock: HandClock, sqlite_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    grow(house, 2)
    checkpoint.make(house, "acme")
    rewrite(sqlite_url)
    tenants.create(house, "test", "bolt")
    grow(house)
    notary = checkpoint.Notary(house, timedelta(hours=1))
    with caplog.at_level(logging.ERROR, "tenure.ledger"):
        assert notary.look(clock.now() + timedelta(hours=1)) == 1
    assert "ledger.broken" in caplog.text
    assert house.checkpoints.sizes("bolt") == [1]


def test_a_checkpoint_that_this_house_did_not_sign_is_worth_nothing(
    house: House, tmp_path: Path, sqlite_url: str, clock: HandClock
) -> None:
    checkpoint.make(house, "acme")
    (tmp_path / "ledger.key").unlink()
    other = open_house(tmp_path, sqlite_url, clock)
    (report,) = verify.ledgers(other, "acme")
    assert not report.ok
    assert "not signed" in report.why
    with pytest.raises(TenureError, match=r"checkpoint\.not_signed"):
        checkpoint.make(other, "acme")
    close_house(other)


def test_the_name_of_a_keys_holder_is_not_in_the_ledger(house: House) -> None:
    key, _ = keys.mint(house, "test", "acme", Role.VIEWER, "Anna Example")
    keys.revoke(house, "test", "acme", key.id)
    with house.store.read() as work:
        story = work.ledger.read("acme")
    assert "Anna" not in str(story)
    assert [entry.facts.get("holder") for entry in story[-2:]] == [key.holder] * 2
