"""The ledger: chains follow, and whatever is done to one afterwards is found."""

import hashlib
import json
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from tenure.core import merkle
from tenure.core.errors import TenureError
from tenure.core.events import Facts
from tenure.core.ledger import (
    GENESIS,
    Draft,
    Entry,
    follow,
    from_line,
    hash_of,
    leaf_of,
    name_of,
    to_line,
    verify,
)

AT = datetime(2026, 5, 1, 12, 30, 15, 250, tzinfo=UTC)
BUSINESS = datetime(2013, 3, 10, tzinfo=UTC)
FACTS = st.dictionaries(
    st.text(max_size=6),
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
    max_size=4,
)


def a_draft(number: int = 0, facts: Facts | None = None, tenant: str = "DL") -> Draft:
    return Draft(
        tenant_id=tenant,
        at=AT + timedelta(seconds=number),
        business_at=BUSINESS + timedelta(days=number),
        actor="loop",
        kind="study.ended",
        model_id="arrival-delay",
        subject=f"st_{number}",
        facts={"outcome": "refused", "loss": 0.25, "rows": 900, "first": False, "why": None}
        if facts is None
        else facts,
    )


def a_chain(size: int, tenant: str = "DL") -> list[Entry]:
    head, chain = (0, GENESIS), []
    for number in range(size):
        chain.append(follow(head, a_draft(number, tenant=tenant)))
        head = chain[-1].seq, chain[-1].hash
    return chain


def forged(chain: list[Entry], place: int, **changes: object) -> list[Entry]:
    """Change an entry and write every hash after it anew, as the owner of the database could."""
    rewritten = [*chain[:place], replace(chain[place], **changes)]  # type: ignore[arg-type]  # any field
    rewritten += chain[place + 1 :]
    for i in range(place, len(rewritten)):
        prev = rewritten[i - 1].hash if i else GENESIS
        entry = replace(rewritten[i], prev=prev)
        rewritten[i] = replace(entry, hash=hash_of(entry))
    return rewritten


def test_the_hash_is_of_the_canonical_json_of_everything_else() -> None:
    entry = follow((0, GENESIS), a_draft(facts={"b": 1.0, "a": "é"}))
    body = (
        '{"actor":"loop","at":"2026-05-01T12:30:15.000250+00:00",'
        '"business_at":"2013-03-10T00:00:00.000000+00:00","facts":{"a":"é","b":1},'
        '"format":1,"kind":"study.ended","model_id":"arrival-delay",'
        f'"prev":"{GENESIS}","seq":1,"subject":"st_0","tenant_id":"DL"}}'
    )
    assert entry.hash == "sha256:" + hashlib.sha256(body.encode()).hexdigest()


@given(FACTS, st.text(st.characters(exclude_categories=["Cs"]), max_size=8))
def test_an_entry_is_written_as_the_general_writer_of_canonical_json_does(
    facts: Facts, words: str
) -> None:
    entry = follow((7, GENESIS), replace(a_draft(facts=facts), subject=words, model_id=words))
    body = {"format": 1, **asdict(entry)}
    for name in ("at", "business_at"):
        body[name] = body[name].isoformat(timespec="microseconds")
    assert to_line(entry) == rfc8785.dumps(body)
    del body["hash"]
    assert entry.hash == "sha256:" + hashlib.sha256(rfc8785.dumps(body)).hexdigest()


def test_an_instant_is_the_same_in_every_zone() -> None:
    draft = a_draft()
    abroad = replace(draft, at=draft.at.astimezone(timezone(timedelta(hours=9))))
    assert follow((0, GENESIS), abroad).hash == follow((0, GENESIS), draft).hash


def test_a_chain_as_it_was_written_is_verified() -> None:
    chain = a_chain(20)
    found = verify(iter(chain))
    assert (found.ok, found.entries, found.first_bad, found.why) == (True, 20, None, "")
    leaves = [merkle.leaf(bytes.fromhex(entry.hash[7:])) for entry in chain]
    assert found.root == "sha256:" + merkle.root_of(leaves).hex()
    assert [leaf_of(entry) for entry in chain] == leaves


def test_an_empty_chain_is_verified_and_has_a_root() -> None:
    found = verify([])
    assert found.ok
    assert found.entries == 0
    assert found.root == name_of(merkle.Frontier())


@given(st.integers(0, 9), FACTS)
def test_changed_facts_are_found_at_their_place(place: int, facts: Facts) -> None:
    chain = a_chain(10)
    changed = [*chain[:place], replace(chain[place], facts=facts), *chain[place + 1 :]]
    found = verify(changed)
    if hash_of(changed[place]) == chain[place].hash:
        assert found.ok
    else:
        assert (found.ok, found.first_bad, found.entries) == (False, place + 1, place)
        assert "not what was written" in found.why


@pytest.mark.parametrize(
    "changes",
    [
        {"tenant_id": "UA"},
        {"at": AT - timedelta(days=1)},
        {"business_at": BUSINESS - timedelta(days=1)},
        {"actor": "someone"},
        {"kind": "study.started"},
        {"model_id": "other"},
        {"subject": "st_9"},
        {"prev": GENESIS},
        {"hash": "sha256:" + "1" * 64},
        {"hash": "forged"},
        {"seq": 7},
        {"at": datetime(2026, 5, 1)},  # noqa: DTZ001 — a zone that was cut off
        {"facts": {"loss": float("nan")}},
    ],
)
def test_any_changed_field_is_found(changes: dict[str, object]) -> None:
    chain = a_chain(5)
    chain[2] = replace(chain[2], **changes)  # type: ignore[arg-type]  # any field
    found = verify(chain)
    assert (found.ok, found.first_bad) == (False, 3)
    assert "entry" in found.why


@given(st.integers(2, 12), st.data())
def test_dropped_doubled_and_swapped_entries_are_found(size: int, data: st.DataObject) -> None:
    chain = a_chain(size)
    root = verify(chain).root
    place = data.draw(st.integers(0, size - 1))
    other = data.draw(st.integers(0, size - 1).filter(place.__ne__))
    swapped = list(chain)
    swapped[place], swapped[other] = swapped[other], swapped[place]
    doubled = [*chain[: other + 1], chain[place], *chain[other + 1 :]]
    dropped = [*chain[:place], *chain[place + 1 :]]
    for wrong in (swapped, doubled, dropped):
        assert not verify(wrong, noted={size: root}).ok
    assert verify(swapped).first_bad == min(place, other) + 1


@given(st.integers(1, 12), st.data())
def test_a_truncated_chain_is_found_by_its_noted_size(size: int, data: st.DataObject) -> None:
    chain = a_chain(size)
    root = verify(chain).root
    left = data.draw(st.integers(0, size - 1))
    assert verify(chain[:left]).ok  # a chain alone hides it
    found = verify(chain[:left], noted={size: root})
    assert (found.ok, found.first_bad) == (False, left + 1)
    assert f"{size} were noted" in found.why


@given(st.integers(1, 12), st.data())
def test_a_wholly_rewritten_chain_is_found_by_its_noted_root(
    size: int, data: st.DataObject
) -> None:
    chain = a_chain(size)
    root = verify(chain).root
    place = data.draw(st.integers(0, size - 1))
    rewritten = forged(chain, place, actor="nobody")
    assert verify(rewritten).ok  # a chain alone hides it
    found = verify(rewritten, noted={size: root})
    assert (found.ok, found.first_bad) == (False, None)
    assert root in found.why


@given(st.integers(0, 8), st.integers(0, 8))
def test_a_chain_that_grew_still_passes_through_what_was_noted(before: int, more: int) -> None:
    chain = a_chain(before + more)
    noted = verify(chain[:before]).root
    assert verify(chain, noted={before: noted}).ok
    if before:
        rewritten = forged(chain, before - 1, actor="nobody")
        assert not verify(rewritten, noted={before: noted}).ok


def test_two_tenants_never_share_a_chain() -> None:
    chain = a_chain(2)
    stranger = follow((2, chain[-1].hash), a_draft(2, tenant="UA"))
    found = verify([*chain, stranger])
    assert (found.ok, found.first_bad) == (False, 3)
    assert "UA" in found.why
    assert "DL" in found.why


@given(FACTS)
def test_a_line_of_an_export_is_read_back_as_it_was_written(facts: Facts) -> None:
    entry = follow((0, GENESIS), a_draft(facts=facts))
    line = to_line(entry)
    assert b"\n" not in line
    assert hash_of(from_line(line)) == entry.hash == from_line(line).hash
    assert to_line(from_line(line)) == line


@given(st.data())
def test_any_changed_byte_of_an_export_is_found(data: st.DataObject) -> None:
    chain = a_chain(3)
    root = verify(chain).root
    lines = [bytearray(to_line(entry)) for entry in chain]
    line = data.draw(st.integers(0, 2))
    place = data.draw(st.integers(0, len(lines[line]) - 1))
    lines[line][place] ^= data.draw(st.integers(1, 255))
    try:
        read = [from_line(bytes(one)) for one in lines]
    except TenureError as error:
        found_code = error.code
    else:
        found = verify(read, noted={3: root})
        found_code = "" if found.ok or found.first_bad != line + 1 else "ledger.bad_line"
    assert found_code == "ledger.bad_line"


GOOD = json.loads(to_line(a_chain(1)[0]))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"null",
        b"\xff",
        b"[" * 100_000,
        b"9" * 400,
        json.dumps(GOOD).encode(),  # with blanks: not canonical
        json.dumps({**GOOD, "more": 1}, separators=(",", ":"), sort_keys=True).encode(),
        json.dumps({**GOOD, "at": 5}, separators=(",", ":"), sort_keys=True).encode(),
        json.dumps({**GOOD, "format": 2}, separators=(",", ":"), sort_keys=True).encode(),
        json.dumps({"seq": 1}).encode(),
    ],
)
def test_what_is_no_entry_is_refused(line: bytes) -> None:
    with pytest.raises(TenureError) as refusal:
        from_line(line)
    assert refusal.value.code == "ledger.bad_line"


@pytest.mark.parametrize("fact", [float("nan"), float("inf"), 2**53, -(2**53), "\ud800"], ids=str)
def test_a_fact_that_json_cannot_say_is_refused(fact: float | str) -> None:
    with pytest.raises(TenureError) as refusal:
        follow((0, GENESIS), a_draft(facts={"fact": fact}))
    assert refusal.value.code == "ledger.bad_fact"


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(TenureError) as refusal:
        follow((0, GENESIS), replace(a_draft(), at=datetime(2026, 5, 1)))  # noqa: DTZ001 — as above
    assert refusal.value.code == "ledger.bad_fact"
