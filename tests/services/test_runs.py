"""What a training told is with its run, and runs stand beside each other."""

import pytest

from tenure.core.errors import TenureError
from tenure.core.told import Point, Told
from tenure.services import runs
from tests.small.life import Life


def test_what_is_told_is_kept_in_columns_and_by_content(life: Life) -> None:
    told = Told([Point("loss", 0, 1.0), Point("loss", 1, 0.5)], {"trees": 3}, {"a/b.txt": b"fine"})
    logged = runs.keep(life.house, told, "printed\n")
    assert logged is not None
    assert logged.params == {"trees": 3}
    kept = logged.artifacts["a/b.txt"]
    assert (life.house.blobs.get(kept.digest), kept.bytes) == (b"fine", 4)
    assert life.house.blobs.has(logged.points)
    assert life.house.blobs.get(logged.log) == b"printed\n"
    assert runs.keep(life.house, Told(), " \n") is None


def test_runs_of_a_race_are_compared_and_strangers_are_not_found(life: Life) -> None:
    (study,) = life.studies()
    found = runs.comparison(life.house, "acme", "churn", study.runs)
    (judged,) = (row for row in found.metrics if "judged" in row.name)
    assert all(isinstance(loss, float) for loss in judged.values)
    window = next(row for row in found.pinned if row.name == "window")
    assert (window.values, window.differs) == (("10d", "all"), True)
    for ask in (runs.metrics, runs.log):
        with pytest.raises(TenureError, match=r"run\.not_found"):
            ask(life.house, "acme", "churn", "rn_0")
    with pytest.raises(TenureError, match=r"artifact\.not_found"):
        runs.artifact(life.house, "acme", "churn", study.runs[0], "x")
