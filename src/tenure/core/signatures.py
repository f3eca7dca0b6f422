"""What a model takes and gives: the contract between data, training and serving."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from tenure.core.columns import Column
from tenure.core.models import Task


@dataclass(frozen=True, slots=True)
class Signature:
    """What a version takes and gives. `classes` are the target's levels, in output order.

    Outputs per row: binary — one probability of `classes[1]`; multiclass — one probability per
    class; regression — one number.
    """

    task: Task
    features: tuple[Column, ...]
    target: str
    classes: tuple[str, ...] = ()

    @property
    def width(self) -> int:
        """Numbers per row in the output."""
        return len(self.classes) if self.task is Task.MULTICLASS else 1

    def requiring(self, names: Collection[str]) -> "Signature":
        """Return the signature of a version that cannot do without these features."""
        features = (replace(c, nulls=False) if c.name in names else c for c in self.features)
        return replace(self, features=tuple(features))
