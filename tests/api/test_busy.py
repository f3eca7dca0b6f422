"""While another writer holds the database, callers are told to come again, and reads go on."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tenure.adapters.sql.store import SqlStore
from tests.api.conftest import World, asked


@pytest.fixture
def busy(world: World, tmp_path: Path) -> Iterator[World]:
    """The house while a frozen process is in the middle of a transaction."""
    file = tmp_path / "home" / "tenure.db"
    store = SqlStore(f"sqlite:///{file}", busy_seconds=0.05)
    with (
        closing(sqlite3.connect(file)) as raw,
        asked(replace(world.house, store=store), world.keys) as there,
    ):
        raw.execute("BEGIN IMMEDIATE")
        yield there
    store.close()


@pytest.mark.parametrize(
    ("method", "path", "more"),
    [
        ("POST", "/api/v1/tenants", {"json": {"id": "UA", "name": "United"}}),
        ("POST", "/api/v1/tenants/DL/keys", {"json": {"role": "viewer", "name": "a"}}),
        ("DELETE", "/api/v1/tenants/DL/clock", {}),
    ],
)
def test_a_writer_is_told_to_come_again(
    busy: World, method: str, path: str, more: dict[str, Any]
) -> None:
    answer = busy.ask(method, path, **more)
    assert (answer.status_code, answer.json()["code"]) == (503, "database.busy")
    assert answer.headers["Retry-After"] == "1"


def test_readers_are_answered(busy: World) -> None:
    assert busy.ask("GET", "/api/v1/tenants/DL/models").status_code == 200
