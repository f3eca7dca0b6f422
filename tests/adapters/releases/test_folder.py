"""Releases in a folder: atomic, durable, owner-only, and honest about damage."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tenure.adapters.releases import codec
from tenure.adapters.releases.folder import FolderReleases
from tenure.core.errors import TenureError
from tenure.ports.releases import Acknowledgement, Releases
from tests.conformance.releases import NOW, ReleasesConformance, index, release

WRITER = """
import sys
from pathlib import Path
from tenure.adapters.releases import codec
from tenure.adapters.releases.folder import FolderReleases
from tenure.ports.releases import Index
releases = FolderReleases(Path(sys.argv[1]))
start = releases.index().generation
for generation in range(start + 1, 1_000_000):
    releases.point(Index(generation, 0, {f"DL/m{i}": "sha256:1" for i in range(200)}, ()))
    print(generation, flush=True)
"""


class TestFolderReleases(ReleasesConformance):
    @pytest.fixture
    def open_again(self, tmp_path: Path) -> Callable[[], Releases]:
        return lambda: FolderReleases(tmp_path / "releases")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "releases"


@pytest.fixture
def folder(root: Path) -> FolderReleases:
    return FolderReleases(root)


def test_only_the_owner_may_read_key_digests(folder: FolderReleases, root: Path) -> None:
    folder.point(index(1))
    assert stat.S_IMODE((root / "index.json").stat().st_mode) == 0o600


def test_a_changed_release_file_is_refused(folder: FolderReleases, root: Path) -> None:
    digest = folder.publish(release())
    path = root / f"{digest.replace(':', '-')}.json"
    path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":9'))
    with pytest.raises(TenureError) as caught:
        folder.load(digest)
    assert caught.value.code == "release.corrupt"


def test_publishing_again_mends_a_damaged_file(folder: FolderReleases, root: Path) -> None:
    digest = folder.publish(release())
    (root / f"{digest.replace(':', '-')}.json").write_bytes(b"")
    assert folder.publish(release()) == digest
    assert folder.load(digest) == release()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"format":1}', b"\xff\xfe"])
def test_a_damaged_index_is_said_and_not_taken_for_none(
    folder: FolderReleases, root: Path, content: bytes
) -> None:
    (root / "index.json").write_bytes(content)
    with pytest.raises(TenureError) as caught:
        folder.index()
    assert caught.value.code == "release.corrupt"


def test_another_format_is_refused_by_number(folder: FolderReleases, root: Path) -> None:
    folder.point(index(1))
    path = root / "index.json"
    path.write_bytes(path.read_bytes().replace(b'"format":2', b'"format":3'))
    with pytest.raises(TenureError) as caught:
        folder.index()
    assert caught.value.code == "release.unknown_format"


def test_an_index_as_the_first_tenure_wrote_it_is_read_and_goes_on_in_parts(
    folder: FolderReleases, root: Path
) -> None:
    (root / "index.json").write_bytes(codec.encode(index(7, 3, "late")))
    assert folder.index() == index(7, 3, "late")
    folder.point(index(8, 3, "late", "other"))
    assert FolderReleases(root).index() == index(8, 3, "late", "other")
    assert b"DL/late" not in (root / "index.json").read_bytes()


def test_a_change_of_one_model_writes_one_part(folder: FolderReleases, root: Path) -> None:
    names = [f"m{i}" for i in range(1000)]
    folder.point(index(1, 0, *names))
    before = {path.name for path in (root / "parts").iterdir()}
    changed = replace(index(2, 0, *names), releases={**index(2, 0, *names).releases, "B6/x": "y"})
    folder.point(changed)
    folder.point(replace(changed, generation=3, barrier=1))
    after = {path.name for path in (root / "parts").iterdir()}
    assert len(after - before) == 1
    assert len((root / "index.json").read_bytes()) < 10_000
    assert FolderReleases(root).index() == replace(changed, generation=3, barrier=1)


def test_a_barrier_shares_all_but_its_number_with_what_was_read_before(
    folder: FolderReleases, root: Path
) -> None:
    folder.point(index(1, 0, "late"))
    reader = FolderReleases(root)
    before = reader.index()
    folder.point(index(2, 1, "late"))
    after = reader.index()
    assert after.barrier == 1
    assert after.releases is before.releases
    assert after.keys is before.keys


def test_models_leave_retire_and_become_resident(folder: FolderReleases, root: Path) -> None:
    folder.point(index(1, 0, "a", "b", "c"))
    for later in (
        replace(index(2, 0, "a", "b"), gone={"DL/c": "retired"}, resident=("DL/a", "DL/b")),
        replace(index(3, 0, "b"), gone=None, resident=("DL/b",)),
        replace(index(4, 0), gone=None),
    ):
        folder.point(later)
        assert FolderReleases(root).index() == folder.index() == later


@pytest.mark.parametrize("damage", ["changed", "missing"])
def test_a_damaged_part_is_said(folder: FolderReleases, root: Path, damage: str) -> None:
    folder.point(index(1, 0, "late"))
    for path in (root / "parts").iterdir():
        if damage == "changed":
            path.write_bytes(path.read_bytes().replace(b"sha256:1", b"sha256:2"))
        else:
            path.unlink()
    with pytest.raises(TenureError) as caught:
        FolderReleases(root).index()
    assert caught.value.code == "release.corrupt"


def test_an_acknowledgement_that_was_cut_counts_as_none(folder: FolderReleases, root: Path) -> None:
    folder.acknowledge(Acknowledgement("p-1", 1, 1, 0, NOW))
    (root / "acks" / "p-2.json").write_bytes(b"")
    assert [ack.process for ack in folder.acknowledged()] == ["p-1"]


def test_a_process_cannot_write_outside_the_folder(folder: FolderReleases) -> None:
    with pytest.raises(TenureError) as caught:
        folder.acknowledge(Acknowledgement("../index", 1, 1, 0, NOW))
    assert caught.value.code == "release.bad_process"


def test_what_a_process_said_days_ago_is_forgotten(folder: FolderReleases, root: Path) -> None:
    folder.acknowledge(Acknowledgement("p-old", 1, 1, 0, NOW))
    long_ago = time.time() - 3 * 24 * 3600
    os.utime(root / "acks" / "p-old.json", (long_ago, long_ago))
    FolderReleases(root).acknowledge(Acknowledgement("p-new", 2, 1, 0, NOW))
    assert [ack.process for ack in folder.acknowledged()] == ["p-new"]


def test_of_two_that_write_at_once_the_second_is_told(folder: FolderReleases, root: Path) -> None:
    """Every read-change-write either lands or is refused; none is taken back silently."""
    landed: list[int] = []

    def bump(number: int) -> None:
        mine = FolderReleases(root)
        for _ in range(20):
            seen = mine.index()
            named = {**seen.releases, f"DL/m{number}-{seen.generation}": "sha256:1"}
            try:
                mine.point(replace(seen, generation=seen.generation + 1, releases=named))
            except TenureError as error:
                assert error.code == "release.stale_index"  # noqa: PT017  # others end the thread
            else:
                landed.append(seen.generation)

    threads = [threading.Thread(target=bump, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(folder.index().releases) == folder.index().generation == len(landed)


@pytest.mark.chaos
def test_a_writer_that_is_killed_leaves_a_whole_index(folder: FolderReleases, root: Path) -> None:
    for attempt in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(root)], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            said = [int(writer.stdout.readline()) for _ in range(3 + attempt)]
            writer.send_signal(signal.SIGKILL)
        found = folder.index()
        assert found.generation >= said[-1]
        assert len(found.releases) == 200
