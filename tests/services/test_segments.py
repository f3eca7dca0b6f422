"""Segments go when they were read, their process is gone and nobody will want them: never before."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tenure.services import collect, failpoints, segments
from tests.small.clock import HandClock
from tests.small.life import LIVE, Life
from tests.small.rows import DAY

LATER = timedelta(hours=2)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "home" / "log"


@pytest.fixture
def now(clock: HandClock) -> HandClock:
    """The files' times are the machine's: let the clock of the house be the same."""
    clock.move(datetime.now(UTC) - clock.now())
    return clock


def ended(life: Life) -> int:
    """Answer, and end the segment; return how many were asked."""
    asked = life.answer(LIVE, LIVE + DAY)
    life.house.log_writer().close()
    return asked


def test_a_segment_that_was_read_goes_after_a_while_with_its_position(
    life: Life, log: Path, now: HandClock
) -> None:
    ended(life)
    collect.gather(life.house)
    assert len(list(log.glob("*.seg"))) == 1  # too young
    now.move(LATER)
    assert collect.gather(life.house).predictions == 0
    assert list(log.glob("*.seg")) == []
    assert life.read(lambda work: work.positions.all()) == {}


def test_a_segment_whose_process_lives_stays(life: Life, log: Path, now: HandClock) -> None:
    life.answer(LIVE, LIVE + DAY)
    collect.gather(life.house)
    now.move(LATER)
    collect.gather(life.house)
    assert len(list(log.glob("*.seg"))) == 1


def test_a_segment_that_nobody_has_collected_stays_however_old(
    life: Life, log: Path, now: HandClock
) -> None:
    asked = ended(life)
    now.move(LATER)
    segments.remove_spent(life.house)
    assert len(list(log.glob("*.seg"))) == 1
    assert collect.gather(life.house).predictions == asked


def test_a_death_between_file_and_position_does_no_harm(
    life: Life, log: Path, now: HandClock
) -> None:
    ended(life)
    collect.gather(life.house)
    now.move(LATER)

    def die(name: str) -> None:
        if name == "segments.after_removal":
            raise KeyboardInterrupt

    failpoints.arm(die)
    try:
        with pytest.raises(KeyboardInterrupt):
            segments.remove_spent(life.house)
    finally:
        failpoints.disarm(die)
    assert list(log.glob("*.seg")) == []
    assert collect.gather(life.house).predictions == 0
