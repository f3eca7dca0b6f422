"""Labels are staged, matched and written; of several the newest differing one stays."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from tenure.adapters.sql import connections, joining
from tenure.adapters.sql.columns import microseconds
from tenure.adapters.sql.outcomes import SqlOutcomes
from tenure.adapters.sql.scope import Scope
from tenure.adapters.sql.tables import predictions
from tests.conformance.outcomes import made, predicted
from tests.conformance.samples import AT


@pytest.fixture
def connection(sqlite_url: str) -> Iterator[sa.Connection]:
    """A transaction that sees two predictions of one key, one of another model, one of a tenant."""
    engine = connections.open_writer(connections.parsed(sqlite_url))
    with engine.begin() as connection:
        outcomes = SqlOutcomes(Scope(connection))
        outcomes.add_predictions("DL", "m", made(predicted(1, key="k"), predicted(2, key="k")))
        outcomes.add_predictions("DL", "other", made(predicted(1, key="k")))
        outcomes.add_predictions("B6", "m", made(predicted(1, key="k")))
        yield connection
    engine.dispose()


def stage(connection: sa.Connection, *labels: tuple[str | None, str | None, float]) -> None:
    keys, requests, values = zip(*labels, strict=True)
    joining.stage(
        connection,
        {
            "n": list(range(len(labels))),
            "target": [f"r{r}" if r else f"k{k}" for k, r, _ in labels],
            "key": list(keys),
            "request_id": list(requests),
            "row": [0] * len(labels),
            "value": list(values),
            "at": [microseconds(AT)] * len(labels),
        },
    )
    joining.match(connection, "DL", "m")
    joining.write(connection, "DL", "m")


def stored(connection: sa.Connection) -> dict[tuple[str, str, str], float | None]:
    c = predictions.c
    found = connection.execute(sa.select(c.tenant_id, c.model_id, c.request_id, c.label))
    return {(row[0], row[1], row[2]): row[3] for row in found}


def test_a_key_s_label_is_for_all_its_predictions_of_this_model_alone(
    connection: sa.Connection,
) -> None:
    stage(connection, ("k", None, 1.0))
    labels = stored(connection)
    assert {name for name, value in labels.items() if value == 1.0} == {
        ("DL", "m", "request-1"),
        ("DL", "m", "request-2"),
    }
    assert joining.effects(connection) == (1, 0)


def test_the_newest_differing_value_stays_and_is_counted_as_a_correction(
    connection: sa.Connection,
) -> None:
    stage(connection, (None, "request-1", 1.0), (None, "request-1", 0.0), (None, "request-1", 0.0))
    assert stored(connection)["DL", "m", "request-1"] == 0.0
    assert joining.effects(connection) == (1, 1)


def test_what_finds_nothing_is_numbered_and_the_stage_is_empty_next_time(
    connection: sa.Connection,
) -> None:
    stage(connection, ("ghost", None, 1.0), ("k", None, 1.0))
    assert joining.unmatched(connection) == [0]
    stage(connection, ("k", None, 1.0))
    assert joining.unmatched(connection) == []
    assert joining.effects(connection) == (0, 0)  # a repeat
    assert joining.days(connection) == []
