"""Forgetting: what was kept long enough goes, with a line in the ledger; nothing newer is touched."""

from datetime import timedelta

import pytest

from tenure.core.ledger import Entry
from tenure.core.outcomes import Chunk, Window
from tenure.core.spec.values import Spec
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import DAY


def keeping(days: int) -> Spec:
    return spec_of(retire={"keep_predictions": f"{days}d"})


@pytest.fixture
def life(fresh_life: Begin) -> Life:
    """Five days are kept; ten were lived."""
    life = fresh_life(keeping(5))
    life.declare()
    life.work()
    life.days(20, 30)
    return life


def chunks(life: Life) -> list[Chunk]:
    return life.read(lambda work: work.chunks.list(life.tenant, model_id=life.model))


def windows(life: Life) -> list[Window]:
    return life.read(lambda work: work.windows.list(life.tenant, model_id=life.model))


def forgotten(life: Life) -> list[Entry]:
    entries = life.read(lambda work: work.ledger.read(life.tenant))
    return [entry for entry in entries if entry.kind == "predictions.forgotten"]


def test_days_that_were_kept_long_enough_are_gone_and_the_ledger_says_so(life: Life) -> None:
    assert {chunk.day for chunk in chunks(life)} == {LIVE + day * DAY for day in range(5, 10)}
    entries = forgotten(life)
    assert [entry.facts["day"] for entry in entries] == [
        (LIVE + day * DAY).date().isoformat() for day in range(5)
    ]
    for entry in entries:
        assert entry.facts["rows"]
        assert entry.facts["rows"] == entry.facts["outcomes"]
        for digest in str(entry.facts["objects"]).split():
            assert not life.house.blobs.has(digest)


def test_predictions_that_are_kept_keep_their_labels(life: Life) -> None:
    labelled = life.read(lambda work: work.outcomes.labelled(life.tenant, life.model))
    assert min(labelled.made_at) >= LIVE + 5 * DAY
    assert life.read(lambda work: work.outcomes.counts(life.tenant, life.model))["labelled"]


def test_windows_that_were_judged_stay(life: Life) -> None:
    assert [window.day for window in windows(life)][:5] == [LIVE + day * DAY for day in range(5)]
    assert all(window.labelled for window in windows(life)[:5])


def test_a_spec_without_a_limit_keeps_everything(fresh_life: Begin) -> None:
    life = fresh_life(spec_of())
    life.declare()
    life.work()
    life.days(20, 28)
    assert {chunk.day for chunk in chunks(life)} == {LIVE + day * DAY for day in range(8)}
    assert forgotten(life) == []


def test_what_is_not_judged_yet_is_kept(life: Life) -> None:
    """A worker that was away for long judges first."""
    for day in range(30, 40):
        life.answer(LIVE + (day - 20) * DAY, LIVE + (day - 19) * DAY)
        life.label(LIVE + (day - 20) * DAY, LIVE + (day - 19) * DAY)
    life.advance(LIVE + 20 * DAY)
    judged = {window.day for window in windows(life)}
    assert judged >= {LIVE + day * DAY for day in range(18)}
    assert all(window.predictions for window in windows(life))
    assert min(chunk.day for chunk in chunks(life)) == LIVE + 15 * DAY
    assert timedelta(0) < LIVE + 20 * DAY - max(judged)
