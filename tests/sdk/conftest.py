"""A client of a real house, in this process."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tenure.api.app import create_app
from tenure.app.inprocess import InProcessTransport
from tenure.app.settings import load
from tenure.app.wiring import open_house
from tenure.core.keys import Role
from tenure.core.tenants import SYSTEM
from tenure.sdk.client import Client
from tenure.services import keys
from tenure.services.house import House


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """An empty house on SQLite."""
    opened = open_house(load({"home": str(tmp_path / "home")}, {}), "api")
    yield opened
    opened.trainer.close()
    opened.store.close()


@pytest.fixture
def t(house: House) -> Iterator[Client]:
    """The house's admin."""
    text = keys.mint(house, "test", SYSTEM, Role.ADMIN, "admin")[1]
    app = create_app(house, serving_url="http://serving.example")
    with Client("http://localhost", text, transport=InProcessTransport(app)) as client:
        yield client


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a spec and its rows."""
    rows = ["flight,at,wind,origin,late"]
    for i in range(400):
        day, minute = 1 + i // 20, i % 20
        wind, late = (i * 7) % 30, (i * 7) % 30 > 15
        origin = ("EWR", "JFK", "LGA")[i % 3]
        rows.append(f"f{i},2024-01-{day:02}T10:{minute:02}:00Z,{wind},{origin},{str(late).lower()}")
    (tmp_path / "rows.csv").write_text("\n".join(rows) + "\n")
    (tmp_path / "tenure.toml").write_text(
        """spec = 1
[model]
tenant = "DL"
name = "arrival-delay"
task = "binary"
[data]
source = "rows.csv"
target = "late"
time = "at"
key = ["flight"]
[labels]
join = ["flight"]
[train]
recipe = "linear"
windows = ["all"]
"""
    )
    return tmp_path
