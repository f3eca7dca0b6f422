"""Databases are created once, upgraded under a lock after a backup, and never misread."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from tenure.adapters.sql import connections
from tenure.adapters.sql.migrate import SCRIPTS, VERSION_TABLE, ensure, revision_of, revisions
from tenure.adapters.sql.store import SqlStore
from tenure.adapters.sql.tables import metadata
from tenure.core.errors import Kind, TenureError
from tests.conformance.samples import model

TODAY = revisions()[-1]
NEXT = f"{int(TODAY) + 1:04}"
NEWER = """
import sqlalchemy as sa
from alembic import op

revision = "{next}"
down_revision = "{today}"


def upgrade() -> None:
    op.create_table("novelties", sa.Column("id", sa.Text, primary_key=True))
    {after}
"""


@pytest.fixture
def empty_sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/tenure.db"


@pytest.fixture
def empty_postgres_url(postgres_server: Any) -> Iterator[str]:
    name = "empty_" + os.environ.get("PYTEST_XDIST_WORKER", "alone")
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield postgres_server.get_uri(database=name, driver="psycopg")
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(f"empty_{request.param}_url")
    return url


def newer_scripts(folder: Path, after: str = "") -> Path:
    """The migrations of a Tenure to come: ours and one more."""
    scripts = folder / "100% newer"
    shutil.copytree(SCRIPTS, scripts, ignore=shutil.ignore_patterns("__pycache__"))
    text = NEWER.format(next=NEXT, today=TODAY, after=after)
    (scripts / "versions" / f"r{NEXT}_newer.py").write_text(text)
    return scripts


def look(url: str) -> tuple[str | None, list[str]]:
    """The revision and the tables of a database."""
    engine = connections.open_reader(connections.parsed(url))
    with engine.connect() as connection:
        found = revision_of(connection), sorted(sa.inspect(connection).get_table_names())
    engine.dispose()
    return found


def differs(context: MigrationContext, _: object, __: object, found: Any, declared: Any) -> bool:
    """Compare column types as they are written, collations included."""
    return str(found.compile(context.dialect)) != str(declared.compile(context.dialect))


def test_an_empty_database_gets_the_tables_of_today(empty_url: str) -> None:
    ensure(empty_url)
    assert look(empty_url) == (TODAY, sorted([*metadata.tables, VERSION_TABLE]))


def test_migrations_lead_to_the_tables_that_the_code_uses(store_url: str) -> None:
    engine = connections.open_reader(connections.parsed(store_url))
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE, "compare_type": differs}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_a_database_of_today_is_left_alone(store_url: str, tmp_path: Path) -> None:
    store = SqlStore(store_url)
    with store.work() as work:
        work.models.add("DL", model("DL", 1))
    ensure(store_url)
    ensure(store_url)
    with store.read() as work:
        assert work.models.get("DL", "m1") == model("DL", 1)
    store.close()
    assert list(tmp_path.glob("*.backup*")) == []


def test_several_may_create_it_at_once(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(ensure, [empty_url] * 4))
    assert look(empty_url)[0] == TODAY


def test_an_upgrade_keeps_everything(empty_url: str, tmp_path: Path) -> None:
    ensure(empty_url)
    store = SqlStore(empty_url)
    with store.work() as work:
        work.models.add("DL", model("DL", 1))
    ensure(empty_url, newer_scripts(tmp_path))
    revision, tables = look(empty_url)
    assert revision == NEXT
    assert "novelties" in tables
    with store.read() as work:
        assert work.models.get("DL", "m1") == model("DL", 1)
    store.close()


def test_sqlite_is_copied_before_an_upgrade(empty_sqlite_url: str, tmp_path: Path) -> None:
    ensure(empty_sqlite_url)
    store = SqlStore(empty_sqlite_url)
    with store.work() as work:
        work.models.add("DL", model("DL", 1))
    ensure(empty_sqlite_url, newer_scripts(tmp_path))
    store.close()
    backup = tmp_path / f"tenure.db.{TODAY}.backup"
    assert [path.name for path in tmp_path.glob("*.backup*")] == [backup.name]
    restored = f"sqlite:///{backup}"
    ensure(restored)
    store = SqlStore(restored)
    with store.read() as work:
        assert work.models.get("DL", "m1") == model("DL", 1)
    store.close()


def test_a_failed_upgrade_changes_nothing(empty_url: str, tmp_path: Path) -> None:
    ensure(empty_url)
    before = look(empty_url)
    with pytest.raises(ZeroDivisionError):
        ensure(empty_url, newer_scripts(tmp_path, after="1 / 0"))
    assert look(empty_url) == before
    ensure(empty_url)


def test_a_newer_database_is_refused_and_left_alone(empty_url: str, tmp_path: Path) -> None:
    ensure(empty_url, newer_scripts(tmp_path))
    before = look(empty_url)
    with pytest.raises(TenureError) as caught:
        ensure(empty_url)
    assert (caught.value.code, caught.value.kind) == ("database.newer", Kind.CONFLICT)
    assert NEXT in caught.value.message
    assert look(empty_url) == before


def test_migrations_follow_each_other_in_the_order_of_their_names() -> None:
    """`ensure` reads the names alone: alembic is loaded only when there is something to do."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    scripts = list(ScriptDirectory.from_config(config).walk_revisions())[::-1]
    assert [script.revision for script in scripts] == revisions()
    assert [script.down_revision for script in scripts] == [None, *revisions()[:-1]]


def test_a_database_of_today_is_opened_while_another_writes(sqlite_url: str) -> None:
    with closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as raw:
        raw.execute("BEGIN IMMEDIATE")
        ensure(sqlite_url)


def test_a_file_that_lost_its_wal_mode_gets_it_back(sqlite_url: str) -> None:
    file = sqlite_url.removeprefix("sqlite:///")
    with closing(sqlite3.connect(file)) as raw:
        raw.execute("PRAGMA journal_mode=DELETE")
    ensure(sqlite_url)
    with closing(sqlite3.connect(file)) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_is_in_wal_mode_ever_after(empty_sqlite_url: str, tmp_path: Path) -> None:
    ensure(empty_sqlite_url)
    with closing(sqlite3.connect(tmp_path / "tenure.db")) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)


@pytest.mark.parametrize(
    "url", ["", "nonsense", "sqlite://", "sqlite:///:memory:", "mysql://host/name", "http://x"]
)
def test_other_urls_are_refused(url: str) -> None:
    with pytest.raises(TenureError, match=r"database\.bad_url"):
        ensure(url)


@pytest.mark.postgres
def test_the_usual_ways_to_write_a_postgres_url_are_understood(postgres_url: str) -> None:
    for scheme in ("postgresql", "postgres", "postgresql+psycopg"):
        ensure(postgres_url.replace("postgresql+psycopg", scheme))
