"""Business time of several tenants: moved together, and nobody's goes back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tenure.api.app import create_app
from tenure.app.inprocess import InProcessTransport
from tenure.cli.replay.clocks import Clocks
from tenure.core.keys import Role
from tenure.core.tenants import SYSTEM
from tenure.sdk.client import Client
from tenure.services import keys
from tests.api.conftest import opened

BEGIN, DAY = datetime(2024, 1, 1, tzinfo=UTC), timedelta(days=1)


def test_who_is_ahead_of_the_others_after_a_cut_waits_for_them(tmp_path: Path) -> None:
    said: list[str] = []
    with opened(tmp_path / "home") as house:
        text = keys.mint(house, "test", SYSTEM, Role.ADMIN, "admin")[1]
        app = create_app(house)
        with Client("http://localhost", text, transport=InProcessTransport(app)) as client:
            first = Clocks(client, ["A", "B"], said.append)
            assert first.read() == {}  # both are created, in wall time
            first.advance(["A", "B"], BEGIN)
            first.advance(["A"], BEGIN + 2 * DAY)

            again = Clocks(client, ["A", "B"], said.append)
            assert again.read() == {"A": BEGIN + 2 * DAY, "B": BEGIN}
            for day in (1, 2, 3):
                again.advance(["A", "B"], BEGIN + day * DAY)
                ahead = BEGIN + max(2, day) * DAY
                assert again.read() == {"A": ahead, "B": BEGIN + day * DAY}
    assert said == []
