"""The trainer of the chaos tests keeps the port's promises, so that they tell of the real house."""

import pytest
from tests.chaos.trainer import OpenTrainer
from tests.conformance.training import TrainerSuite

from tenure.ports.training import Trainer


@pytest.fixture
def trainer() -> Trainer:
    return OpenTrainer()


class TestOpenTrainer(TrainerSuite):
    """All of the suite."""
