"""The life of a small house, told step by step, resumable: what the chaos tests cut.

Every step may be repeated after a crash, as a client repeats a request that was not answered; a
request that was answered is not sent again.
"""

import json
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl

from tenure.adapters.framelog.writer import SegmentWriter
from tenure.core.clock import ClockMode
from tenure.core.deployments import Deployment
from tenure.core.keys import Origin, Principal, Role
from tenure.core.media import CSV, PARQUET
from tenure.core.models import GONE, ModelState
from tenure.core.packages import pack
from tenure.core.quotas import Quotas
from tenure.core.recipes import ELSEWHERE
from tenure.core.tenants import SYSTEM
from tenure.ports.frames import Frame
from tenure.ports.work import Store, UnitOfWork
from tenure.services import (
    adopt,
    clock,
    deploy,
    failpoints,
    join,
    keys,
    log,
    packages,
    people,
    policies,
    quotas,
    reproduce,
    reprofile,
    retire,
    segments,
    tenants,
    trial,
)
from tenure.services.house import House
from tenure.services.sweep import Sweeper
from tenure.services.trial import Word
from tests.chaos import hands, world
from tests.chaos.hands import CLIENT, LEASE_SECONDS
from tests.chaos.house import LaterClock, open_house
from tests.chaos.state import state
from tests.chaos.world import ACME, BOLT, CHURN, PRICE, QUOTE

ENDING = {ModelState.DEPRECATED, *GONE}
RULES = 'mode = "warn"\n[clauses.fresh]\nrequire = "evidence_fresh"\n'
LATER = LEASE_SECONDS + 1.0
"""After a kill the house is opened again so much later; nobody wants to wait for it here."""


def live(home: Path, url: str, kill: str = "", later: float = 0.0) -> None:
    """Tell the life to its end, then write down how it ended and which places it passed.

    `kill` is a failpoint to die at; the clock is `later` seconds ahead.
    """
    trace: list[str] = []
    failpoints.arm(trace.append)
    if kill:
        failpoints.arm(failpoints.signalling(kill, signal.SIGKILL))
    house = open_house(home, url, later)
    tell(house, home)
    (home / "trace.json").write_text(json.dumps(trace))
    _write_state(house, home)


def work_along(home: Path, url: str, freeze: str) -> None:
    """Be another worker of the house until SIGTERM; stop at a failpoint, as a frozen machine does."""
    house = open_house(home, url, 0.0)
    store = Turns(house.store)
    stop = failpoints.signalling(freeze, signal.SIGSTOP)
    failpoints.arm(lambda name: store.alone(lambda: stop(name)))
    worker = hands.worker(replace(house, store=store))
    signal.signal(signal.SIGTERM, lambda *_: worker.stopping.set())
    (home / "works").touch()
    worker.run()


class Turns:
    """A store whose threads write one after the other, so that one can be frozen between them.

    Frozen inside a transaction, a worker holds up everybody until the database ends its session.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._turn = threading.RLock()
        self.read, self.changes, self.close = store.read, store.changes, store.close

    @contextmanager
    def work(self) -> Iterator[UnitOfWork]:
        with self._turn, self._store.work() as work:
            yield work

    def alone(self, act: Callable[[], None]) -> None:
        """Act while no thread writes."""
        with self._turn:
            act()


def look(home: Path, url: str) -> None:
    """Write down how things stand, once more."""
    _write_state(open_house(home, url, 0.0), home)


def _write_state(house: House, home: Path) -> None:
    (home / "state.json").write_text(json.dumps(state(house), default=str, sort_keys=True))


def tell(house: House, home: Path) -> None:
    """Tell the whole life; whatever has happened already is not done twice."""
    hands.work(house)  # what was cut is ended before anybody asks for more
    for tenant_id, live_at in ((BOLT, world.BOLT_LIVE), (ACME, world.ACME_LIVE)):
        _create(house, tenant_id)
        if clock.show(house, tenant_id).mode is ClockMode.WALL:
            clock.advance(house, CLIENT, tenant_id, live_at)
    _follow_key(house)
    _let_somebody_in(house)
    _tell_bolt(house, home)
    _tell_acme(house)
    _count_again(house)
    _train_again(house)
    _nearly_part(house)
    _part_with_bolt(house)
    _end_a_segment(house, home)


def _end_a_segment(house: House, home: Path) -> None:
    """Leave a segment behind, as a process does that has ended, and look again much later."""
    last = SegmentWriter(home / "log", f"last-{house.process}")
    nothing = pl.DataFrame(schema={"request_id": pl.String, "time": pl.Datetime("us", "UTC")})
    last.append(Frame(ACME, CHURN, nothing.to_arrow(compat_level=pl.CompatLevel.oldest())))
    last.close()
    hands.work(house)
    later = LaterClock(2 * segments.SPENT_AFTER.total_seconds())
    segments.remove_spent(replace(house, clock=later))


def _create(house: House, tenant_id: str) -> None:
    with house.store.read() as work:
        known = work.tenants.find(SYSTEM, tenant_id) is not None
        minted = bool(work.keys.list(tenant_id))
    if not known:
        tenants.create(house, CLIENT, tenant_id)
    if not minted:
        keys.mint(house, CLIENT, tenant_id, Role.ADMIN, "story")
    admin = Principal(CLIENT, tenant_id, Role.ADMIN)
    policies.publish(house, admin, tenant_id, RULES, "nothing old goes unseen")
    packages.receive(house, CLIENT, tenant_id, pack({"train.py": b"# not used"}))
    quotas.set_quotas(house, CLIENT, tenant_id, Quotas(models=9))


def _let_somebody_in(house: House) -> None:
    """Give somebody an account, and sweep the key of a session of theirs that ended long ago."""
    with house.store.read() as work:
        known = work.people.find(SYSTEM, "dora") is not None
        held = any(key.origin is Origin.SIGN_IN for key in work.keys.list(ACME))
        swept = any(one.kind == "keys.swept" for one in work.ledger.read(ACME, limit=100_000))
    if not known:
        people.add(house, CLIENT, "dora", "Dora", (f"{ACME}/viewer",), "four words or more")
    now = house.clock.now()
    if not held and not swept:
        grant = keys.Grant(person="p_dora", origin=Origin.SIGN_IN)
        keys.mint(house, CLIENT, ACME, Role.VIEWER, "Dora", now, grant)
    if not swept:
        Sweeper(house).look(now + 2 * house.identities.keep)


def _follow_key(house: House) -> None:
    """Give bolt's key a successor."""
    with house.store.read() as work:
        known = work.keys.list(BOLT)
    if len(known) == 1:
        keys.rotate(house, CLIENT, BOLT, known[0].id, timedelta(days=1))


def _count_again(house: House) -> None:
    """Have acme's profiles computed again from the log, once."""
    with house.store.read() as work:
        asked = any(one.kind == "profiles.asked" for one in work.ledger.read(ACME, limit=100_000))
    if not asked:
        reprofile.ask(house, CLIENT, ACME, CHURN, "to see them counted")
        hands.work(house)


def _train_again(house: House) -> None:
    """Have the first run of acme's trained again from what it pins, once."""
    with house.store.read() as work:
        asked = any(
            one.kind == "reproduction.asked" for one in work.ledger.read(ACME, limit=100_000)
        )
        (study, *_) = work.studies.list(ACME, model_id=CHURN)
    if not asked:
        reproduce.ask(house, CLIENT, ACME, CHURN, study.runs[0], reason="to see it come out again")
        hands.work(house)


def _nearly_part(house: House) -> None:
    """Say of bolt's other model that it will end, and take that back."""
    said = retire.Farewell(CLIENT, BOLT, QUOTE, "to see it stay")
    with house.store.read() as work:
        told = work.ledger.read(BOLT, limit=100_000)
    moved = {one.facts["state"] for one in told if one.facts.get("reason") == said.reason}
    if "deprecated" not in moved:
        retire.deprecate(house, said)
    if "active" not in moved:
        retire.reinstate(house, said)


def _part_with_bolt(house: House) -> None:
    """End bolt's model as a person would: say it first, then do it."""
    said = retire.Farewell(CLIENT, BOLT, PRICE, "to see it go")
    if hands.state_of(house, BOLT, PRICE) is ModelState.ACTIVE:
        retire.deprecate(house, said)
    if hands.state_of(house, BOLT, PRICE) is not ModelState.DECOMMISSIONED:
        retire.decommission(house, said)
    hands.work(house)  # what was still to be done for it is let be


def _tell_bolt(house: House, home: Path) -> None:
    if hands.state_of(house, BOLT, PRICE) in ENDING:  # its story has been told
        return
    table = world.price_rows()
    hands.fill_warehouse(home, table, min(hands.now(house, BOLT), world.BOLT_LIVE), wrong=False)
    hands.declare_spec(house, world.price(hands.now(house, BOLT)))
    hands.first_import(house, BOLT, PRICE, world.first_import(table, world.BOLT_LIVE, "price"))
    hands.work(house)
    for step in range(world.BOLT_STEPS):
        since = world.BOLT_LIVE + step * world.BOLT_STEP
        until = since + world.BOLT_STEP
        if hands.now(house, BOLT) >= until:
            continue
        hands.answer(house, BOLT, PRICE, world.between(table, "at", since, until), "value")
        if step == 0:
            _watch_quote(house, table)
        hands.fill_warehouse(home, table, until, wrong=step == 0)
        clock.advance(house, CLIENT, BOLT, until)
        hands.work(house)
        hands.declare_spec(house, world.price(until))
        hands.work(house)


def _watch_quote(house: House, table: pl.DataFrame) -> None:
    """Log what a model answers that is served elsewhere."""
    hands.declare_spec(house, world.quote())
    hands.first_import(house, BOLT, QUOTE, world.first_import(table, world.BOLT_LIVE, "price"))
    log.receive(house, BOLT, QUOTE, world.quotes(table), PARQUET)
    hands.work(house)  # at this instant, cut or not


def _tell_acme(house: House) -> None:
    table = world.churn_rows()
    hands.declare_spec(house, world.churn())
    hands.first_import(house, ACME, CHURN, world.first_import(table, world.ACME_LIVE, "left"))
    hands.work(house)
    for step in range(world.STEPS):
        since = world.ACME_LIVE + step * world.STEP
        until = since + world.STEP
        if hands.now(house, ACME) >= until:
            continue
        hands.answer(house, ACME, CHURN, world.between(table, "at", since, until), "probability")
        if bad := world.malformed_answers(step):
            log.receive(house, ACME, CHURN, bad, CSV)
        labels = world.churn_labels(table, step, since, until)
        join.receive(house, ACME, CHURN, labels, PARQUET)
        if bad := world.malformed_labels(step):
            join.receive(house, ACME, CHURN, bad, CSV)
        if rows := world.refreshed(table, step, since):
            hands.import_rows(house, ACME, CHURN, rows)
        clock.advance(house, CLIENT, ACME, until)
        hands.work(house)
    _hand_in(house)
    _try_by_hand(house)
    for lane in ("blind", "champion"):
        while not _is_rolled_back(house, lane):  # a canary first, then what is live
            deploy.rollback(house, CLIENT, ACME, CHURN, lane, "to see it go back")
            hands.work(house)


def _hand_in(house: House) -> None:
    """Hand in a file that is no model: it is taken in, raced, and refused."""
    with house.store.read() as work:
        runs = work.runs.list(ACME, model_id=CHURN, limit=1_000)
    if not any(run.recipe == ELSEWHERE for run in runs):
        adopt.receive(house, CLIENT, ACME, CHURN, b"no model", adopt.Origin("model.txt"))
        hands.work(house)


def _try_by_hand(house: House) -> None:
    """Try the first version twice, as a person would: stop it once, promote it once."""
    word = Word(CLIENT, ACME, CHURN, 1, "to see it tried")
    for begun, end in enumerate((_stop, trial.promote)):
        if len(_started(house)) == begun:
            trial.start(house, word, 0.5, None)
            hands.work(house)
        if _started(house)[begun].is_candidate:
            end(house, word)
            hands.work(house)


def _stop(house: House, word: Word) -> None:
    trial.stop(house, word.actor, word.tenant_id, word.model_id, word.reason)


def _started(house: House) -> list[Deployment]:
    with house.store.read() as work:
        known = work.deployments.list(ACME, model_id=CHURN, lane="champion")
    return sorted(
        (one for one in known if one.cause.startswith("start:")), key=lambda one: one.cause
    )


def _is_rolled_back(house: House, lane: str) -> bool:
    with house.store.read() as work:
        deployments = work.deployments.list(ACME, model_id=CHURN, lane=lane)
    return any(one.cause.startswith("rollback:") for one in deployments)
