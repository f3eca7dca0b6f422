"""What the queue promises: one owner at a time, limits, order, and a fence against the late."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from tenure.core.clock import BusinessClock, ClockMode
from tenure.core.errors import Kind, TenureError
from tenure.core.jobs import Job, JobKind, JobState, NewJob
from tenure.core.tenants import SYSTEM
from tenure.ports.work import Store, UnitOfWork
from tests.conformance.samples import AT, DAY

SECOND = timedelta(seconds=1)
LEASE = 10.0


def wanted(
    key: str,
    tenant_id: str = "DL",
    *,
    kind: JobKind = JobKind.TRAIN,
    due_at: datetime | None = None,
    priority: int = 0,
) -> NewJob:
    return NewJob(tenant_id, kind, key, {"run_id": key, "n": 1, "none": None}, due_at, priority)


def keys(jobs: list[Job]) -> list[str]:
    return [job.key for job in jobs]


def add(store: Store, *jobs: NewJob) -> None:
    with store.work() as work:
        work.jobs.add(jobs)


def claim(
    store: Store, owner: str = "w1", *, at: float = 0, limit: int = 9, per: int = 9
) -> list[Job]:
    with store.work() as work:
        return work.jobs.claim(owner, AT + at * SECOND, LEASE, limit=limit, per_tenant=per)


def set_clock(
    work: UnitOfWork, tenant_id: str, collected: int, mode: ClockMode = ClockMode.WALL
) -> None:
    """Say that business time has been collected up to day `collected`; `now` is further on."""
    clock = BusinessClock(tenant_id, mode, AT + 99 * DAY, AT + collected * DAY)
    work.clocks.put(tenant_id, clock)


def may_claim(store: Store, at: float = 0) -> bool:
    with store.read() as work:
        return work.jobs.may_claim(AT + at * SECOND)


class QueueSuite:
    """Inherit, and give it a `store`."""

    def test_a_look_says_whether_a_claim_may_find_something(self, store: Store) -> None:
        assert not may_claim(store)
        with store.work() as work:
            set_clock(work, "DL", 1)
            work.jobs.add([wanted("later", due_at=AT + 2 * DAY)])
        assert not may_claim(store)
        with store.work() as work:
            set_clock(work, "DL", 2)
        assert may_claim(store)
        (job,) = claim(store)
        assert not may_claim(store, LEASE - 1)
        assert may_claim(store, LEASE + 1)
        with store.work() as work:
            work.jobs.fail(job, "no", AT + 60 * SECOND, park=False)
        assert not may_claim(store, 59)
        assert may_claim(store, 60)

    def test_the_same_work_is_enqueued_once_for_ever(self, store: Store) -> None:
        with store.work() as work:
            assert work.jobs.add([wanted("a"), wanted("b"), wanted("a")]) == 2
            assert work.jobs.add([wanted("a"), wanted("a", "B6")]) == 1
            assert work.jobs.add([]) == 0
            (job,) = work.jobs.claim("w1", AT, LEASE, limit=1)
            work.jobs.finish(job)
            assert work.jobs.add([wanted("a")]) == 0

    def test_many_jobs_are_enqueued_at_once(self, store: Store) -> None:
        with store.work() as work:
            assert work.jobs.add([wanted(str(n)) for n in range(1203)]) == 1203

    def test_a_claim_says_everything_of_the_job(self, store: Store) -> None:
        add(store, wanted("a", priority=3))
        (job,) = claim(store)
        assert job == Job(
            id=job.id,
            tenant_id="DL",
            kind=JobKind.TRAIN,
            key="a",
            payload={"run_id": "a", "n": 1, "none": None},
            state=JobState.LEASED,
            due_at=None,
            priority=3,
            attempts=1,
            epoch=1,
            owner="w1",
            lease_until=AT + LEASE * SECOND,
            not_before=None,
        )
        with store.read() as work:
            assert work.jobs.get("DL", job.id) == job

    def test_a_leased_job_belongs_to_one_owner(self, store: Store) -> None:
        add(store, wanted("a"))
        assert keys(claim(store, "w1")) == ["a"]
        assert claim(store, "w2", at=LEASE - 0.001) == []

    def test_an_expired_lease_is_taken_over_with_a_new_epoch(self, store: Store) -> None:
        add(store, wanted("a"))
        (first,) = claim(store, "w1")
        (second,) = claim(store, "w2", at=LEASE)
        assert (second.id, second.owner, second.epoch, second.attempts) == (first.id, "w2", 2, 2)

    def test_a_stale_owner_is_fenced(self, store: Store) -> None:
        add(store, wanted("a"))
        (stale,) = claim(store, "w1")
        (fresh,) = claim(store, "w2", at=LEASE)
        attempts: list[Callable[[UnitOfWork], None]] = [
            lambda work: work.jobs.finish(stale),
            lambda work: work.jobs.fail(stale, "late", AT, park=True),
        ]
        for attempt in attempts:
            with pytest.raises(TenureError) as caught, store.work() as work:
                attempt(work)
            assert (caught.value.code, caught.value.kind) == ("job.fenced", Kind.CONFLICT)
        with store.work() as work:
            assert not work.jobs.renew(stale, AT + DAY)
            assert work.jobs.get("DL", fresh.id) == fresh
            work.jobs.finish(fresh)

    def test_the_fence_takes_back_everything_of_the_unit_of_work(self, store: Store) -> None:
        add(store, wanted("a"))
        (stale,) = claim(store, "w1")
        claim(store, "w2", at=LEASE)

        def finish() -> None:
            with store.work() as work:
                work.positions.set("segment", 7)
                work.jobs.finish(stale)

        with pytest.raises(TenureError, match=r"job\.fenced"):
            finish()
        with store.read() as work:
            assert work.positions.get("segment") == 0

    def test_an_owner_whose_lease_expired_untaken_may_still_finish(self, store: Store) -> None:
        add(store, wanted("a"))
        (job,) = claim(store)
        with store.work() as work:
            work.jobs.finish(job)
            assert work.jobs.get("DL", job.id).state is JobState.DONE
            with pytest.raises(TenureError, match=r"job\.fenced"):
                work.jobs.finish(job)

    def test_a_renewed_lease_is_not_taken_over(self, store: Store) -> None:
        add(store, wanted("a"))
        (job,) = claim(store)
        with store.work() as work:
            assert work.jobs.renew(job, AT + 60 * SECOND)
        assert claim(store, "w2", at=59) == []
        assert keys(claim(store, "w2", at=60)) == ["a"]

    def test_a_failed_job_rests_and_comes_again(self, store: Store) -> None:
        add(store, wanted("a"))
        (job,) = claim(store)
        with store.work() as work:
            work.jobs.fail(job, "no space\x00 left", AT + 5 * SECOND, park=False)
        assert claim(store, at=4) == []
        (again,) = claim(store, at=5)
        assert (again.attempts, again.epoch) == (2, 2)
        assert again.error.startswith("no space")

    def test_a_parked_job_waits_for_a_person(self, store: Store) -> None:
        add(store, wanted("a"))
        (job,) = claim(store)
        with store.work() as work:
            work.jobs.fail(job, "broken", AT, park=True)
        assert claim(store, at=9_999_999) == []
        with store.work() as work:
            assert work.jobs.get("DL", job.id).state is JobState.PARKED
            assert keys(work.jobs.list("DL", state=JobState.PARKED)) == ["a"]
            work.jobs.retry("DL", job.id)
        (again,) = claim(store)
        assert (again.attempts, again.epoch) == (1, 2)

    def test_only_parked_jobs_are_retried(self, store: Store) -> None:
        add(store, wanted("a"))
        (job,) = claim(store)
        with store.work() as work:
            with pytest.raises(TenureError, match=r"job\.not_parked"):
                work.jobs.retry("DL", job.id)
            for tenant_id, job_id in (("DL", job.id + 1), ("B6", job.id)):
                with pytest.raises(TenureError, match=r"job\.not_found"):
                    work.jobs.retry(tenant_id, job_id)
                with pytest.raises(TenureError, match=r"job\.not_found"):
                    work.jobs.get(tenant_id, job_id)

    def test_higher_priority_goes_first_then_what_was_due_first(self, store: Store) -> None:
        with store.work() as work:
            set_clock(work, "DL", 10)
        add(
            store,
            wanted("later", due_at=AT + 2 * DAY),
            wanted("sooner", due_at=AT + DAY),
            wanted("second"),
            wanted("third"),
            wanted("urgent", priority=1, due_at=AT + 3 * DAY),
        )
        expected = ["urgent", "second", "third", "sooner", "later"]
        assert keys(claim(store, limit=2)) == expected[:2]
        assert keys(claim(store, "w2")) == expected[2:]

    def test_work_is_due_when_business_time_has_been_collected(self, store: Store) -> None:
        add(store, wanted("a", due_at=AT + 3 * DAY), wanted("b", "B6", due_at=AT + 3 * DAY))
        assert claim(store) == []  # neither tenant has a clock
        with store.work() as work:
            set_clock(work, "DL", 2)
            set_clock(work, "B6", 3)
        assert keys(claim(store)) == ["b"]
        with store.work() as work:
            set_clock(work, "DL", 4)
        assert keys(claim(store)) == ["a"]

    def test_a_replay_takes_the_work_of_a_tenant_in_one_order(self, store: Store) -> None:
        """By time, then stage, then key: whoever is quicker, the story is the same."""
        with store.work() as work:
            set_clock(work, "DL", 9, ClockMode.REPLAY)
        add(
            store,
            wanted("deploy", kind=JobKind.DEPLOY, due_at=AT + DAY, priority=5),
            wanted("study b", kind=JobKind.STUDY, due_at=AT + DAY),
            wanted("study a", kind=JobKind.STUDY, due_at=AT + DAY),
            wanted("observe", kind=JobKind.OBSERVE, due_at=AT + 2 * DAY),
            wanted("other tenant", "B6"),
        )
        assert keys(claim(store)) == ["other tenant", "study a"]  # at once goes first
        taken = []
        for _ in range(4):
            assert claim(store, "w2") == []
            with store.work() as work:
                (job,) = work.jobs.list("DL", state=JobState.LEASED)
                taken.append(job.key)
                work.jobs.finish(job)
            claim(store)
        assert taken == ["study a", "study b", "deploy", "observe"]

    def test_trainings_of_one_instant_run_side_by_side_in_a_replay(self, store: Store) -> None:
        with store.work() as work:
            set_clock(work, "DL", 9, ClockMode.REPLAY)
        add(
            store,
            wanted("judge", kind=JobKind.JUDGE, due_at=AT + DAY),
            wanted("later", due_at=AT + 2 * DAY),
            *(wanted(f"train {n}", due_at=AT + DAY) for n in range(3)),
        )
        first = claim(store)
        assert keys(first) == ["train 0", "train 1", "train 2"]
        for job in first:
            assert claim(store, "w2") == []
            with store.work() as work:
                work.jobs.finish(job)
        assert keys(claim(store)) == ["judge"]

    def test_a_tenant_never_has_more_leases_than_its_limit(self, store: Store) -> None:
        names = [(tenant, str(n)) for tenant in ("DL", "B6", SYSTEM) for n in range(4)]
        add(store, *(wanted(key, tenant) for tenant, key in names))
        first = claim(store, per=2)
        assert sorted(job.tenant_id for job in first) == ["B6", "B6", "DL", "DL", SYSTEM, SYSTEM]
        assert claim(store, "w2", per=2) == []
        with store.work() as work:
            work.jobs.finish(next(job for job in first if job.tenant_id == "B6"))
        assert [job.tenant_id for job in claim(store, "w2", per=2)] == ["B6"]
        assert len(claim(store, "w3", at=LEASE, per=2)) == 6  # expired leases do not count

    def test_jobs_are_listed_by_id_and_state(self, store: Store) -> None:
        add(store, *(wanted(str(n)) for n in range(5)), wanted("other", "B6"))
        claim(store, limit=2)
        with store.read() as work:
            every = work.jobs.list("DL")
            assert keys(every) == ["0", "1", "2", "3", "4"]
            assert keys(work.jobs.list("DL", limit=2, after=every[1].id)) == ["2", "3"]
            assert keys(work.jobs.list("DL", state=JobState.LEASED)) == ["0", "1"]
            assert keys(work.jobs.list("DL", state=JobState.READY)) == ["2", "3", "4"]

    def test_open_jobs_are_counted_up_to_a_business_time(self, store: Store) -> None:
        add(store, wanted("now"), wanted("d1", due_at=AT + DAY), wanted("d2", due_at=AT + 2 * DAY))
        add(store, wanted("other", "B6"))
        with store.work() as work:
            assert [work.jobs.open_count("DL", AT + n * DAY) for n in range(3)] == [1, 2, 3]
            (job,) = work.jobs.claim("w1", AT, LEASE)
            assert work.jobs.open_count("DL", AT) == 1
            work.jobs.finish(job)
            assert work.jobs.open_count("DL", AT) == 0
            assert work.jobs.open_count("UA", AT) == 0
