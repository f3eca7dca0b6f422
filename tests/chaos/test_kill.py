"""Kill -9 at every named point, go on, and compare with a life that nobody interrupted."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
STORY = Path(__file__).parent / "story.py"
_NAMED = re.compile(r'failpoint\("([a-z_.]+)"\)')
ELSEWHERE = {"poll.after_receive"}
"""Points that the story does not pass: tests/services/test_poll.py kills there."""


def points() -> list[str]:
    """Return every failpoint of the source, so that a new one is killed at without being listed."""
    named = {
        name
        for path in (*(ROOT / "src").rglob("*.py"), STORY)
        for name in _NAMED.findall(path.read_text(encoding="utf-8"))
    }
    return sorted(named - ELSEWHERE)


def tell(home: Path, url: str, failpoint: str = "") -> subprocess.CompletedProcess[bytes]:
    environment = {**os.environ, "TENURE_FAILPOINT": failpoint, "PYTHONWARNINGS": "ignore"}
    return subprocess.run(
        [sys.executable, str(STORY), str(home), url],
        env=environment,
        capture_output=True,
        timeout=300,
        check=False,
    )


def ended(done: subprocess.CompletedProcess[bytes]) -> dict[str, Any]:
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    state: dict[str, Any] = json.loads(done.stdout)
    return state


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    home = tmp_path_factory.mktemp("uninterrupted")
    return ended(tell(home, f"sqlite:///{home}/tenure.db"))


def test_the_story_has_a_point_of_everything(uninterrupted: dict[str, Any]) -> None:
    """The comparison below means something only when the life was eventful."""
    outcomes = {study["state"] for study in uninterrupted["studies"]}
    assert {"promoted", "refused"} <= outcomes
    assert uninterrupted["findings"]
    assert uninterrupted["outcomes"]["labelled"] > 0
    assert {state for _, state in uninterrupted["jobs"]} <= {"done", "ready"}
    assert uninterrupted["ledger_ok"] == [True]
    assert len(points()) >= 30


@pytest.mark.chaos
@pytest.mark.parametrize("point", points())
def test_a_killed_life_ends_like_an_uninterrupted_one_on_sqlite(
    point: str, tmp_path: Path, uninterrupted: dict[str, Any]
) -> None:
    _kill_and_go_on(point, tmp_path, f"sqlite:///{tmp_path}/tenure.db", uninterrupted)


@pytest.mark.chaos
@pytest.mark.postgres
@pytest.mark.parametrize("point", points())
def test_a_killed_life_ends_like_an_uninterrupted_one_on_postgresql(
    point: str, tmp_path: Path, postgres_url: str, uninterrupted: dict[str, Any]
) -> None:
    _kill_and_go_on(point, tmp_path, postgres_url, uninterrupted)


def _kill_and_go_on(point: str, home: Path, url: str, expected: dict[str, Any]) -> None:
    killed = tell(home, url, f"{point}:2")
    if killed.returncode == 0:  # this point is passed only once
        pytest.fail(f"{point} was not passed twice: kill at its first passing")
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()[-3000:]
    state = ended(tell(home, url))
    for noun, values in expected.items():
        assert state[noun] == values, noun
