"""Splits of older rows: who trains and who judges, never looking ahead where rows have a time."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Instants = NDArray[np.datetime64]
Roles = NDArray[np.int8]

TRAINS, JUDGES, NEITHER = 1, 2, 0


def folds(times: Instants | None, known: Instants | None, rows: int, count: int) -> list[Roles]:
    """Return for each of `count` splits who trains, who judges, by row.

    With times, rows are in their order: each split judges one block, and trains on what was known
    before the block begins (so no truth leaks back from the labels' delay). Without, every
    `count`-th row judges.
    """
    if times is None or known is None:
        place = np.arange(rows) % count
        return [np.where(place == one, JUDGES, TRAINS).astype(np.int8) for one in range(count)]
    edges = np.linspace(0, rows, count + 2).astype(int)
    found = []
    for begin, end in pairwise(edges[1:]):
        roles = np.full(rows, NEITHER, np.int8)
        roles[:begin][known[:begin] < times[begin]] = TRAINS
        roles[begin:end] = JUDGES
        found.append(roles)
    return found
