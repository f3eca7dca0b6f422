"""The trainer of the chaos tests keeps the port's promises, so that they tell of the real house."""

import pytest

from tenure.ports.training import Trainer
from tests.chaos.trainer import OpenTrainer
from tests.conformance.training import TrainerSuite


@pytest.fixture
def trainer() -> Trainer:
    return OpenTrainer()


class TestOpenTrainer(TrainerSuite):
    """All of the suite."""
