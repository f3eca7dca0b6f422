"""The tables of a lane."""

from datetime import timedelta

from tenure.core.spec.lanes import CHALLENGER, GATE, RETRAIN, TRAIN
from tenure.core.spec.values import GatePart, Lane, RetrainPart, TrainPart
from tests.core.spec.kinds_at_work import code, read


def test_empty_tables_are_the_defaults() -> None:
    assert read(TRAIN, {}) == TrainPart()
    assert read(GATE, {}) == GatePart()
    assert read(RETRAIN, {}) == RetrainPart()
    assert read(CHALLENGER, {}) == Lane("key", TrainPart(), GatePart(), RetrainPart())


def test_what_is_written_of_a_default_is_the_default() -> None:
    for record, part in ((TRAIN, TrainPart()), (GATE, GatePart()), (RETRAIN, RetrainPart())):
        assert read(record, record.write(part)) == part


def test_clauses_come_in_the_order_of_their_names() -> None:
    body = {name: {"require": "beats_baseline"} for name in ("b", "a", "c")}
    found = read(GATE, body)
    assert isinstance(found, GatePart)
    assert [clause.name for clause in found.clauses] == ["a", "b", "c"]


def test_a_budget_is_a_number_in_a_span() -> None:
    found = read(RETRAIN, {"budget": {"promotions": 2}})
    assert found == RetrainPart(promotions=2)
    assert read(RETRAIN, {"budget": {"promotions": 2, "per": "1d"}}) == RetrainPart(
        promotions=2, promotions_per=timedelta(days=1)
    )
    assert code(RETRAIN, {"budget": {"per": "1d"}}) == "spec.missing_key"
