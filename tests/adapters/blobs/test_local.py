"""Objects in a folder."""

import os
import time
from pathlib import Path

import pytest

from tenure.adapters.blobs.local import INCOMING, STALE_SECONDS, LocalBlobs
from tenure.core.digests import of_bytes
from tenure.core.errors import TenureError
from tests.conformance.blobs import BlobsSuite, Damage


def path_of(folder: Path, digest: str) -> Path:
    return folder / digest[7:9] / digest[9:]


class TestLocalBlobs(BlobsSuite):
    @pytest.fixture
    def blobs(self, tmp_path: Path) -> LocalBlobs:
        return LocalBlobs(tmp_path)

    @pytest.fixture
    def damage(self, tmp_path: Path) -> Damage:
        return lambda digest, data: path_of(tmp_path, digest).write_bytes(data)


def test_only_the_digest_names_the_file(tmp_path: Path) -> None:
    digest = LocalBlobs(tmp_path).put(b"data")
    files = [str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()]
    assert files == [f"{digest[7:9]}/{digest[9:]}"]


def test_a_failed_put_leaves_nothing_behind(tmp_path: Path) -> None:
    blobs = LocalBlobs(tmp_path)
    path = path_of(tmp_path, of_bytes(b"data"))
    (path / "in the way").mkdir(parents=True)
    with pytest.raises(TenureError, match=r"blob\.unwritable"):
        blobs.put(b"data")
    assert list((tmp_path / INCOMING).iterdir()) == []


def test_a_folder_that_cannot_be_made_is_explained(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(TenureError, match=r"blob\.unwritable"):
        LocalBlobs(tmp_path / "file" / "blobs")


def test_what_a_crash_left_is_no_object_and_removed_when_it_is_old(tmp_path: Path) -> None:
    (tmp_path / INCOMING).mkdir()
    for name, age in (("old", 2 * STALE_SECONDS), ("new", 0)):
        path = tmp_path / INCOMING / name
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    blobs = LocalBlobs(tmp_path)
    assert not blobs.has(of_bytes(b"half"))
    assert [path.name for path in (tmp_path / INCOMING).iterdir()] == ["new"]


def test_objects_are_private_to_the_user(tmp_path: Path) -> None:
    digest = LocalBlobs(tmp_path).put(b"a client's data")
    assert path_of(tmp_path, digest).stat().st_mode & 0o077 == 0
