"""A whole replay of a small stream: real processes, real HTTP, cut and resumed."""

import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.compiled import compiled

from .streams import SPEC, rows, write

BLUEPRINT = (
    SPEC.replace('tenant = "acme"\n', "")
    + """
[challengers.static]
[retrain]
schedule = { cron = "0 3 * * *" }
cool_down = "1d"
[tenants.A]
[tenants.B.data]
source = "other.csv"
[tenants.C.data]
source = "few.csv"
"""
)


def tenure(folder: Path, programs: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [str(programs / "tenure"), *arguments],
        cwd=folder,
        env=compiled(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def done(process: subprocess.Popen[str], seconds: float = 240) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=seconds)
    return process.returncode, out, err


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("replay")
    table = rows(480)
    write(place, table, BLUEPRINT)
    spoilt = pl.when(pl.col("id") == "r450").then(pl.lit("tall")).otherwise(pl.col("size"))
    table.with_columns(spoilt.alias("size")).write_csv(place / "other.csv")
    table.gather_every(8).write_csv(place / "few.csv")
    return place


@pytest.fixture(scope="module")
def report(folder: Path, programs: Path) -> dict[str, Any]:
    """Replay until the first day has passed, interrupt, and let the same command go on."""
    command = ("replay", "--from", "2024-01-17", "--report", "out")
    first = tenure(folder, programs, *command, "--speed", "20000")
    assert first.stderr is not None
    while "replaying 2024-01-17 … " not in first.stderr.readline():
        assert first.poll() is None
    time.sleep(6)
    first.send_signal(signal.SIGINT)
    code, _, err = done(first)
    assert code == 130
    assert "everything is kept" in err
    code, out, err = done(tenure(folder, programs, *command))
    assert code == 0, err
    assert "going on from 2024-01-1" in err
    (folder / "screen.txt").write_text(out)
    (folder / "words.txt").write_text(err)
    body: dict[str, Any] = json.loads((folder / "out" / "report.json").read_text())
    return body


def test_every_row_is_predicted_once_although_the_replay_was_cut(
    report: dict[str, Any], folder: Path
) -> None:
    later = rows(480).filter(pl.col("at") >= "2024-01-17")
    whole = report["tenants"]["A"]
    assert whole["predictions"] == later.height
    assert whole["labels"] == later["late"].count()


def test_one_bad_row_is_counted_and_its_neighbours_are_kept(
    report: dict[str, Any], folder: Path
) -> None:
    whole, spoilt = report["tenants"]["A"], report["tenants"]["B"]
    assert spoilt["predictions"] == whole["predictions"] - 1
    assert "B/late: 1 rows put aside: " in (folder / "words.txt").read_text()
    assert "tall" in (folder / "words.txt").read_text()


def test_lanes_are_judged_on_the_same_rows(report: dict[str, Any]) -> None:
    for name in ("A", "B"):
        one = report["tenants"][name]
        assert one["static"]["n"] == one["tenure"]["n"] > 0
        assert one["retrains"]["tried"] == len(one["studies"]) > 0
    assert set(report["overall"]) == {"static", "tenure", "tenure_minus_static"}


def test_a_tenant_without_enough_rows_rests_and_spoils_nothing(
    report: dict[str, Any], folder: Path
) -> None:
    assert report["tenants"]["C"]["predictions"] == 0
    words = (folder / "words.txt").read_text()
    assert "C/late: rests until more rows are known: the holdout has " in words


def test_the_screen_and_the_page_are_there(report: dict[str, Any], folder: Path) -> None:
    lines = (folder / "screen.txt").read_text().splitlines()
    assert lines[0].startswith("2024-01-17 … 2024-01-22 replayed: 3 tenants, ")
    assert lines[-2].startswith("ledger: ")
    assert "verified (root " in lines[-2]
    assert lines[-1] == "report: out/report.html"
    assert "</html>" in (folder / "out" / "report.html").read_text()


def test_the_house_it_ran_is_gone_and_the_home_can_be_looked_at(
    report: dict[str, Any], folder: Path, programs: Path
) -> None:
    code, out, _ = done(tenure(folder, programs, "clock", "show", "-o", "jsonl"))
    clocks = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert {clock["mode"] for clock in clocks} == {"replay"}
    assert all(clock["now"].startswith("2024-01-2") and clock["settled"] for clock in clocks)


def test_a_finished_replay_only_shows_its_table_again(
    report: dict[str, Any], folder: Path, programs: Path
) -> None:
    code, out, _ = done(tenure(folder, programs, "replay", "-o", "json"))
    again = json.loads(out)
    assert code == 0
    assert again["tenants"]["A"]["tenure"] == report["tenants"]["A"]["tenure"]


def test_a_replay_needs_a_beginning(tmp_path: Path, programs: Path) -> None:
    write(tmp_path, rows(480))
    code, _, err = done(tenure(tmp_path, programs, "replay"))
    assert code == 2
    assert err.splitlines()[-2].startswith("error[replay.no_from]")
    assert "--from 2024-01-0" in err
    assert not _runs(tmp_path)


def _runs(folder: Path) -> bool:
    """Whether any process still works in the folder's home."""
    for link in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if str(link.readlink()).startswith(str(folder)):
                return True
        except OSError:
            continue
    return False
