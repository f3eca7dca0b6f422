"""Keys of sessions go some time after they have ended; keys that an admin minted stay."""

from dataclasses import replace
from datetime import timedelta

from tenure.core.keys import Origin, Role
from tenure.services import keys
from tenure.services.house import House
from tenure.services.keys import Grant
from tenure.services.sweep import EVERY, Sweeper
from tests.small.clock import HandClock


def test_what_ended_long_ago_is_swept_with_an_entry_and_once(
    house: House, clock: HandClock
) -> None:
    keep = timedelta(days=30)
    house = replace(house, identities=replace(house.identities, keep=keep))
    sweeper = Sweeper(house)

    def mint(origin: Origin, length: timedelta | None) -> str:
        until = clock.now() + length if length else None
        grant = Grant(person="p_anna", origin=origin)
        return keys.mint(house, "p_anna", "acme", Role.VIEWER, "Anna", until, grant)[0].id

    def left() -> set[str]:
        with house.store.read() as work:
            return {key.id for key in work.keys.list("acme")}

    short, job = (
        mint(Origin.SIGN_IN, timedelta(hours=8)),
        mint(Origin.WORKLOAD, timedelta(minutes=15)),
    )
    long, ended = mint(Origin.SIGN_IN, timedelta(days=60)), mint(Origin.SIGN_IN, timedelta(days=60))
    minted, endless = mint(Origin.MINTED, timedelta(hours=1)), mint(Origin.MINTED, None)
    keys.revoke(house, "p_anna", "acme", ended)
    clock.move(keep)
    assert sweeper.look(clock.now()) == 1  # the one that was ended at once
    clock.move(timedelta(hours=9))
    assert sweeper.look(clock.now()) == 2
    assert sweeper.look(clock.now() + EVERY) == 0
    assert left() == {long, minted, endless}
    with house.store.read() as work:
        told = [entry for entry in work.ledger.read("acme") if entry.kind == "keys.swept"]
        made = {e.subject: e.actor for e in work.ledger.read("acme") if e.kind == "key.created"}
    assert [entry.facts["keys"] for entry in told] == [1, 2]
    assert made[short] == made[job] == "p_anna"  # who it was is still known
