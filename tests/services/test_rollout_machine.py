"""Any order of words, work and time over the real house: what must hold of who serves, holds."""

import shutil
import tempfile
from collections.abc import Callable
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import ClassVar

import polars as pl
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from tenure.core.deployments import CHAMPION, DeploymentState, candidate
from tenure.core.errors import TenureError
from tenure.core.jobs import JobState
from tenure.core.lifecycle import DEPLOYMENT
from tenure.core.versions import Assurance
from tenure.services import deploy, trial
from tenure.services.trial import Word
from tenure.worker.handlers import HANDLERS
from tests.serving.fuzzing import TIMES
from tests.small.clock import HandClock
from tests.small.house import close_house, open_house, spec_of
from tests.small.life import LIVE, Life
from tests.small.trial import add_version, deployments, promote, released, respecified

WAITING = 4
NUMBERS = st.integers(1, WAITING)
SPEC = spec_of(
    challengers={"static": {}},
    rollout={"shadow": {"rows": 4}, "canary": {"shares": [0.5], "at_most": "1d", "margin": 1.0}},
)


class Rollouts(RuleBasedStateMachine):
    """acme/churn with version 1 live, and two more approved; people, races and evidence move them."""

    home: ClassVar[Path]
    rows: ClassVar[pl.DataFrame]

    @initialize()
    def begin(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="tenure-rollouts-"))
        root = self.folder / "home"
        shutil.copytree(self.home, root)
        house = open_house(root, f"sqlite:///{root}/tenure.db", HandClock(), "test-2")
        self.life = respecified(Life(house, SPEC, self.rows), SPEC)
        self.life.work()
        self.at, self.races = LIVE, count()
        add_version(self.life)
        add_version(self.life, turned=True)
        add_version(self.life, state=Assurance.VALIDATING)

    @rule(number=NUMBERS)
    def a_race_is_won(self, number: int) -> None:
        if number != WAITING:
            promote(self.life, number, f"st_{next(self.races)}")

    @rule(number=NUMBERS, share=st.sampled_from([0.0, 0.5]))
    def somebody_tries(self, number: int, share: float) -> None:
        self.say(lambda: trial.start(self.life.house, self.word(number), share, None))

    @rule(number=NUMBERS)
    def somebody_promotes(self, number: int) -> None:
        self.say(lambda: trial.promote(self.life.house, self.word(number)))

    @rule()
    def somebody_stops(self) -> None:
        life = self.life
        self.say(lambda: trial.stop(life.house, "anna", life.tenant, life.model, "enough"))

    @rule()
    def somebody_goes_back(self) -> None:
        life = self.life
        self.say(
            lambda: deploy.rollback(life.house, "anna", life.tenant, life.model, CHAMPION, "worse")
        )

    @rule()
    def one_job_is_done(self) -> None:
        with self.life.house.store.work() as work:
            jobs = work.jobs.claim("test", self.life.house.clock.now(), 60.0)
        for job in jobs:
            HANDLERS[job.kind](self.life.house, job)

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        since, self.at = self.at, self.at + timedelta(hours=hours)
        self.life.step(since, self.at)

    @invariant()
    def one_version_is_live(self) -> None:
        lane = [one for one in deployments(self.life) if one.lane == CHAMPION]
        assert sum(one.state is DeploymentState.LIVE for one in lane) == 1
        assert sum(one.is_candidate and one.generation is not None for one in lane) <= 1

    @invariant()
    def nothing_serves_that_nobody_approved(self) -> None:
        assert WAITING not in {arm.version for arm in released(self.life).arms}

    @invariant()
    def every_move_is_one_that_a_deployment_may_make(self) -> None:
        states = {one.id: DeploymentState.PLANNED for one in deployments(self.life)}
        for entry in self.life.told("deployment.moved"):
            before, after = states.get(entry.subject), DeploymentState(str(entry.facts["state"]))
            assert before is None or after is before or after in DEPLOYMENT[before]
            states[entry.subject] = after

    def teardown(self) -> None:
        """When nothing is left to do, serving is told what the database says."""
        self.life.work()
        self.one_version_is_live()
        lane = [one for one in deployments(self.life) if one.lane == CHAMPION]
        tried = candidate(lane)
        arms = {arm.lane: arm.version for arm in released(self.life).arms}
        (live,) = (one.version for one in lane if one.state is DeploymentState.LIVE)
        assert arms.get("champion") == live
        assert arms.get("candidate") == (tried.version if tried else None)
        assert self.life.jobs(JobState.PARKED) == []
        close_house(self.life.house)
        shutil.rmtree(self.folder)

    def say(self, word: Callable[[], object]) -> None:
        """Say a word that may come at a wrong time: then it is refused with a reason."""
        try:
            word()
        except TenureError as error:
            if not error.code.startswith(("deployment.", "version.")):
                raise

    def word(self, number: int) -> Word:
        return Word("anna", self.life.tenant, self.life.model, number, "to see")


def test_whatever_happens_one_approved_version_is_live(grown: Path, rows: pl.DataFrame) -> None:
    class Machine(Rollouts):
        home = grown

    Machine.rows = rows
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=6 * TIMES,
            stateful_step_count=14,
            deadline=None,
            phases=[Phase.generate],  # to make a failure shorter would take minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
