"""The jailed trainer keeps the port's promises."""

from collections.abc import Iterator

import pytest

from tenure.adapters.jail.trainer import JailedTrainer
from tenure.core.errors import TenureError
from tenure.ports.training import Seen, Trainer
from tenure.services.live import Recall
from tests.conformance.training import TrainerSuite, fit_task


@pytest.fixture(scope="module")
def trainer() -> Iterator[Trainer]:
    jailed = JailedTrainer()
    jailed.start()
    yield jailed
    jailed.close()


class TestJailedTrainer(TrainerSuite):
    """All of the suite."""


def test_a_training_is_seen_while_it_runs_and_ended_by_who_watches(trainer: Trainer) -> None:
    seen: list[Seen] = []

    def watch(now: Seen) -> bool:
        seen.append(now)
        return not now.told.points  # ended once it is seen to have begun

    with pytest.raises(TenureError) as caught:
        trainer.fit(fit_task("crawl"), watch)
    assert caught.value.code == "run.cancelled"
    assert seen[-1].log == "step by step\n"


def test_what_a_training_told_before_it_crashed_is_not_lost(trainer: Trainer) -> None:
    watch = Recall()
    with pytest.raises(TenureError, match=r"run\.crashed"):
        trainer.fit(fit_task("crash"), watch)
    assert watch.last.told.metrics == {"columns": 1.0}
    assert watch.last.log.startswith("column by column\nTraceback")


@pytest.mark.parametrize(
    ("function", "code", "words"),
    [
        ("connect", "run.crashed", "PermissionError"),
        ("fork", "run.crashed", "PermissionError"),
        ("run", "run.crashed", "PermissionError"),
        ("write", "run.crashed", "PermissionError"),
        ("read", "run.crashed", "PermissionError"),
        ("hog", "run.out_of_memory", "more than 256 MiB"),
        ("hang", "run.timed_out", "not done after 3 s"),
        ("die", "run.crashed", "exit code 3"),
    ],
)
def test_hostile_training_code_ends_in_a_verdict(
    trainer: Trainer, function: str, code: str, words: str
) -> None:
    minutes = 3 / 60 if function == "hang" else 2.0
    task = fit_task(function, minutes=minutes, memory_bytes=256 * 1024**2)
    with pytest.raises(TenureError) as caught:
        trainer.fit(task)
    assert (caught.value.code, words in caught.value.message) == (code, True)
    assert function != "die" or caught.value.hint == "the last words"
