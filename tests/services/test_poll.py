"""Polled labels from real databases: what the query tells is joined once, whatever it repeats."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import polars as pl
import psycopg
import pytest

from tenure.core.errors import TenureError
from tenure.core.jobs import JobKind, JobState
from tenure.core.lookups import allowance
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import DAY, HOUR, between

NAME = "POLLED_WAREHOUSE"
SOURCE = {"url": f"env:{NAME}", "query": "select id, left_us as left, known from truth"}


@pytest.fixture
def truth(postgres_url: str, monkeypatch: Any) -> Iterator[psycopg.Connection[Any]]:
    """A table of truth in PostgreSQL, empty."""
    address = postgres_url.replace("+psycopg", "")
    monkeypatch.setenv(NAME, address)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("drop table if exists truth")
        connection.execute("create table truth (id text, left_us text, known timestamptz)")
        yield connection
        connection.execute("drop table truth")


@pytest.fixture
def life(fresh_life: Begin) -> Life:
    labels = {"source": SOURCE, "event_time": "known", "final_after": "1d"}
    life = fresh_life(spec_of(labels=labels))
    warehouses = (allowance(f"{life.tenant}=env:{NAME}"),)
    life = replace(life, house=replace(life.house, warehouses=warehouses))
    life.declare()
    life.work()
    return life


def tell(truth: psycopg.Connection[Any], rows: pl.DataFrame) -> None:
    found = rows.select("id", "left", "known").rows()
    with truth.cursor() as cursor:
        cursor.executemany("insert into truth values (%s, %s, %s)", found)


@pytest.mark.postgres
def test_labels_are_joined_as_the_query_tells_them(
    life: Life, truth: psycopg.Connection[Any]
) -> None:
    asked = life.answer(LIVE, LIVE + DAY)
    answered = between(life.rows, "at", LIVE, LIVE + DAY)
    tell(truth, answered.head(5))
    tell(truth, answered.head(1).with_columns(id=pl.lit("nobody asked")))
    life.advance(LIVE + DAY)
    tell(truth, answered.tail(asked - 5))
    life.advance(LIVE + DAY + 6 * HOUR)
    counts = life.read(lambda work: work.outcomes.counts(life.tenant, life.model))
    assert counts == {"predictions": asked, "labelled": asked, "waiting": 1}


@pytest.mark.postgres
def test_a_source_that_is_away_is_asked_again_an_hour_later(
    life: Life, truth: psycopg.Connection[Any], monkeypatch: Any
) -> None:
    life.answer(LIVE, LIVE + HOUR)
    tell(truth, between(life.rows, "at", LIVE, LIVE + HOUR))
    with monkeypatch.context() as away:
        away.setenv(NAME, "postgresql://u:sesame@127.0.0.1:1/x")
        life.advance(LIVE + HOUR)
    parked = [j for j in life.jobs(JobState.PARKED) if j.kind is JobKind.POLL_LABELS]
    assert parked
    assert all("sesame" not in job.error for job in parked)
    life.advance(LIVE + 8 * HOUR)
    counts = life.read(lambda work: work.outcomes.counts(life.tenant, life.model))
    assert counts["labelled"] == counts["predictions"] > 0


def test_a_database_that_the_operator_has_not_given_is_asked_nothing(fresh_life: Begin) -> None:
    life = fresh_life(spec_of(labels={"source": SOURCE, "event_time": "known"}))
    with pytest.raises(TenureError, match="acme may not ask env:POLLED_WAREHOUSE"):
        life.declare()
    assert life.jobs() == []
