"""Objects in an object store: the one in memory stands for all, it has the same interface."""

from pathlib import Path
from typing import Any

import pytest
from obstore.store import LocalStore, MemoryStore

from tenure.adapters.blobs.local import LocalBlobs
from tenure.adapters.blobs.remote import RemoteBlobs, open_blobs
from tenure.core.digests import of_bytes
from tenure.core.errors import TenureError
from tests.conformance.blobs import BlobsSuite, Damage


class RemoteSuite(BlobsSuite):
    @pytest.fixture
    def blobs(self, store: Any) -> RemoteBlobs:
        return RemoteBlobs(store)

    @pytest.fixture
    def damage(self, store: Any) -> Damage:
        return lambda digest, data: store.put(f"{digest[7:9]}/{digest[9:]}", data)


class TestMemory(RemoteSuite):
    @pytest.fixture
    def store(self) -> MemoryStore:
        return MemoryStore()


class TestObstoreFolder(RemoteSuite):
    @pytest.fixture
    def store(self, tmp_path: Path) -> LocalStore:
        return LocalStore(tmp_path)


def test_a_place_is_a_folder_or_a_url(tmp_path: Path) -> None:
    digest = LocalBlobs(tmp_path).put(b"x")
    for place in (tmp_path, str(tmp_path), f"file://{tmp_path}"):
        assert open_blobs(place).get(digest) == b"x"
    remote = open_blobs("memory:///")
    assert isinstance(remote, RemoteBlobs)
    assert remote.get(remote.put(b"y")) == b"y"


@pytest.mark.parametrize("place", ["ftp://host/folder", "http://host/folder", "s3://", "://"])
def test_other_urls_are_refused(place: str) -> None:
    with pytest.raises(TenureError, match=r"blob\.bad_url"):
        open_blobs(place)


def test_a_store_that_does_not_answer_is_explained(tmp_path: Path) -> None:
    blobs = RemoteBlobs(LocalStore(tmp_path))
    (tmp_path / of_bytes(b"data")[7:9]).write_bytes(b"a file where the folder should be")
    with pytest.raises(TenureError, match=r"blob\.unreachable"):
        blobs.put(b"data")
