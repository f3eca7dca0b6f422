"""The demo, cut short by Ctrl-C and by `kill -9`, ends in the table of a demo that nobody cut."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.compiled import compiled

pytestmark = pytest.mark.chaos
DEMO = ("demo", "--tenants", "VX,FL", "--until", "2013-03-13")


def tenure(home: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tenure.cli.main", "--home", str(home), *arguments],
        env=compiled(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=900)
    return process.returncode, out, err


def table(home: Path) -> dict[str, Any]:
    """Return the report without what depends on the machine."""
    report: dict[str, Any] = json.loads((home / "report.json").read_text())
    for one in report["tenants"].values():
        del one["p50_ms"], one["p99_ms"]
    return report


def cut(home: Path, number: int, seconds: float) -> tuple[int, str]:
    """Begin or go on, and send a signal so long after the first flight was predicted."""
    process = tenure(home, *DEMO)
    assert process.stderr is not None
    while not process.stderr.readline().startswith("replaying "):
        assert process.poll() is None
    time.sleep(seconds)
    os.kill(process.pid, number)
    code, _, err = ended(process)
    return code, err


def test_a_demo_that_was_cut_twice_ends_in_the_same_table(tmp_path: Path) -> None:
    code, out, err = ended(tenure(tmp_path / "whole", *DEMO))
    assert code == 0, err
    assert "VX" in out
    code, err = cut(tmp_path / "cut", signal.SIGINT, 1.5)
    assert code == 130
    assert "everything is kept, and the same command goes on from here" in err
    code, _ = cut(tmp_path / "cut", signal.SIGKILL, 1.0)
    assert code == -signal.SIGKILL
    code, _, err = ended(tenure(tmp_path / "cut", *DEMO))
    assert code == 0, err
    assert "going on from 2013-03-" in err
    assert table(tmp_path / "cut") == table(tmp_path / "whole")


def test_a_demo_that_stopped_early_goes_on_when_it_is_asked_again(tmp_path: Path) -> None:
    first = (*DEMO[:3], "--until", "2013-03-04")
    assert ended(tenure(tmp_path / "home", *first))[0] == 0
    assert ended(tenure(tmp_path / "home", *DEMO))[0] == 0
    assert ended(tenure(tmp_path / "whole", *DEMO))[0] == 0
    assert table(tmp_path / "home") == table(tmp_path / "whole")
