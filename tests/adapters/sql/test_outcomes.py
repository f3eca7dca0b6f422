"""Predictions and labels on SQLite: the port, and a plan that is quick enough."""

import time

from tenure.adapters.sql.store import SqlStore
from tenure.ports.outcomes import NewLabel
from tests.conformance.outcomes import OutcomesSuite, made, microseconds
from tests.conformance.samples import AT, DAY


class TestOutcomes(OutcomesSuite):
    pass


def test_many_predictions_are_stored_and_labelled_in_seconds(
    store: SqlStore,
) -> None:
    """50,000 rows a second are the goal; a tenth of it tells a slow machine from a slow plan."""
    count = 50_000
    rows = made(*[(f"{n:032x}", 0, f"key {n}", microseconds(AT)) for n in range(count)])
    labels = [NewLabel(f"key {n}", None, 0, float(n % 2), AT + DAY) for n in range(count)]
    began = time.process_time()
    with store.work() as work:
        assert work.outcomes.add_predictions("DL", "m", rows) == count
        assert work.outcomes.join("DL", "m", labels).joined == count
    assert time.process_time() - began < 2 * count / 5_000
