"""The home's lock belongs to a living process, whatever the file says."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tenure.app import home
from tenure.core.errors import Kind, TenureError

_HOLD = """
import sys, time
from pathlib import Path
from tenure.app import home
lock = home.take(Path(sys.argv[1]), home.Holder(__import__("os").getpid(), "tenure up", "http://a"))
print("held", flush=True)
time.sleep(60)
"""


def hold_elsewhere(folder: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_a_home_that_nobody_runs_has_no_holder(tmp_path: Path) -> None:
    assert home.running(tmp_path) is None
    assert home.running(tmp_path / "absent") is None


def test_a_second_owner_is_told_who_runs_the_home(tmp_path: Path) -> None:
    with hold_elsewhere(tmp_path) as process:
        holder = home.running(tmp_path)
        assert holder is not None
        assert (holder.pid, holder.api, holder.ready) == (process.pid, "http://a", False)
        with pytest.raises(TenureError, match=f"process {process.pid}, http://a") as caught:
            home.take(tmp_path, home.Holder(1, "tenure up"), patience=0.1)
        assert (caught.value.code, caught.value.kind) == ("home.busy", Kind.CONFLICT)
        process.kill()


def test_a_killed_owner_leaves_no_lock_behind(tmp_path: Path) -> None:
    with hold_elsewhere(tmp_path) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    assert home.running(tmp_path) is None
    with home.held(tmp_path, "tenure apply"):
        holder = home.running(tmp_path)
        assert holder is not None
        assert holder.pid == os.getpid()
    assert home.running(tmp_path) is None


def test_a_reader_never_makes_an_owner_fail(tmp_path: Path) -> None:
    for _ in range(50):
        with home.held(tmp_path, "tenure apply"):
            assert home.running(tmp_path) is not None
        assert home.running(tmp_path) is None


def test_keys_are_for_this_user_only(tmp_path: Path) -> None:
    assert home.read_keys(tmp_path) == home.Keys()
    home.write_keys(tmp_path, home.Keys("tnr_a_b", {"DL": "tnr_c_d"}))
    assert home.read_keys(tmp_path) == home.Keys("tnr_a_b", {"DL": "tnr_c_d"})
    assert (tmp_path / "client.json").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["client.json"]


def test_a_damaged_key_file_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "client.json").write_text("{")
    with pytest.raises(TenureError, match=r"home\.bad_client_file.*\n.*TENURE_KEY"):
        home.read_keys(tmp_path)


def test_a_home_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(TenureError, match=r"home\.not_writable"):
        home.take(tmp_path / "file" / "home", home.Holder(1, "tenure up"))
