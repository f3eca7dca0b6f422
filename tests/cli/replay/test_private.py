"""A `tenure up` of our own: beside others, in the way of nobody, gone afterwards."""

import socket
from pathlib import Path

import pytest

from tenure.app import home, settings
from tenure.cli.replay.private import up_for
from tenure.core.errors import TenureError


def test_it_steps_aside_for_whoever_has_the_port_and_goes_with_the_block(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        found = settings.load({"home": tmp_path, "api.port": port, "serving.port": port})
        with up_for(found):
            holder = home.running(tmp_path)
            assert holder is not None
            assert holder.ready
            assert str(port) not in holder.api + holder.serving
            with up_for(found):  # somebody runs the home: nothing is started
                assert home.running(tmp_path) == holder
    assert home.running(tmp_path) is None


def test_what_hinders_it_is_told(tmp_path: Path) -> None:
    (tmp_path / "tenure.db").write_bytes(b"no database" * 1000)
    found = settings.load({"home": tmp_path})
    with pytest.raises(TenureError, match=r"up\.failed.*database\.damaged"), up_for(found):
        pass
    assert home.running(tmp_path) is None
