"""Homes that earlier revisions wrote: opened, migrated, read, served and lived on by today's code.

Every release adds one with `make home REV=<revision>`; what stands in them is never changed.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import polars as pl
import psycopg
import pytest
import sqlalchemy as sa

from tenure.adapters.sql import connections
from tenure.adapters.sql.migrate import SCRIPTS, ensure, revision_of, revisions
from tenure.core.keys import Principal, Role
from tenure.core.spec.parse import from_dict
from tenure.core.studies import StudyState
from tenure.services import approve
from tenure.services.publish import publish_all
from tests.cli.test_local import Said, run_in
from tests.compiled import compiled
from tests.homes.pack import archives, unpacked
from tests.homes.story import LISTS, QUESTION, is_ready, rows
from tests.small.clock import HandClock
from tests.small.house import close_house, open_house
from tests.small.life import Life

DAY = timedelta(days=1)
CAME_TO = datetime(2024, 2, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Old:
    """A home as it was written. `seen` is what one could see then."""

    home: Path
    seen: dict[str, Any]

    @property
    def file(self) -> Path:
        return self.home / "tenure.db"

    def look(self, *command: str) -> Said:
        return run_in(self.home.parent, "--home", str(self.home), *command)


@pytest.fixture(params=archives(), ids=lambda path: path.name.partition(".")[0])
def old(request: pytest.FixtureRequest, tmp_path: Path) -> Old:
    home = unpacked(request.param, tmp_path)
    return Old(home, json.loads((tmp_path / "seen.json").read_text("utf-8")))


def revision(url: str) -> str | None:
    engine = connections.open_reader(connections.parsed(url))
    with engine.connect() as connection:
        found = revision_of(connection)
    engine.dispose()
    return found


def covers(now: Any, then: Any) -> bool:
    """Return whether everything that was there is there; there may be more to tell about it."""
    if isinstance(then, dict):
        return all(name in now and covers(now[name], value) for name, value in then.items())
    if isinstance(then, list):
        return len(now) == len(then) and all(map(covers, now, then))
    return bool(now == then)


def assert_all_is_there(old: Old) -> None:
    for noun in (*LISTS, "ledger"):
        said = old.look(noun, "show" if noun == "clock" else "list", "-o", "json")
        assert said.code == 0, said.err
        found = json.loads(said.out)
        if noun == "ledger":  # this process has minted itself a key
            found = [entry for entry in found if entry["tenant_id"] != "_"]
            old.seen[noun] = [entry for entry in old.seen[noun] if entry["tenant_id"] != "_"]
        missing = [one for one in old.seen[noun] if not any(covers(it, one) for it in found)]
        assert missing == [], noun
        assert len(found) == len(old.seen[noun]), noun
    said = old.look("ledger", "verify")
    assert (said.code, said.err.endswith("verified\n")) == (0, True), said.out


def test_the_packed_homes_are_small_and_there_is_one() -> None:
    assert archives()
    assert all(path.stat().st_size < 1 << 20 for path in archives())


def test_everything_in_it_can_be_read_and_its_ledger_holds(old: Old) -> None:
    before = revision(f"sqlite:///{old.file}")
    assert_all_is_there(old)
    assert revision(f"sqlite:///{old.file}") == revisions()[-1]
    backups = [path.name for path in old.home.glob("*.backup")]
    assert backups == ([] if before == revisions()[-1] else [f"tenure.db.{before}.backup"])
    for name in backups:
        assert revision(f"sqlite:///{old.home / name}") == before


def test_it_is_migrated_once_by_whoever_comes(old: Old) -> None:
    url = f"sqlite:///{old.file}"
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ensure, [url] * 4))
    assert revision(url) == revisions()[-1]


@pytest.mark.postgres
def test_the_same_home_on_postgres(old: Old, postgres: str, monkeypatch: Any) -> None:
    move(old.file, postgres, old.home.parent)
    old.file.unlink()
    monkeypatch.setenv("TENURE_DATABASE_URL", postgres)
    assert_all_is_there(old)
    assert revision(postgres) == revisions()[-1]


@pytest.fixture
def postgres(postgres_server: Any) -> Iterator[str]:
    """The address of an empty database."""
    name = "old_" + os.environ.get("PYTEST_XDIST_WORKER", "alone")
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres_server.get_uri(database=name, driver="psycopg")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def move(file: Path, url: str, folder: Path) -> None:
    """Copy an SQLite database's rows into PostgreSQL, into tables of the same revision."""
    source = sa.create_engine(f"sqlite:///{file}")
    target = sa.create_engine(url)
    tables = sa.MetaData()
    with source.connect() as here:
        at = revision_of(here)
        scripts = folder / "scripts"
        shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
        for path in (scripts / "versions").glob("r*.py"):
            if path.name[1:5] > str(at):
                path.unlink()
        ensure(url, scripts)
        tables.reflect(target)
        with target.begin() as there:
            for table in tables.sorted_tables:
                found = [dict(row) for row in here.execute(sa.select(table)).mappings()]
                if found and table.name != "tenure_schema":
                    there.execute(sa.insert(table), found)
            there.execute(
                sa.text("SELECT setval(pg_get_serial_sequence('jobs', 'id'), max(id)) FROM jobs")
            )
    source.dispose()
    target.dispose()


def test_serving_answers_from_its_releases_as_it_did(old: Old) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "tenure.app.serving", "--home", str(old.home)]
    url = f"http://127.0.0.1:{port}/v2"
    with subprocess.Popen([*command, "--port", str(port)], env=compiled()) as process:
        until = time.monotonic() + 60
        while not is_ready(f"{url}/health/ready"):
            assert time.monotonic() < until
            time.sleep(0.05)
        head = {"Authorization": f"Bearer {old.seen['text of a key']}"}
        answer = httpx.post(f"{url}/models/late/infer", json=QUESTION, headers=head).json()
        process.terminate()
    given, before = (outputs[0]["data"] for outputs in (answer["outputs"], old.seen["answer"]))
    assert given == pytest.approx(before, rel=1e-12)


def test_the_loop_goes_on(old: Old) -> None:
    """What waited is approved and deployed; answers are logged and labelled; the next race is run."""
    ensure(f"sqlite:///{old.file}")
    house = open_house(old.home, f"sqlite:///{old.file}", HandClock(datetime.now(UTC)))
    acme, bolt = (life_of(house, tenant) for tenant in ("acme", "bolt"))
    publish_all(house)
    ann = Principal("ann", "bolt", Role.APPROVER, person="ann")
    approve.give(house, approve.Said(ann, "bolt", "late", 1, "as agreed"))
    bolt.work()
    assert "bolt/late" in house.releases.index().releases
    raced = len(acme.studies())
    for life in (bolt, acme):
        asked = life.answer(CAME_TO, CAME_TO + DAY)
        life.post(life.rows.filter(pl.col("at").is_between(CAME_TO, CAME_TO + DAY, "left")))
        life.advance(CAME_TO + 2 * DAY)
    windows = acme.read(lambda work: work.windows.list("acme", model_id="late", day=CAME_TO))
    assert {window.lane: window.labelled for window in windows}["champion"] == asked > 20
    acme.advance(CAME_TO + 4 * DAY)  # its finding has been open, and has asked for races
    assert len(acme.studies()) > raced
    assert acme.studies()[-1].state in {StudyState.PROMOTED, StudyState.REFUSED}
    close_house(house)
    assert old.look("ledger", "verify").code == 0


def life_of(house: Any, tenant: str) -> Life:
    """Return the life of a tenant's model with the rest of its stream."""
    with house.store.read() as work:
        spec = from_dict(work.models.get(tenant, "late").spec)
    stream = pl.DataFrame([row for row in rows() if row["tenant"] == tenant])
    times = [pl.col(name).str.to_datetime(time_zone="UTC") for name in ("at", "known")]
    return Life(house, spec, stream.with_columns(times))
