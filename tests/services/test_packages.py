"""Training code in a race: handed in, pinned, run, proven, judged; and what else becomes of it."""

from dataclasses import replace

import pytest

from tenure.core.errors import TenureError
from tenure.core.packages import pack
from tenure.core.spec.values import Spec
from tenure.core.studies import RunState, StudyState
from tenure.services import declare, packages
from tenure.services import runs as told
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import Life

CODE = """
import numpy as np
from dataclasses import dataclass
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from tenure.training import Context, Result

@dataclass
class Params:
    strength: float = 1.0

def fit(context: Context, params: Params) -> Result:
    steps = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["colour"]), (StandardScaler(), ["x", "y"])
    )
    model = make_pipeline(steps, LogisticRegression(C=1.0 / params.strength))
    context.log_metric("rows", len(context.target))
    for step in (1, 2):
        context.log_metric("loss", 1 / step, step=step)
    context.log_artifact("notes.txt", "fine")
    return Result(model.fit(context.pandas(), context.target))

def fail(context: Context, params: Params) -> Result:
    raise ValueError("these rows are strange")

def nothing(context: Context, params: Params) -> None:
    return None
"""


def spec_with(package: str, function: str = "fit", **params: object) -> Spec:
    code = {"entry": f"training:{function}", "package": package}
    return spec_of(train={"recipe": None, "code": code, "params": params})


def received(life: Life, text: str = CODE) -> str:
    return packages.receive(life.house, "k", "acme", pack({"training.py": text.encode()})).id


def raced(begin: Begin, function: str = "fit", **params: object) -> Life:
    life = begin(spec_of())
    life = replace(life, spec=spec_with(received(life), function, **params))
    life.declare()
    life.work()
    return life


def test_code_of_a_users_goes_live_like_a_recipe(fresh_life: Begin) -> None:
    life = raced(fresh_life, strength=2)
    (study,) = life.studies()
    assert (study.state, study.reason) == (StudyState.PROMOTED, "all clauses passed")
    runs = life.runs(study)
    for run in runs:
        assert (run.recipe, run.entry, run.runtime) == ("code", "training:fit", "linear")
        assert run.code_digest == life.spec.train.code.package  # type: ignore[union-attr]
        assert run.metrics is not None
        assert run.metrics["rows"] == run.rows, "the rows that judge are not handed to the code"
        named = ("acme", "churn", run.id)
        went = {course.metric: course.values for course in told.metrics(life.house, *named)}
        assert went == {"rows": (run.rows,), "loss": (1.0, 0.5)}
        assert told.artifact(life.house, *named, "notes.txt").data == b"fine"
    (version,) = life.read(lambda work: work.versions.list("acme"))
    evidence = life.read(lambda work: work.evidence.list("acme", version=version.number))
    assert {"parity", "cost", "evaluation", "refit"} <= {one.kind for one in evidence}
    assert version.run_id != version.judged_run, "the winner was trained once more"


@pytest.mark.parametrize(
    ("function", "params", "words"),
    [
        ("fail", {}, "run.crashed: the task failed: ValueError: these rows are strange"),
        ("nothing", {}, "run.no_model: training:nothing returned a NoneType"),
        ("absent", {}, "run.no_function: training has no function 'absent'"),
        ("fit", {"strenth": 1}, "run.bad_param: Params has no 'strenth' (known: strength)"),
    ],
)
def test_what_the_code_does_wrong_is_what_the_race_says(
    fresh_life: Begin, function: str, params: dict[str, object], words: str
) -> None:
    life = raced(fresh_life, function, **params)
    (study,) = life.studies()
    assert study.state is StudyState.FAILED
    assert words in study.reason
    assert {run.state for run in life.runs(study)} == {RunState.FAILED}


def test_the_same_package_twice_is_one_and_another_tenants_is_none(life: Life) -> None:
    first, second = received(life), received(life)
    assert first == second
    assert len([e for e in life.told("package.received") if e.subject == first]) == 1
    with pytest.raises(TenureError) as caught:
        declare.apply(life.house, "k", "acme", spec_with("sha256:" + "0" * 64))
    assert caught.value.code == "package.not_found"
    assert life.read(lambda work: work.packages.find("other", first)) is None
