"""Where the local house is found, and that its key goes nowhere else."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tenure.app import home as homes
from tenure.core.errors import TenureError
from tenure.sdk import home


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TENURE_SERVER", "TENURE_KEY", "TENURE_HOME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Path]:
    """A home that a `tenure up` holds."""
    holder = homes.Holder(os.getpid(), "tenure up", "http://127.0.0.1:1", "http://127.0.0.1:2")
    lock = homes.take(tmp_path, holder)
    homes.write_keys(tmp_path, homes.Keys("tnr_house"))
    yield tmp_path
    lock.release()


def test_a_running_home_says_where_it_answers_and_with_which_key(running: Path) -> None:
    place = home.find(None, None, str(running))
    assert place == home.Place("http://127.0.0.1:1", "tnr_house", "http://127.0.0.1:2")


def test_the_home_may_be_named_by_the_environment(
    running: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENURE_HOME", str(running))
    assert home.find(None, None, None).url == "http://127.0.0.1:1"


def test_a_home_that_nobody_runs_says_what_to_start(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(TenureError) as caught:
            home.find(None, None, str(folder))
        assert caught.value.code == "server.not_running"
        assert "tenure up" in caught.value.hint


def test_a_lock_file_that_a_dead_process_left_counts_as_nobody(tmp_path: Path) -> None:
    (tmp_path / "home.lock").write_text(json.dumps({"api": "http://127.0.0.1:1"}))
    with pytest.raises(TenureError, match="no `tenure up`"):
        home.find(None, None, str(tmp_path))


def test_the_homes_key_is_not_sent_to_another_server(running: Path) -> None:
    assert home.find("https://elsewhere.example", None, str(running)).key is None


def test_what_is_named_comes_before_the_environment_before_the_home(
    running: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENURE_SERVER", "http://environment")
    monkeypatch.setenv("TENURE_KEY", "tnr_environment")
    assert home.find(None, None, None) == home.Place("http://environment", "tnr_environment")
    assert home.find("http://named", "tnr_named", None) == home.Place("http://named", "tnr_named")
    assert home.find(None, None, str(running)).url == "http://127.0.0.1:1"


def test_a_damaged_client_file_is_a_missing_key(running: Path) -> None:
    (running / "client.json").write_text("{")
    assert home.find(None, None, str(running)).key is None
