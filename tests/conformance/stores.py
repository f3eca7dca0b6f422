"""What the store promises: all or nothing, one after the other, over threads and processes."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from threading import Barrier, Event

import pytest

from tenure.core.errors import TenureError
from tenure.core.ledger import verify
from tenure.ports.work import Store
from tests.conformance import counting
from tests.conformance.ledger import append
from tests.conformance.queue import claim, wanted
from tests.conformance.samples import model

ROUNDS = 10


class StoreSuite:
    """Inherit, and give it a `store` and the `store_url` that a second process opens."""

    def test_leaving_the_block_commits(self, store: Store) -> None:
        with store.work() as work:
            work.models.add("DL", model("DL", 1))
        with store.read() as work:
            assert work.models.get("DL", "m1") == model("DL", 1)

    def test_an_exception_takes_everything_back(self, store: Store) -> None:
        def fail() -> None:
            with store.work() as work:
                work.models.add("DL", model("DL", 1))
                work.jobs.add([wanted("a")])
                work.positions.set("s", 1)
                append(work)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
        with store.read() as work:
            assert work.models.list("DL") == []
            assert work.jobs.list("DL") == []
            assert work.positions.all() == {}
            assert work.ledger.read("DL") == []

    def test_a_refusal_leaves_the_work_usable(self, store: Store) -> None:
        with store.work() as work:
            work.models.add("DL", model("DL", 1))
            with pytest.raises(TenureError, match=r"model\.exists"):
                work.models.add("DL", model("DL", 1))
            work.models.add("DL", model("DL", 2))
        with store.read() as work:
            assert len(work.models.list("DL")) == 2

    def test_a_reader_sees_one_state_while_others_write(self, store: Store) -> None:
        with store.read() as reader:
            assert reader.models.list("DL") == []
            with store.work() as work:
                work.models.add("DL", model("DL", 1))
            assert reader.models.list("DL") == []
        with store.read() as reader:
            assert len(reader.models.list("DL")) == 1

    def test_uncommitted_work_is_not_seen(self, store: Store) -> None:
        with store.work() as work:
            work.models.add("DL", model("DL", 1))
            with store.read() as reader:
                assert reader.models.list("DL") == []

    def test_a_reader_writes_nothing(self, store: Store) -> None:
        with pytest.raises(Exception, match=r"(?i)read.?only"), store.read() as work:
            work.models.add("DL", model("DL", 1))

    def test_a_commit_is_noticed_whoever_made_it(self, store: Store, store_url: str) -> None:
        before = store.changes()
        with store.work() as work:
            work.positions.set("s", 1)
        after = store.changes()
        assert after != before
        for _ in range(2):
            with store.work() as work:
                work.datasets.put("DL", counting.counter(0))
            assert store.changes() != after
            after = store.changes()
        command = [sys.executable, "-P", str(Path(counting.__file__)), store_url, "1"]
        subprocess.run(command, check=True, timeout=60)
        assert store.changes() != after

    def test_what_changes_nothing_is_not_noticed(self, store: Store) -> None:
        """PostgreSQL's own housekeeping may be noticed too, but hardly twenty times in a row."""
        for _ in range(20):
            before = store.changes()
            with store.read() as work:
                work.models.list("DL")
            with store.work() as work:
                work.models.list("DL")
            if store.changes() == before:
                return
        pytest.fail("the token changes by itself")

    def test_work_inside_work_is_a_programming_error(self, store: Store) -> None:
        with store.work(), pytest.raises(RuntimeError, match="inside another"), store.work():
            pass
        with store.work() as work:  # and the mistake leaves nothing locked
            work.positions.set("s", 1)

    def test_threads_lose_no_update(self, store: Store) -> None:
        with store.work() as work:
            work.datasets.add("DL", counting.counter(0))
        start = Barrier(4)

        def count(_: int) -> None:
            start.wait()
            for _ in range(ROUNDS):
                counting.count(store)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(count, range(4)))
        self._check_count(store, 4 * ROUNDS)

    def test_processes_lose_no_update(self, store: Store, store_url: str) -> None:
        with store.work() as work:
            work.datasets.add("DL", counting.counter(0))
        script = str(Path(counting.__file__))
        command = [sys.executable, "-P", script, store_url, str(ROUNDS)]
        processes = [subprocess.Popen(command) for _ in range(2)]
        for _ in range(ROUNDS):
            counting.count(store)
        assert [process.wait(60) for process in processes] == [0, 0]
        self._check_count(store, 3 * ROUNDS)

    def test_a_killed_writer_leaves_nothing_and_blocks_nobody(
        self, store: Store, store_url: str
    ) -> None:
        with store.work() as work:
            work.datasets.add("DL", counting.counter(0))
        command = [sys.executable, "-P", str(Path(counting.__file__)), store_url, "hang"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == b"written\n"
            process.kill()
        with store.read() as work:
            assert work.datasets.get("DL", "counter").rows == 0
        counting.count(store)
        self._check_count(store, 1)

    def _check_count(self, store: Store, expected: int) -> None:
        with store.read() as work:
            assert work.datasets.get("DL", "counter").rows == expected
            assert len(work.ledger.read("DL")) == expected
            assert verify(work.ledger.read("DL")).ok

    def test_threads_never_claim_the_same_job_nor_pass_the_limit(self, store: Store) -> None:
        with store.work() as work:
            work.jobs.add([wanted(str(n)) for n in range(40)])
        start = Barrier(4)

        def take(n: int) -> list[int]:
            start.wait()
            return [job.id for _ in range(6) for job in claim(store, f"w{n}", limit=2, per=30)]

        with ThreadPoolExecutor(4) as pool:
            taken = [job_id for ids in pool.map(take, range(4)) for job_id in ids]
        assert len(taken) == len(set(taken)) == 30

    def test_a_locked_value_waits_for_the_one_who_holds_it(self, store: Store) -> None:
        with store.work() as work:
            work.datasets.add("DL", counting.counter(0))
        held, tried = Event(), Event()

        def second() -> int:
            held.wait(10)
            tried.set()
            with store.work() as work:
                return work.datasets.get("DL", "counter", lock=True).rows

        with ThreadPoolExecutor(1) as pool:
            late = pool.submit(second)
            with store.work() as work:
                counter = work.datasets.get("DL", "counter", lock=True)
                held.set()
                tried.wait(10)
                work.datasets.save("DL", replace(counter, rows=7))
            assert late.result(10) == 7
