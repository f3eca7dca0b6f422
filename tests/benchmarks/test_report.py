"""What a benchmark says: the last line has one shape, and speaks only of what was measured."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.report import Bound, Outcome, WrongAnswerError, check, last_line, store, table

ROOT = Path(__file__).parents[2]
GOALS = {"start_s": Bound(at_most=0.2), "peer_over_ours": Bound(at_least=5.0)}


def outcome(**figures: float) -> Outcome:
    return Outcome("cli", figures, GOALS, {"start_s": Bound(at_most=0.1)}, ("tenure",))


def test_the_last_line_has_one_shape() -> None:
    said = json.loads(last_line(outcome(start_s=0.123456)))
    assert said == {
        "name": "cli",
        "figures": {"start_s": 0.1235},
        "goals": {"start_s": {"at_most": 0.2, "measured": 0.1235, "met": True}},
        "met": True,
        "aim": {"start_s": {"at_most": 0.1, "measured": 0.1235, "met": False}},
    }


def test_one_missed_goal_is_not_met_and_a_missed_aim_is_no_failure() -> None:
    assert outcome(start_s=0.15, peer_over_ours=5.0).met
    assert not outcome(start_s=0.15, peer_over_ours=4.9).met
    assert not outcome(start_s=0.3).met


def test_every_figure_has_a_line_with_what_is_asked_of_it() -> None:
    lines = list(table(outcome(start_s=0.15, other=1234.567)))
    assert lines[0].split("  ")[-1] == "goal at most 0.2; aim at most 0.1"
    assert lines[1].split() == ["other", "1235"]


def test_a_result_file_says_on_what_machine_and_with_which_versions(tmp_path: Path) -> None:
    store(outcome(start_s=0.1), tmp_path)
    body = json.loads((tmp_path / "cli.json").read_text())
    assert {"name", "figures", "goals", "met", "aim", "date", "machine", "versions"} <= set(body)
    assert {"cores", "cpu", "python", "load"} <= set(body["machine"])
    assert body["versions"]["tenure"]


def test_a_wrong_answer_stops_the_benchmark() -> None:
    check(1 + 1 == 2, "sums")
    with pytest.raises(WrongAnswerError, match="sums"):
        check(1 + 1 == 3, "sums")


@pytest.mark.parametrize("name", ["cli", "serving", "loop"])
def test_every_benchmark_has_its_result_committed(name: str) -> None:
    body = json.loads((ROOT / "benchmarks" / "results" / f"{name}.json").read_text("utf-8"))
    assert body["name"] == name
    assert set(body["goals"]) <= set(body["figures"])
    assert body["met"] is all(goal["met"] for goal in body["goals"].values())


def test_without_a_name_the_benchmarks_are_listed_and_a_wrong_name_is_refused() -> None:
    listed, wrong = (
        subprocess.run(
            [sys.executable, ROOT / "benchmarks" / "run.py", *name],
            capture_output=True,
            text=True,
            check=False,
        )
        for name in ([], ["speed"])
    )
    names = [line.split()[0] for line in listed.stdout.splitlines()]
    watching = ["telemetry", "rollback", "soak", "drift", "estimates", "ledger", "alarms"]
    understanding = ["evaluate", "explain"]
    assert names == [
        "batch",
        "cli",
        "serving",
        "loop",
        "streams",
        "density",
        *watching,
        *understanding,
    ]
    assert (listed.returncode, wrong.returncode) == (0, 2)
    assert f"known: {', '.join(names)}" in wrong.stderr
