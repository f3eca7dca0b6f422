"""Who proposes what a study tries next."""

from collections.abc import Sequence
from typing import Protocol

from tenure.core.tuning import StudyTrial, Tune, Value


class Tuner(Protocol):
    """Keeps nothing: the trials of a study are all that it knows, and they are handed in."""

    def propose(self, tune: Tune, trials: Sequence[StudyTrial], seed: int) -> dict[str, Value]:
        """Return the next parameters. The same trials and seed give the same parameters."""
        ...

    def importance(self, tune: Tune, trials: Sequence[StudyTrial]) -> dict[str, float]:
        """Return the share of each parameter in what the loss varies by; {} for too few trials."""
        ...
