"""The jailed trainer keeps the port's promises."""

from collections.abc import Iterator

import pytest

from tenure.adapters.jail.trainer import JailedTrainer
from tenure.ports.training import Trainer
from tests.conformance.training import TrainerSuite


@pytest.fixture(scope="module")
def trainer() -> Iterator[Trainer]:
    jailed = JailedTrainer()
    jailed.start()
    yield jailed
    jailed.close()


class TestJailedTrainer(TrainerSuite):
    """All of the suite."""
