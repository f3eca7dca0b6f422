"""A bare id is looked for among everybody's things, and is nobody's when it is several people's."""

from pathlib import Path

import pytest

from tenure.app.inprocess import InProcessTransport
from tenure.cli.reach import part_of_model, part_of_tenant
from tenure.cli.session import Session
from tenure.core.errors import TenureError
from tenure.core.keys import Role
from tenure.sdk.client import Client
from tests.api.conftest import asked, opened, settle_in


def test_an_id_that_two_tenants_have_is_not_taken_for_the_first_ones(tmp_path: Path) -> None:
    with (
        opened(tmp_path / "home") as house,
        asked(house, settle_in(house, (Role.ADMIN,))) as world,
        Client(
            "http://localhost", world.keys["_:admin"], transport=InProcessTransport(world.app)
        ) as client,
    ):
        session = Session()
        session.flags = {"home": str(tmp_path / "home")}
        session.client = client
        for find, name, noun, plural in (
            (part_of_tenant, "fd_1", "finding", "findings"),
            (part_of_model, "st_1", "study", "studies"),
        ):
            with pytest.raises(TenureError) as raised:
                find(session, name, noun, plural)
            assert raised.value.code == "tenant.not_named"
            assert f"'{name}' is a {noun} of B6 and of DL" in raised.value.message
        found = part_of_model(session, "DL/arrival-delay/st_1", "study", "studies")
        assert found["model"] == "DL/arrival-delay"

        named = Session()
        named.flags = {"home": str(tmp_path / "home"), "tenant": "DL"}
        named.client = client
        assert part_of_tenant(named, "fd_1", "finding", "findings")["tenant_id"] == "DL"
        with pytest.raises(TenureError, match="there is no finding 'fd_9'"):
            part_of_tenant(named, "fd_9", "finding", "findings")
