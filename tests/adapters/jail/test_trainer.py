"""The jailed trainer keeps the port's promises."""

from collections.abc import Iterator

import pytest

from tenure.adapters.jail.trainer import JailedTrainer
from tenure.core.errors import TenureError
from tenure.ports.training import Trainer
from tests.conformance.training import TrainerSuite, fit_task


@pytest.fixture(scope="module")
def trainer() -> Iterator[Trainer]:
    jailed = JailedTrainer()
    jailed.start()
    yield jailed
    jailed.close()


class TestJailedTrainer(TrainerSuite):
    """All of the suite."""


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
    task = fit_task(function, minutes=3 / 60, memory_bytes=256 * 1024**2)
    with pytest.raises(TenureError) as caught:
        trainer.fit(task)
    assert (caught.value.code, words in caught.value.message) == (code, True)
    assert function != "die" or caught.value.hint == "the last words"
