"""Objects in an object store: in memory, in a folder, and in S3 over HTTP."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import obstore
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import LocalStore, MemoryStore, S3Store

from tenure.adapters.blobs.local import LocalBlobs
from tenure.adapters.blobs.remote import RemoteBlobs, open_blobs
from tenure.core.digests import of_bytes
from tenure.core.errors import TenureError
from tenure.ports.blobs import Blobs
from tests.conformance.blobs import BlobsSuite, Damage

BUCKET, KEY = "tenure-tests", "AKIATESTS"


class RemoteSuite(BlobsSuite):
    @pytest.fixture
    def blobs(self, store: Any) -> Blobs:
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


class TestS3(RemoteSuite):
    """A server that speaks S3, found as an operator says where it is: by URL and environment."""

    @pytest.fixture
    def blobs(self, folder: str) -> Blobs:
        return open_blobs(f"s3://{BUCKET}/{folder}")

    @pytest.fixture
    def damage(self, folder: str) -> Damage:
        return lambda digest, data: obstore.put(
            S3Store(BUCKET), f"{folder}/{digest[7:9]}/{digest[9:]}", data
        )

    def test_objects_lie_under_their_prefix_by_their_digest(
        self, blobs: Blobs, folder: str
    ) -> None:
        digest = blobs.put(b"here")
        found = [one["path"] for page in obstore.list(S3Store(BUCKET), folder) for one in page]
        assert found == [f"{folder}/{digest[7:9]}/{digest[9:]}"]
        assert not open_blobs(f"s3://{BUCKET}/{folder}-2").has(digest)

    def test_a_bucket_that_is_not_there_is_explained(self, folder: str) -> None:
        with pytest.raises(TenureError, match=r"blob\.unreachable") as caught:
            open_blobs(f"s3://another-bucket/{folder}").put(b"data")
        assert KEY not in str(caught.value)


@pytest.fixture(scope="session")
def s3() -> Iterator[str]:
    """Return where a server with one bucket is."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    assert httpx.put(f"http://{host}:{port}/{BUCKET}").is_success
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def folder(s3: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a prefix of the test's own; the environment says where the bucket is."""
    monkeypatch.setenv("AWS_ENDPOINT", s3)
    monkeypatch.setenv("AWS_ALLOW_HTTP", "true")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the tests")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    return secrets.token_hex(8)


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
