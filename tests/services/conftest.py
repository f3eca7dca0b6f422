"""A ready house: a tenant, a spec, a model with a live champion; every test gets its own copy."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import polars as pl
import pytest

from tenure.core.spec.values import Spec
from tenure.services import tenants
from tenure.services.house import House
from tests.small.clock import HandClock
from tests.small.house import close_house, open_house, spec_of
from tests.small.life import Life
from tests.small.rows import stream

DAYS = 40
Begin = Callable[[Spec], Life]
"""Begins a life with a spec of one's own."""


@pytest.fixture(scope="session")
def rows() -> pl.DataFrame:
    """A calm stream of forty days."""
    return stream(DAYS)


@pytest.fixture
def clock() -> HandClock:
    """Machine time, moved by hand."""
    return HandClock()


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path, clock: HandClock) -> Iterator[House]:
    """An empty house with the tenant acme."""
    house = open_house(tmp_path, sqlite_url, clock)
    tenants.create(house, "test", "acme")
    yield house
    close_house(house)


@pytest.fixture(scope="session")
def grown(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory, rows: pl.DataFrame
) -> Path:
    """A home in which acme/churn has just gone live, and its challenger with it."""
    root = tmp_path_factory.mktemp("grown")
    shutil.copy(sqlite_template, root / "tenure.db")
    house = open_house(root, f"sqlite:///{root}/tenure.db", HandClock())
    life = Life(house, live_spec(), rows)
    life.declare()
    life.work()
    close_house(house)
    return root


def live_spec() -> Spec:
    return spec_of(
        retrain={"on": ["finding:accuracy"], "cool_down": "1d"},
        challengers={"static": {}},
    )


@pytest.fixture
def life(grown: Path, tmp_path: Path, clock: HandClock, rows: pl.DataFrame) -> Iterator[Life]:
    """The life of acme/churn from the moment it went live."""
    root = tmp_path / "home"
    shutil.copytree(grown, root)
    house = open_house(root, f"sqlite:///{root}/tenure.db", clock, "test-2")
    yield Life(house, live_spec(), rows)
    close_house(house)


@pytest.fixture
def fresh_life(house: House, rows: pl.DataFrame) -> Begin:
    """Return how a life is begun with a spec of one's own in an empty house."""
    return lambda spec: Life(house, spec, rows)
