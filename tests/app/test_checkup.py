"""What `tenure doctor` says of a machine in order, and of one that is not."""

import socket
import sqlite3
from pathlib import Path

import pytest

from tenure.app import checkup, home, settings


def marks(folder: Path, **flags: object) -> dict[str, checkup.Mark]:
    found = settings.load({"home": folder, **flags}, {})
    return {mark.what: mark for mark in checkup.look(found)}


def test_a_new_home_is_in_order(tmp_path: Path) -> None:
    found = marks(tmp_path / "new")
    assert found["database"].found == "SQLite; made by the first start"
    assert found["home"].state == "ok"
    assert found["up"].found == "nobody runs this home: tenure up"
    assert not (tmp_path / "new").exists()


def test_a_taken_port_is_bad_and_says_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = settings.load({"home": tmp_path, "serving.port": port}, {})
        ports = [mark for mark in checkup.look(found) if mark.what == "port"]
    assert ports[1].state == "bad"
    assert (ports[1].found, ports[1].mend) == (
        f"somebody listens on 127.0.0.1:{port} (serving.port)",
        "tenure up --serving-port PORT",
    )


def test_a_home_that_is_running_is_not_asked_for_its_ports(tmp_path: Path) -> None:
    with home.held(tmp_path, "tenure apply"):
        found = marks(tmp_path)
    assert "port" not in found
    assert "`tenure apply`" in found["up"].found


def test_a_damaged_database_is_bad(tmp_path: Path) -> None:
    (tmp_path / "tenure.db").write_bytes(b"SQLite format 3\0" + b"no more" * 1000)
    mark = marks(tmp_path)["database"]
    assert mark.state == "bad"
    assert mark.mend == "restore the home from a backup"


def test_a_sound_database_is_looked_into(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "tenure.db")
    connection.execute("CREATE TABLE one (x)")
    connection.close()
    assert marks(tmp_path)["database"].found.endswith("sound")


def test_a_database_that_cannot_be_reached_is_bad(tmp_path: Path) -> None:
    url = "postgresql+psycopg://nobody:secret@127.0.0.1:9/none"
    mark = marks(tmp_path, database_url=url)["database"]
    assert mark.state == "bad"
    assert "secret" not in mark.found


@pytest.mark.postgres
def test_a_postgresql_that_answers_is_named(tmp_path: Path, postgres_url: str) -> None:
    assert marks(tmp_path, database_url=postgres_url)["database"].found.startswith("PostgreSQL")


@pytest.mark.postgres
def test_a_role_above_row_level_security_is_warned_of(
    tmp_path: Path, postgres_url: str, clerk_url: str
) -> None:
    assert marks(tmp_path, database_url=postgres_url)["tenants"].state == "warn"
    assert marks(tmp_path, database_url=clerk_url)["tenants"].state == "ok"
    assert "tenants" not in marks(tmp_path)


def test_nothing_is_ever_sent_anywhere(tmp_path: Path) -> None:
    assert marks(tmp_path)["telemetry"].state == "ok"
