"""A model that was made elsewhere: taken in, judged like any other, live or refused in words."""

import pickle
from datetime import datetime
from typing import Any

import lightgbm
import polars as pl
import pytest
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tenure.core.deployments import DeploymentState
from tenure.core.errors import TenureError
from tenure.core.keys import Principal, Role
from tenure.core.studies import Study, StudyState
from tenure.core.versions import Assurance, Version
from tenure.services import adopt, approve
from tenure.services.adopt import Origin
from tenure.services.approve import Said
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import DAY, between

HOLDOUT = LIVE - 6 * DAY
"""A little before the rows that are judged on begin."""


def pipeline(rows: pl.DataFrame) -> bytes:
    """Train as a stranger would, on rows from before the holdout."""
    known = between(rows, "known", datetime.min.replace(tzinfo=HOLDOUT.tzinfo), HOLDOUT)
    frame = known.select("x", "y", "colour").to_pandas()
    steps = make_column_transformer(
        (OneHotEncoder(handle_unknown="ignore"), ["colour"]), (StandardScaler(), ["x", "y"])
    )
    fitted = make_pipeline(steps, LogisticRegression()).fit(frame, known["left"].to_numpy())
    return pickle.dumps(fitted)


def hand_in(life: Life, data: bytes, **said: Any) -> Study:
    origin = Origin(**{"name": "model.pkl", **said})
    upload = adopt.receive(life.house, "k_maker", life.tenant, life.model, data, origin)
    life.work()
    return life.read(lambda work: work.studies.get(life.tenant, upload.study))


def version_of(life: Life, study: Study) -> Version:
    return life.read(lambda work: work.versions.get(life.tenant, f"{life.model}/{study.version}"))


@pytest.fixture
def handed(fresh_life: Begin) -> Life:
    """A model that trains nothing of its own."""
    life = fresh_life(spec_of(train={"recipe": "elsewhere", "windows": None}))
    life.declare()
    life.work()
    return life


def test_a_spec_without_a_recipe_of_ours_trains_nothing(handed: Life) -> None:
    assert handed.studies() == []


def test_a_pipeline_from_elsewhere_goes_live_with_evidence_of_what_it_is(handed: Life) -> None:
    study = hand_in(handed, pipeline(handed.rows), trained_until=HOLDOUT)
    assert (study.state, study.reason) == (StudyState.PROMOTED, "all clauses passed")
    version = version_of(handed, study)
    assert (version.state, version.runtime) == (Assurance.APPROVED, "linear")
    assert version.train_until == HOLDOUT
    evidence = handed.read(lambda work: work.evidence.list(handed.tenant, version=version.number))
    facts = {one.kind: one.facts for one in evidence}
    assert {"origin", "parity", "cost", "evaluation", "comparison"} == set(facts)
    assert facts["parity"]["label_flips"] == 0
    assert float(str(facts["parity"]["max_difference"])) < 1e-9
    assert "scikit-learn" in str(facts["parity"]["reference"])
    assert float(str(facts["cost"]["row_micros"])) > 0
    assert facts["origin"]["by"] == "k_maker"
    (deployment,) = handed.read(lambda work: work.deployments.list(handed.tenant))
    assert (deployment.state, deployment.version) == (DeploymentState.LIVE, version.number)
    assert handed.answer(LIVE, LIVE + DAY) > 0


def test_without_a_word_on_its_training_rows_a_person_has_to_approve_it(handed: Life) -> None:
    study = hand_in(handed, pipeline(handed.rows))
    assert study.state is StudyState.WAITING
    assert "nobody has said until when its training rows reach" in study.reason
    number = int(str(study.version))
    boss = Principal("k_boss", "acme", Role.APPROVER, person="k_boss")
    approve.give(handed.house, Said(boss, "acme", "churn", number, "I know it"))
    handed.work()
    assert version_of(handed, study).state is Assurance.APPROVED


def test_what_was_trained_on_the_rows_it_is_judged_on_waits_too(handed: Life) -> None:
    study = hand_in(handed, pipeline(handed.rows), trained_until=LIVE)
    assert study.state is StudyState.WAITING
    assert "the rows it is judged on begin at" in study.reason


def test_it_has_to_gain_on_the_champion_like_everybody(life: Life) -> None:
    """The champion was trained on the same rows, so nothing is gained."""
    frame = between(life.rows, "at", HOLDOUT - 2 * DAY, HOLDOUT - DAY)
    weak = lightgbm.train(
        {"objective": "binary", "verbosity": -1, "min_data_in_leaf": 5},
        lightgbm.Dataset(frame.select("x", "y").to_pandas(), (frame["left"] == "yes").to_numpy()),
        num_boost_round=2,
    )
    text = weak.model_to_string().encode()
    study = hand_in(life, text, name="weak.txt", trained_until=HOLDOUT)
    assert study.state is StudyState.REFUSED
    assert "candidate loses" in study.reason
    version = version_of(life, study)
    assert (version.state, version.runtime) == (Assurance.REJECTED, "trees")


def test_a_file_that_asks_for_more_than_data_is_refused_and_nothing_of_it_runs(
    handed: Life, tmp_path: Any
) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return (exec, (f"open({str(tmp_path / 'sprung')!r}, 'w')",))

    study = hand_in(handed, pickle.dumps(Trap()))
    assert study.state is StudyState.FAILED
    assert "version.unsafe_file: the file asks for builtins.exec" in study.reason
    assert not (tmp_path / "sprung").exists()
    assert handed.read(lambda work: work.versions.list(handed.tenant)) == []


@pytest.mark.parametrize(
    ("data", "name", "code"),
    [
        (b"tree\nversion=v4\n", "cut.txt", "version.unreadable"),
        (b"\x80\x04\x95", "cut.pkl", "version.unreadable"),
        (b"PK\x03\x04nothing", "what.zip", "version.unknown_format"),
        (b"x" * 100, "model.onnx", "version.unreadable"),
        (b"{}", "model.json", "version.unreadable"),
    ],
)
def test_what_is_no_model_gets_a_verdict(handed: Life, data: bytes, name: str, code: str) -> None:
    study = hand_in(handed, data, name=name)
    assert study.state is StudyState.FAILED
    assert code in study.reason


def test_the_same_file_twice_is_one_upload(handed: Life) -> None:
    data = pipeline(handed.rows)
    first, second = (hand_in(handed, data, trained_until=HOLDOUT) for _ in range(2))
    assert first == second
    assert len(handed.told("version.received")) == 1


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", "x" * 101, "a\nb"])
def test_a_name_is_a_name_and_no_path(handed: Life, name: str) -> None:
    with pytest.raises(TenureError, match="no name of a file") as caught:
        adopt.receive(handed.house, "k", handed.tenant, handed.model, b"x", Origin(name))
    assert caught.value.code == "version.bad_name"


def test_an_empty_file_is_refused_at_once(handed: Life) -> None:
    with pytest.raises(TenureError, match="is empty"):
        adopt.receive(handed.house, "k", handed.tenant, handed.model, b"", Origin("m.pkl"))
