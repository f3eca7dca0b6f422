"""Which telemetry the settings ask for."""

from dataclasses import replace
from pathlib import Path

from tenure.app.settings import Watched
from tenure.app.telemetry import access_log
from tests.adapters.telemetry.test_access import line

AT = Watched("127.0.0.1", 8700)


def test_nothing_is_opened_when_nobody_asks(tmp_path: Path) -> None:
    assert access_log(tmp_path, AT) is None
    assert list(tmp_path.iterdir()) == []


def test_a_relative_file_is_one_of_the_home_and_an_absolute_one_is_itself(tmp_path: Path) -> None:
    for name in ("logs/a.jsonl", str(tmp_path / "elsewhere.jsonl")):
        log = access_log(tmp_path, replace(AT, access_log=name))
        assert log is not None
        log.put(line())
        log.close()
    assert (tmp_path / "logs" / "a.jsonl").exists()
    assert (tmp_path / "elsewhere.jsonl").exists()
