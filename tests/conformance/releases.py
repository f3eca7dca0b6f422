"""What every `ports.releases.Releases` does. Adapters inherit `ReleasesConformance`."""

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tenure.core.columns import Column, ColumnType
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.ports.releases import Acknowledgement, Arm, Index, KeyGrant, Release, Releases

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EMPTY = Index(generation=0, barrier=0, releases={}, keys=())


def release(model_id: str = "late", version: int = 1) -> Release:
    columns = (
        Column("distance", ColumnType.FLOAT, nulls=False, unit="miles", min=0.0),
        Column("origin", ColumnType.CATEGORY, levels=("EWR", "Zürich")),
    )
    return Release(
        tenant_id="DL",
        model_id=model_id,
        signature=Signature(Task.BINARY, columns, "late", ("no", "yes")),
        key_columns=("flight_id",),
        time_column="at",
        log="durable",
        arms=(Arm("champion", version, "dp_1", "linear", {"b": "sha256:b", "a": "sha256:a"}),),
        pinned=(Arm("pinned", 3, "", "linear", {}),),
    )


def index(generation: int, barrier: int = 0, *models: str) -> Index:
    grant = KeyGrant("0f" * 32, "k_1", "DL", NOW)
    named = {f"DL/{name}": "sha256:1" for name in models}
    return Index(
        generation, barrier, named, (grant,), {"DL/old": "decommissioned"}, rates={"DL": 50}
    )


class ReleasesConformance:
    """`open_again` returns another view of the same store, as another process has it."""

    @pytest.fixture
    def open_again(self) -> Callable[[], Releases]:
        raise AssertionError("the adapter's test gives this fixture")

    @pytest.fixture
    def releases(self, open_again: Callable[[], Releases]) -> Releases:
        return open_again()

    def test_a_published_release_is_loaded_as_it_was(
        self, releases: Releases, open_again: Callable[[], Releases]
    ) -> None:
        digest = releases.publish(release())
        assert open_again().load(digest) == release()

    def test_equal_releases_have_one_digest(self, releases: Releases) -> None:
        turned = replace(
            release(), arms=(replace(release().arms[0], files={"a": "sha256:a", "b": "sha256:b"}),)
        )
        assert releases.publish(release()) == releases.publish(turned)
        assert releases.publish(release()) != releases.publish(release(version=2))

    def test_an_unknown_release_is_not_found(self, releases: Releases) -> None:
        with pytest.raises(TenureError) as caught:
            releases.load("sha256:" + "0" * 64)
        assert caught.value.code == "release.not_found"

    @pytest.mark.parametrize("name", ["", "../../etc/passwd", "sha256:xyz", "sha256:" + "A" * 64])
    def test_what_is_no_digest_is_refused(self, releases: Releases, name: str) -> None:
        with pytest.raises(TenureError) as caught:
            releases.load(name)
        assert caught.value.code == "release.bad_digest"

    def test_without_an_index_the_generation_is_zero(self, releases: Releases) -> None:
        assert releases.index() == EMPTY

    def test_the_index_is_read_as_it_was_pointed(
        self, releases: Releases, open_again: Callable[[], Releases]
    ) -> None:
        releases.point(index(1, 0, "late"))
        assert open_again().index() == index(1, 0, "late")
        releases.point(index(2, 1, "other"))
        assert open_again().index() == index(2, 1, "other")

    def test_every_change_is_noticed(
        self, releases: Releases, open_again: Callable[[], Releases]
    ) -> None:
        reader = open_again()
        seen = reader.changed(None)
        for generation in range(1, 30):
            releases.point(index(generation))
            token = reader.changed(seen)
            assert token != seen
            seen, read = token, reader.index()
            assert read.generation == generation

    def test_the_newest_change_is_noticed_however_quick_the_changes_were(
        self, releases: Releases, open_again: Callable[[], Releases]
    ) -> None:
        reader = open_again()
        seen: object = None
        read = 0

        def write() -> None:
            for generation in range(1, 101):
                releases.point(index(generation))

        writer = threading.Thread(target=write)
        writer.start()
        for _ in range(10_000):
            token = reader.changed(seen)
            if token != seen:
                seen, read = token, reader.index().generation
            if read == 100:
                break
            threading.Event().wait(0.001)
        writer.join()
        assert read == 100

    def test_a_reader_never_sees_half_an_index(
        self, releases: Releases, open_again: Callable[[], Releases]
    ) -> None:
        reader = open_again()
        done = threading.Event()
        torn: list[Index] = []

        def read() -> None:
            while not done.is_set():
                found = reader.index()
                if found.generation and len(found.releases) != found.generation:
                    torn.append(found)

        thread = threading.Thread(target=read)
        thread.start()
        for generation in range(1, 60):
            releases.point(index(generation, 0, *(f"m{i}" for i in range(generation))))
        done.set()
        thread.join()
        assert torn == []

    @pytest.mark.parametrize("older", [index(4, 2, "late"), index(5, 1), index(5, 2, "late")])
    def test_an_index_that_would_undo_another_is_refused(
        self, releases: Releases, older: Index
    ) -> None:
        releases.point(index(5, 2))
        with pytest.raises(TenureError) as caught:
            releases.point(older)
        assert caught.value.code == "release.stale_index"
        assert releases.index() == index(5, 2)

    def test_the_same_index_may_be_pointed_to_again(self, releases: Releases) -> None:
        releases.point(index(5, 2))
        releases.point(index(5, 2))
        assert releases.index() == index(5, 2)

    def test_each_process_has_one_acknowledgement(
        self, releases: Releases, open_again: Callable[[], Releases]
    ) -> None:
        first = Acknowledgement("p-1", 1, generation=3, barrier=1, at=NOW)
        other = Acknowledgement("p-2", 2, 3, 1, NOW, failed={"DL/late": "broken"})
        releases.acknowledge(first)
        releases.acknowledge(other)
        newer = replace(first, generation=4, at=NOW.replace(hour=13))
        releases.acknowledge(newer)
        assert sorted(open_again().acknowledged(), key=lambda a: a.process) == [newer, other]

    def test_nobody_acknowledges_at_first(self, releases: Releases) -> None:
        assert releases.acknowledged() == []
