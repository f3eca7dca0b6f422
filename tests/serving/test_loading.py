"""Snapshots: what is loaded once, what is shared, and what is kept warm."""

from pathlib import Path
from weakref import ref

import pytest

from tenure.adapters.machine.memory import ProcessMemory
from tenure.adapters.secrets.references import References
from tenure.adapters.telemetry.figures import FolderFigures
from tenure.app.lookups import AllowedStores
from tenure.core.hosting import Hosting
from tenure.core.signatures import Signature
from tenure.ports.releases import Index, Release
from tenure.ports.training import Predictor
from tenure.serving.endpoints import NOTHING, Snapshot
from tenure.serving.loading import Loader, Sources
from tenure.serving.meters import Meters
from tenure.serving.residence import DEFAULT_BYTES
from tests.serving.small import Home, MeanRuntimes, residence


class Counting(MeanRuntimes):
    """Counts the loads."""

    def __init__(self) -> None:
        self.loads = 0

    def load(
        self,
        runtime: str,
        files: dict[str, bytes],
        signature: Signature,
        hosting: Hosting | None = None,
    ) -> Predictor:
        self.loads += 1
        return super().load(runtime, files, signature, hosting)


class Workplace:
    def __init__(self, root: Path, budget: int = DEFAULT_BYTES) -> None:
        self.home = Home(root)
        self.runtimes = Counting()
        sources = Sources(
            self.home.releases,
            self.home.blobs,
            self.runtimes,
            ProcessMemory(),
            FolderFigures(root / "figures"),
            AllowedStores(References(Path())),
        )
        self.loader = Loader(sources, Meters(), residence(budget))
        self.snapshot: Snapshot = NOTHING
        self.apply()  # the first index loads nothing

    def apply(self, *releases: Release) -> Index:
        index = self.home.publish(*releases)
        self.snapshot = self.loader.build(index, self.snapshot)
        assert self.snapshot.failed == {}
        return index


@pytest.fixture
def place(tmp_path: Path) -> Workplace:
    return Workplace(tmp_path)


def test_lanes_with_the_same_version_share_one_predictor(place: Workplace) -> None:
    home = place.home
    place.apply(home.release(arms=(home.arm(1), home.arm(1, "static"), home.arm(1, "blind"))))
    assert place.runtimes.loads == 1
    endpoint = place.snapshot.endpoints["DL/late"]
    assert {arm.version for arm in endpoint.shadows} == {endpoint.champion.version}


def test_an_unchanged_release_is_not_touched(place: Workplace) -> None:
    place.apply(place.home.release())
    before = place.snapshot.endpoints["DL/late"]
    place.apply(place.home.release("DL/other"))
    assert place.snapshot.endpoints["DL/late"] is before


def test_a_swap_loads_only_what_is_new(place: Workplace) -> None:
    home = place.home
    place.apply(home.release(arms=(home.arm(1), home.arm(2, "next"))))
    place.apply(home.release(arms=(home.arm(2), home.arm(1, "before"), home.arm(3, "next"))))
    assert place.runtimes.loads == 3


def test_a_rollback_finds_the_previous_version_warm(place: Workplace) -> None:
    home = place.home
    for version in (1, 2, 1, 2):
        place.apply(home.release(arms=(home.arm(version),)))
    assert place.runtimes.loads == 2


def test_what_nobody_goes_back_to_is_let_go(place: Workplace) -> None:
    home = place.home
    place.apply(home.release(arms=(home.arm(1),)))
    first = ref(place.snapshot.endpoints["DL/late"].champion.version)
    place.apply(home.release(arms=(home.arm(2),)))
    assert first() is not None
    place.apply(home.release(arms=(home.arm(3),)))
    assert first() is None


def test_tenants_share_no_predictor_even_of_equal_files(place: Workplace) -> None:
    place.apply(place.home.release("DL/late"), place.home.release("B6/late"))
    versions = {place.snapshot.endpoints[name].champion.version for name in ("DL/late", "B6/late")}
    assert len(versions) == 2


def test_the_figures_of_a_version_outlive_a_swap(place: Workplace) -> None:
    home = place.home
    place.apply(home.release(arms=(home.arm(1),)))
    place.snapshot.endpoints["DL/late"].champion.meter.answered(3, 100)
    place.apply(home.release(arms=(home.arm(2), home.arm(1, "before"))))
    (shadow,) = place.snapshot.endpoints["DL/late"].shadows
    assert shadow.meter.rows == 3
