"""Labels find their predictions, whichever comes first; none is lost, none counts twice."""

import polars as pl
import pytest

from tenure.core.errors import TenureError
from tenure.core.media import CSV
from tenure.core.outcomes import Quarantined
from tenure.services import join
from tests.small.life import LIVE, Life
from tests.small.rows import A_DAY, DAY, HOUR, between


def labelled(life: Life) -> int:
    """Return how many answers have their label."""
    with life.house.store.read() as work:
        columns = work.outcomes.labelled(
            life.tenant, life.model, made_from=LIVE, made_until=LIVE + 9 * DAY
        )
    return len(columns.request_id)


def aside(life: Life) -> dict[str, Quarantined]:
    found = life.read(lambda work: work.quarantine.list(life.tenant, model_id=life.model))
    return {one.reason: one for one in found}


def post(life: Life, text: str) -> join.Receipt:
    return join.receive(life.house, life.tenant, life.model, text.encode(), CSV)


def test_a_post_waits_for_the_worker_and_is_joined_once(life: Life) -> None:
    life.answer(LIVE, LIVE + DAY)
    life.label(LIVE, LIVE + DAY)
    assert labelled(life) == 0
    life.advance(LIVE + DAY)
    assert labelled(life) == A_DAY - 6
    assert life.read(lambda work: work.label_batches.list(life.tenant)) == []
    life.label(LIVE, LIVE + DAY)
    life.advance(LIVE + DAY + HOUR)
    assert labelled(life) == A_DAY - 6


def test_a_label_that_comes_first_waits_for_its_prediction(life: Life) -> None:
    life.label(LIVE, LIVE + DAY)
    life.advance(LIVE + DAY)
    assert labelled(life) == 0
    life.answer(LIVE, LIVE + DAY)
    life.advance(LIVE + DAY + HOUR)
    assert labelled(life) == A_DAY - 6


def test_what_waits_too_long_is_put_aside_with_its_key(life: Life) -> None:
    post(life, f"id,left,known\nnobody,yes,{LIVE:%Y-%m-%dT%H:%M:%SZ}\n")
    life.advance(LIVE + HOUR)
    join.forget_labels(life.house, life.tenant, LIVE + HOUR)
    assert aside(life) == {}
    join.forget_labels(life.house, life.tenant, LIVE + 2 * DAY)
    found = aside(life)["label.unknown"]
    assert (found.rows, found.sample) == (1, "nobody")
    (told,) = life.told("labels.quarantined")
    assert told.facts == {"reason": "label.unknown", "rows": 1}


def test_a_bad_row_is_counted_and_the_good_ones_are_kept(life: Life) -> None:
    when = f"{LIVE:%Y-%m-%dT%H:%M:%SZ}"
    receipt = post(life, f"id,left,known\na,yes,{when}\nb,perhaps,{when}\nc,,{when}\n")
    assert receipt.rows == 1
    assert receipt.quarantined == {"label.unknown_class": 1, "label.malformed": 1}
    assert {reason: one.rows for reason, one in aside(life).items()} == receipt.quarantined
    again = post(life, f"id,left,known\na,yes,{when}\nb,perhaps,{when}\nc,,{when}\n")
    assert again.quarantined == receipt.quarantined
    assert {reason: one.rows for reason, one in aside(life).items()} == receipt.quarantined


def test_a_corrected_label_is_told(life: Life) -> None:
    life.step(LIVE, LIVE + DAY)
    truth = between(life.rows, "known", LIVE, LIVE + DAY).filter(pl.col("at") >= LIVE).head(3)
    turned = pl.when(pl.col("left") == "yes").then(pl.lit("no")).otherwise(pl.lit("yes"))
    life.post(truth.with_columns(turned.alias("left"), pl.col("known") + DAY))
    life.advance(LIVE + 3 * DAY)
    (told,) = life.told("labels.corrected")
    assert told.facts == {"rows": 3}


def test_a_batch_that_is_damaged_is_put_aside_and_spoils_no_other(life: Life) -> None:
    life.answer(LIVE, LIVE + DAY)
    life.label(LIVE, LIVE + DAY)
    lost = post(life, f"id,left,known\na,yes,{LIVE:%Y-%m-%dT%H:%M:%SZ}\n")
    batch = life.read(lambda work: work.label_batches.get(life.tenant, lost.batch_id))
    life.house.blobs.remove(batch.blob)
    life.advance(LIVE + DAY)
    assert labelled(life) == A_DAY - 6
    assert aside(life)["label.unreadable"].rows == 1
    assert life.read(lambda work: work.label_batches.list(life.tenant)) == []


def test_labels_of_a_model_without_rows_are_refused(life: Life) -> None:
    with pytest.raises(TenureError, match=r"model\.not_found"):
        join.receive(life.house, life.tenant, "nobody", b"id,left\na,yes\n", CSV)
    with pytest.raises(TenureError, match=r"label\.missing_column"):
        post(life, "left,known\nyes,2024-01-01\n")
