"""A training that was cut goes on from its checkpoint, and one that nobody wants any more ends."""

from dataclasses import replace

import pytest

from tenure.core.errors import TenureError
from tenure.core.jobs import JobKind
from tenure.core.packages import pack
from tenure.core.studies import RunState
from tenure.services import failpoints, live, packages, runs, train
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import Life

CODE = """
from sklearn.linear_model import LogisticRegression
from tenure.training import Result

def fit(context, params):
    tries = 1 + int(context.restored or b"0")
    context.checkpoint(str(tries).encode())
    context.log_metric("tries", tries, step=tries)
    rows = context.pandas()[["x", "y"]]
    return Result(LogisticRegression().fit(rows, context.target))
"""


class Cut(BaseException):
    """As a kill: nothing catches it."""


def cut(passed: str) -> None:
    if passed == "train.before_commit":
        raise Cut


def begun(begin: Begin) -> Life:
    life = begin(spec_of())
    package = packages.receive(life.house, "k", "acme", pack({"training.py": CODE.encode()})).id
    code = {"entry": "training:fit", "package": package}
    life = replace(life, spec=spec_of(train={"recipe": None, "code": code, "windows": ["all"]}))
    life.declare()
    return life


def test_a_training_that_is_cut_goes_on_from_what_it_left(fresh_life: Begin) -> None:
    life = begun(fresh_life)
    job = life.do_until(JobKind.TRAIN)
    run_id = str(job.payload["run_id"])
    failpoints.arm(cut)
    for tries in (1, 2):
        with pytest.raises(Cut):
            train.run(life.house, job)
        now = runs.log(life.house, "acme", "churn", run_id)
        assert (now.state, now.metrics) == ("running", {"tries": tries})
    failpoints.disarm(cut)
    left = life.read(lambda work: work.progress.get("acme", run_id)).checkpoint
    train.run(life.house, job)
    (ended,) = life.runs(life.studies()[0])
    assert (ended.state, ended.metrics) == (RunState.SUCCEEDED, {"tries": 3.0})
    (course,) = runs.metrics(life.house, "acme", "churn", run_id)
    assert course.steps == (1, 2, 3), "what was told before it was cut is not lost"
    assert life.read(lambda work: work.progress.find("acme", run_id)) is None
    assert not life.house.blobs.has(left), "nobody needs it any more"


def test_a_training_that_somebody_ends_is_cancelled_and_its_race_ends(fresh_life: Begin) -> None:
    life = begun(fresh_life)
    job = life.do_until(JobKind.TRAIN)
    run_id = str(job.payload["run_id"])
    for _ in range(2):
        said = live.cancel(life.house, "key_1", "acme", "churn", run_id, "the wrong rows")
        assert said.cancelled_by == "key_1"
    train.run(life.house, job)
    life.work()
    (study,) = life.studies()
    (ended,) = life.runs(study)
    assert (ended.state, ended.error) == (
        RunState.CANCELLED,
        "run.cancelled: by key_1: the wrong rows",
    )
    assert study.reason == f"all: {ended.error}"
    (told,) = life.told("run.cancelled")
    assert (told.actor, told.subject) == ("key_1", run_id)
    with pytest.raises(TenureError, match=r"run\.over"):
        live.cancel(life.house, "key_1", "acme", "churn", run_id, "again")
