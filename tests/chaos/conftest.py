"""Lives to be cut: a process to fork them from, homes on fresh databases, and one whole life."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.forks import Forks

KILLS_A_LIFE = 5
FEW_KILLS = 15


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--chaos-points",
        type=int,
        default=FEW_KILLS,
        metavar="N",
        help=f"kill at N random points, {KILLS_A_LIFE} in a life",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave what is long to `make chaos`: freezing, the demo, and whole houses on PostgreSQL.

    Of the lives that are cut each stays on one database, by turns.
    """
    if config.getoption("chaos_points", default=FEW_KILLS) <= FEW_KILLS:
        items[:] = [item for item in items if not _is_long(item)]


def _is_long(item: pytest.Item) -> bool:
    name, words = item.path.name, item.keywords
    on_postgres = "postgres" in words
    whole_houses = name == "test_up.py" and (on_postgres or "frozen" in item.name)
    chosen = getattr(item, "callspec", None)  # of a test with parameters
    turn = chosen.params.get("part", chosen.params.get("seed")) if chosen else None
    elsewhere = isinstance(turn, int) and turn % 2 != on_postgres
    return name in {"test_freeze.py", "test_demo.py"} or whole_houses or elsewhere


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "seed" in metafunc.fixturenames:
        kills = metafunc.config.getoption("chaos_points", default=FEW_KILLS)
        metafunc.parametrize("seed", range(max(1, kills // KILLS_A_LIFE)))


@dataclass
class Life:
    """One life on a home and a database of its own, told by as many processes as it takes."""

    forks: Forks
    home: Path
    url: str
    told: int = field(default=0)

    def start(self, function: str = "live", **rest: str | float) -> int:
        """Begin to tell what is left of it; return the process's id."""
        return self.forks.start(function, self.home, self.url, **rest)

    def wait(self, pid: int) -> int:
        """Return how the telling ended."""
        return self.forks.wait(pid)

    @property
    def log(self) -> str:
        return (self.home / "log.txt").read_text("utf-8")[-4000:]

    @property
    def state(self) -> dict[str, Any]:
        """How it ended."""
        found: dict[str, Any] = json.loads((self.home / "state.json").read_bytes())
        return found

    @property
    def trace(self) -> list[str]:
        """Which failpoints the last telling passed, in order."""
        found: list[str] = json.loads((self.home / "trace.json").read_bytes())
        return found


@pytest.fixture(scope="session")
def forks() -> Iterator[Forks]:
    server = Forks()
    yield server
    server.close()


@pytest.fixture
def life(forks: Forks, tmp_path: Path, store_url: str) -> Life:
    """A life that has not begun, on both databases."""
    return Life(forks, tmp_path, store_url)


@pytest.fixture(scope="session")
def whole(forks: Forks, tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Life:
    """A life that nobody interrupted."""
    home = tmp_path_factory.mktemp("whole")
    (home / "tenure.db").write_bytes(sqlite_template.read_bytes())
    life = Life(forks, home, f"sqlite:///{home / 'tenure.db'}")
    assert life.wait(life.start()) == 0, life.log
    return life
