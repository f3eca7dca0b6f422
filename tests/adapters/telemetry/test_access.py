"""The access log in a file: whole lines, from several writers, into the file that is there now."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tenure.adapters.telemetry.access import AccessFile
from tenure.ports.access import FIELDS, OK, Line


def line(request_id: str = "r-1", code: str = OK) -> Line:
    who = ("DL", "late", 3, "champion")
    how = (200 if code == OK else 400, code, 1, 120, 80, 95, "10.0.0.7")
    return (1_764_254_513_123_456, "http", "infer", "POST", *who, request_id, None, *how)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(text) for text in path.read_text().splitlines()]


def until(claim: Callable[[], bool]) -> None:
    patience = time.monotonic() + 20
    while not claim():
        assert time.monotonic() < patience
        time.sleep(0.005)


def test_a_line_says_what_is_known_and_nothing_else(tmp_path: Path) -> None:
    log = AccessFile(tmp_path / "logs" / "access.jsonl")
    log.put(line())
    log.close()
    (found,) = lines(tmp_path / "logs" / "access.jsonl")
    assert list(found) == [name for name in FIELDS if name != "trace_id"]
    assert found["time"] == "2025-11-27T14:41:53.123456Z"
    assert (found["tenant"], found["version"], found["bytes_out"]) == ("DL", 3, 80)
    assert (tmp_path / "logs" / "access.jsonl").stat().st_mode & 0o777 == 0o600


def test_writers_share_a_file_and_no_line_is_torn(tmp_path: Path) -> None:
    path = tmp_path / "access.jsonl"
    logs = [AccessFile(path) for _ in range(4)]

    def work(number: int) -> None:
        for count in range(1000):
            logs[number].put(line(f"{number}-{count}-{'x' * (count % 97)}"))
        logs[number].close()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))
    found = [one["request_id"].rsplit("-", 1)[0] for one in lines(path)]
    assert sorted(found) == sorted(f"{n}-{c}" for n in range(4) for c in range(1000))
    assert [one for one in found if one.startswith("0-")] == [f"0-{c}" for c in range(1000)]


@pytest.mark.parametrize("rotate", [lambda p: p.rename(p.with_suffix(".1")), Path.unlink])
def test_a_file_that_was_rotated_away_is_opened_anew(
    tmp_path: Path, rotate: Callable[[Path], Any]
) -> None:
    path = tmp_path / "access.jsonl"
    log = AccessFile(path)
    log.put(line("before"))
    until(lambda: path.exists() and path.stat().st_size > 0)
    rotate(path)
    log.put(line("after"))
    log.close()
    assert [one["request_id"] for one in lines(path)] == ["after"]
    assert all("before" in one.read_text() for one in tmp_path.glob("*.1"))


def test_what_finds_no_room_is_counted_and_told(tmp_path: Path) -> None:
    path = tmp_path / "access.jsonl"
    os.mkfifo(path)  # nobody reads it yet: the writer waits, as on a disk that hangs
    log = AccessFile(path, max_lines=10)
    log.put(line("first"))
    until(lambda: not log._later.waiting)
    for number in range(30):
        log.put(line(str(number)))
    assert log.dropped_lines == 20
    with path.open() as reading:
        log.close()
        found = [json.loads(text) for text in reading]
    assert [one["request_id"] for one in found if "code" in one] == ["first", *map(str, range(10))]
    assert [one["dropped_lines"] for one in found if "dropped_lines" in one] == [20]


def test_a_file_that_cannot_be_written_costs_lines_but_nobody_waits(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    path = blocked / "access.jsonl"  # a file stands where a folder would have to be
    log = AccessFile(path)
    log.put(line("lost"))
    until(lambda: log.dropped_lines == 1)
    blocked.unlink()
    log.put(line("kept"))
    log.close()
    assert [one.get("request_id") for one in lines(path)] == ["kept", None]
    assert lines(path)[-1]["dropped_lines"] == 1
    assert sum("access log" in record.message for record in caplog.records) == 1


def test_a_share_of_what_went_well_is_written_and_all_that_did_not(tmp_path: Path) -> None:
    path = tmp_path / "access.jsonl"
    log = AccessFile(path, share=0.1)
    for number in range(5000):
        log.put(line(f"ok-{number}"))
        if number % 50 == 0:
            log.put(line(f"bad-{number}", "request.malformed"))
    log.close()
    found = [one["request_id"] for one in lines(path)]
    assert sum(one.startswith("bad") for one in found) == 100
    assert 350 < sum(one.startswith("ok") for one in found) < 650  # seven standard deviations


def test_the_standard_output_may_take_it() -> None:
    program = (
        "from tests.adapters.telemetry.test_access import line\n"
        "from tenure.adapters.telemetry.access import AccessFile\n"
        "log = AccessFile(None)\nlog.put(line())\nlog.close()\n"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, check=True, cwd=Path(__file__).parents[3])
    assert json.loads(done.stdout)["code"] == "ok"
