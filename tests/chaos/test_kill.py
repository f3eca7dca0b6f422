"""Kill -9 at every named point and at random ones, go on, and compare with a life nobody cut."""

import os
import random
import re
import signal
import time
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.conftest import FEW_KILLS, KILLS_A_LIFE, Life
from tests.chaos.story import LATER

ROOT = Path(__file__).parents[2]


NAMED = sorted(
    name
    for path in (ROOT / "src").rglob("*.py")
    for name in re.findall(r'failpoint\("([a-z_.]+)"\)', path.read_text(encoding="utf-8"))
)
"""Every failpoint of the source, so that a new one is killed at without being listed."""
MANY_CUTS, FEW_CUTS = 12, 5


def lives(config: pytest.Config) -> int:
    """Return among how many lives all points are dealt: `make chaos` tells more of them."""
    short = config.getoption("chaos_points") <= FEW_KILLS
    return -(-len(NAMED) // (MANY_CUTS if short else FEW_CUTS))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "part" in metafunc.fixturenames:
        metafunc.parametrize("part", range(lives(metafunc.config)))


def compare(state: dict[str, Any], expected: dict[str, Any]) -> None:
    assert state.keys() == expected.keys()
    for noun, values in expected.items():
        assert state[noun] == values, noun


def kill(life: Life, point: str, later: float = 0.0) -> bool:
    """Tell on and be killed; return False when the life ended before."""
    code = life.wait(life.start(kill=point, later=later))
    assert code in {0, -signal.SIGKILL}, life.log
    return code != 0


def finish(life: Life, later: float) -> dict[str, Any]:
    """Tell the rest, so many seconds later, and return how it ended."""
    assert life.wait(life.start(later=later)) == 0, life.log
    return life.state


def test_the_story_has_a_bit_of_everything(whole: Life) -> None:
    """The comparisons below mean something only when the life was eventful."""
    state = whole.state
    studies = state["acme: studies"]
    assert {study["state"] for study in studies} >= {"promoted", "refused"}
    assert {study["cause"].partition(":")[0] for study in studies} >= {"schedule", "finding"}
    assert all(finding["closed_at"] for finding in state["acme: findings"])
    assert len(state["acme: findings"]) == 1
    reasons = {one["reason"] for one in state["acme: quarantine"]}
    assert reasons >= {"label.unknown", "label.unknown_class", "row.unlabelled", "row.bad_output"}
    kinds = {entry[2] for name in ("acme", "bolt") for entry in state[f"{name}: story"]}
    assert kinds >= {"labels.corrected", "labels.quarantined", "approval.given", "model.changed"}
    lanes = {d["lane"] for d in state["acme: deployments"] if d["cause"].startswith("rollback:")}
    assert lanes == {"champion", "blind"}
    ends = [
        entry[-1]["bound_for"] for entry in state["acme: story"] if entry[2] == "deployment.judged"
    ]
    assert set(ends) == {"live", "stopped"}  # by time, and by a person's word
    assert {model["state"] for model in state["bolt: models"]} == {"decommissioned", "active"}
    assert {job[2] for name in ("acme", "bolt") for job in state[f"{name}: jobs"]} == {
        "done",
        "ready",
    }
    assert state["ledgers"] == {name: [True, ""] for name in ("_", "acme", "bolt")}
    days = [
        window["version"]
        for window in sorted(state["acme: windows"], key=lambda window: str(window["day"]))
        if window["lane"] == "champion"
    ]
    assert any(before != after for before, after in pairwise(days))


def test_the_story_passes_every_point(whole: Life) -> None:
    assert len(NAMED) == len(set(NAMED)), "a point's name says where it is"
    assert len(NAMED) >= 30
    assert set(NAMED) == set(whole.trace)


@pytest.mark.chaos
def test_a_life_killed_at_named_points_ends_like_a_whole_one(
    part: int, life: Life, whole: Life, pytestconfig: pytest.Config
) -> None:
    """All parts together kill at every named point, some in one life, in the order it passes them.

    The first is cut at its second passing when there is one: something has happened by then.
    """
    cuts = parts(whole.trace, lives(pytestconfig))[part]
    for number, point in enumerate(cuts):
        passing = min(2, whole.trace.count(point)) if number == 0 else 1
        assert kill(life, f"{point}:{passing}", number * LATER), (point, cuts)
    compare(finish(life, len(cuts) * LATER), whole.state)


def parts(trace: list[str], dealt: int) -> list[list[str]]:
    """Deal the points out, in order of where a whole life passes them, to so many lives."""
    names = sorted(set(trace))
    places = {name: [i for i, passed in enumerate(trace) if passed == name] for name in names}
    ordered = sorted(names, key=lambda name: places[name][:2][-1])
    return [ordered[start::dealt] for start in range(dealt)]


@pytest.mark.chaos
def test_a_life_killed_again_and_again_ends_like_a_whole_one(
    seed: int, life: Life, whole: Life
) -> None:
    """Every other kill comes at a moment, not at a point: between two of them, or inside."""
    chance = random.Random(seed)  # noqa: S311  # a test's own draw
    stretch = len(whole.trace) // KILLS_A_LIFE
    for number in range(KILLS_A_LIFE):
        if number % 2 == 0:
            going_on = kill(life, f"*:{chance.randint(1, stretch)}", number * LATER)
        else:
            going_on = kill_after(life, chance.uniform(0, 1.0), number * LATER)
        if not going_on:
            break
    compare(finish(life, KILLS_A_LIFE * LATER), whole.state)


def kill_after(life: Life, seconds: float, later: float) -> bool:
    pid = life.start(later=later)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    return life.wait(pid) != 0
