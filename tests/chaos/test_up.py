"""Kill -9 of a whole `tenure up` under load, then the same again: nothing is lost or done twice.

What is there in the end is compared with what clients were told, and what the loop did with what
it did in a life that nobody cut. A frozen process is killed by its supervisor, and others go on.
"""

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polars as pl
import pytest

from tenure.adapters.clocks.system import SystemClock
from tenure.core.deployments import IN_FORCE
from tenure.core.jobs import JobState
from tenure.core.keys import Role
from tenure.core.media import PARQUET
from tenure.core.spec.parse import from_dict
from tenure.services import datasets, declare, keys, tenants
from tenure.services.house import House
from tenure.services.parquet import frame
from tenure.services.verify import ledgers
from tenure.worker.loop import Worker
from tests.app.test_up import Up, free_ports
from tests.chaos.conftest import FEW_KILLS
from tests.chaos.load import CHURN, NEWCOMERS, Clients, first_rows, spec
from tests.chaos.test_kill import NAMED
from tests.serving.test_processes import PROMISED_SECONDS, Watch
from tests.small.house import close_house, open_house

pytestmark = pytest.mark.chaos

ACME = "acme"
TRAPS = Path(__file__).parent / "started"
FEW = ("train.after_blobs",)
"""Where `make test` kills; `make chaos` kills everywhere, and each time at a moment afterwards."""
FROZEN = ("collect.before_commit", "study.before_commit", "apply.before_commit")
"""Where a process stops in the middle of a transaction."""
PASSED = {
    *("apply", "clock", "collect", "deploy", "import", "join", "judge", "labels", "publish"),
    *("study", "train", "worker"),
}
IN_UP = tuple(n for n in NAMED if n.partition(".")[0] in PASSED and "skip" not in n)
"""The places that this life passes; the others are killed at by `test_kill.py`."""


@dataclass
class Home:
    """A home that `tenure up` runs, is killed on, and runs again."""

    home: Path
    url: str
    key: str
    reference: Counter[str]
    ports: tuple[int, int] = field(default_factory=free_ports)
    killed: list[float] = field(default_factory=list)

    def up(self, trap: str = "") -> Up:
        """Start it; with a trap, see `started/sitecustomize.py`."""
        environment = {"TENURE_DATABASE_URL": self.url, "PYTHONPATH": str(TRAPS)}
        if trap:
            environment["TENURE_TEST_TRAP"] = f"{trap}:{self.mark(trap)}"
        running = Up(self.home, self.ports, environment)
        running.started()
        return running

    def mark(self, trap: str) -> Path:
        """Where a trap says that it has sprung."""
        return self.home / trap.replace(":", "-")

    def clients(self) -> Clients:
        api, serving = (f"http://127.0.0.1:{port}" for port in self.ports)
        return Clients(api, serving, self.key)

    @contextmanager
    def opened(self) -> Iterator[House]:
        house = open_house(self.home, self.url, SystemClock(), "looks")
        yield house
        close_house(house)


@pytest.fixture
def house(tmp_path: Path, store_url: str) -> Home:
    """A house in which a first model went live, in one process, while nobody disturbed."""
    inside = open_house(tmp_path, store_url, SystemClock(), "made")
    tenants.create(inside, "test", ACME)
    key = keys.mint(inside, "test", ACME, Role.ADMIN, "clients")[1]
    declare.apply(inside, "test", ACME, from_dict(spec(CHURN)))
    datasets.import_dataset(inside, "test", ACME, CHURN, first_rows(), PARQUET)
    Worker(inside).run_until_settled()
    told = told_of(inside, CHURN)
    close_house(inside)
    assert told["deployment.moved"]
    return Home(tmp_path, store_url, key, told)


def told_of(house: House, model: str) -> Counter[str]:
    """Return how often each kind of entry stands in the ledger about a model."""
    with house.store.read() as work:
        entries = work.ledger.read(ACME, limit=100_000)
    return Counter(entry.kind for entry in entries if entry.model_id == model)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "places" in metafunc.fixturenames:
        many = metafunc.config.getoption("chaos_points", default=FEW_KILLS) > FEW_KILLS
        pairs = [(place, "") for place in IN_UP]
        metafunc.parametrize("places", pairs if many else [FEW], ids=lambda pair: pair[0])
    if "frozen" in metafunc.fixturenames:
        metafunc.parametrize("frozen", FROZEN)


def test_a_killed_house_goes_on_as_if_nothing_had_been(
    house: Home, places: tuple[str, ...]
) -> None:
    with house.clients() as clients, Watch() as watch:
        for place in places:
            kill_once(house, place)
        running = house.up()
        finish(house, clients)
        assert running.end() == 0
    assert_nothing_is_lost_or_double(house, clients, watch.worst)


def test_a_process_frozen_in_a_transaction_is_killed_and_others_go_on(
    house: Home, frozen: str
) -> None:
    """On SQLite it stops every other writer until its supervisor has missed its heartbeat."""
    with house.clients() as clients, Watch() as watch:
        running = house.up(f"STOP:{frozen}")
        until(lambda: house.mark(f"STOP:{frozen}").exists(), 60)
        finish(house, clients)
        assert running.end() == 0
    assert "is frozen (no sign of life for" in running.words
    house.killed.append(time.monotonic())
    assert_nothing_is_lost_or_double(house, clients, watch.worst)


def finish(house: Home, clients: Clients) -> None:
    """Wait until everything that clients want has been told and done."""
    clients.finish(180)
    with house.opened() as inside:
        until(lambda: is_settled(inside), 180)


def kill_once(house: Home, place: str) -> None:
    """Run the house until it is killed: at a place, or at a moment."""
    running = house.up(f"KILL:{place}" if place else "")
    if place:
        until(lambda: running.process.poll() is not None, 60)
    else:
        time.sleep(random.uniform(0.2, 1.5))  # any moment will do  # noqa: S311  # any moment will do
        os.kill(running.process.pid, signal.SIGKILL)
    house.killed.append(time.monotonic())
    assert running.process.wait(10) == -signal.SIGKILL
    running.process.communicate()


def until(claim: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end
        time.sleep(0.05)


def is_settled(house: House) -> bool:
    """Return whether everything that was sent has been joined, and nothing is left to do now."""
    now = house.clock.now()
    with house.store.read() as work:
        positions = work.positions.all()
        owed = work.jobs.open_count(ACME, now) + len(work.label_batches.list(ACME))
    read = [
        house.logs.read(name, positions.get(name, 0), 1 << 30) for name in house.logs.segments()
    ]
    return not owed and not any(one.frames for one in read)


def assert_nothing_is_lost_or_double(told: Home, clients: Clients, stalled: float) -> None:
    assert clients.wrong == []
    with told.opened() as house:
        _compare(house, told, clients, stalled)


def _compare(house: House, told: Home, clients: Clients, stalled: float) -> None:
    logged = answers_of(house)
    names = logged["request_id"].to_list()
    assert len(names) == len(set(names)), "an answer was counted twice"
    lost = set(clients.answers) - set(names)
    gaps = [_until_killed(clients.answers[name], told.killed) for name in lost]
    assert all(gap <= PROMISED_SECONDS + stalled for gap in gaps), gaps
    with house.store.read() as work:
        labelled = work.outcomes.labelled(ACME, CHURN)
        counts = work.outcomes.counts(ACME, CHURN)
        waiting = {label.key for label in work.outcomes.waiting(ACME, CHURN)}
        jobs = work.jobs.list(ACME, limit=100_000)
        quarantine = work.quarantine.list(ACME)
    truth = dict(zip(labelled.request_id, labelled.label, strict=True))
    assert truth == {n: float(clients.asked[n] == "yes") for n in set(clients.answers) - lost}
    assert len(labelled.request_id) == len(truth) == counts["labelled"]
    assert waiting == lost
    assert [job for job in jobs if job.state is JobState.PARKED] == []
    assert quarantine == []
    assert_each_model_lived_one_life(house, told.reference)


def _until_killed(answered: float, killed: list[float]) -> float:
    return min(at - answered for at in killed if at >= answered)


def answers_of(house: House) -> pl.DataFrame:
    """Return what stands in the chunks, as it stands there."""
    with house.store.read() as work:
        chunks = work.chunks.list(ACME, model_id=CHURN, limit=100_000)
    tables = [frame(house.blobs.get(chunk.digest)) for chunk in chunks]
    return pl.concat(tables, how="diagonal_relaxed").filter(pl.col("lane") == "champion")


def assert_each_model_lived_one_life(house: House, reference: Counter[str]) -> None:
    assert [one.why for one in ledgers(house) if not one.ok] == []
    for model in NEWCOMERS:
        assert told_of(house, model) == reference, model
        with house.store.read() as work:
            found = work.deployments.list(ACME, model_id=model)
            versions = work.versions.list(ACME, model_id=model)
        assert [one.version for one in found if one.state in IN_FORCE] == [1], model
        assert [one.number for one in versions] == [1], model
