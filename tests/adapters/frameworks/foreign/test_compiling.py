"""From a file to a version: which runtime answers, how near it is, and what is said otherwise."""

import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import pytest
import xgboost
from sklearn.compose import make_column_transformer
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from tenure.adapters.frameworks import registry
from tenure.adapters.frameworks.foreign import compiling
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.ports.training import Adopted, AdoptTask
from tests.conformance import flowers

NUMBERS = ["length", "petals", "noise"]
ALL = ["length", "petals", "soil", "noise"]


def frame(kind: Task = Task.BINARY) -> tuple[Any, Any]:
    rows = flowers.table(kind).to_pandas()
    return rows[ALL], rows["__label"].to_numpy()


def coded(rows: Any) -> Any:
    """Return the rows with their category as pandas has them."""
    return rows.assign(soil=rows["soil"].astype("category"))


def steps() -> Any:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    return make_column_transformer(
        (numbers, NUMBERS), (OneHotEncoder(handle_unknown="ignore"), ["soil"])
    )


def adopted(data: bytes, name: str, kind: Task = Task.BINARY, said: str = "") -> Adopted:
    table = flowers.parquet(flowers.table(kind))
    return compiling.adopt(
        AdoptTask(data, name, said, flowers.signature(kind), table, 1.0, 2 << 30)
    )


def pickled(model: Any, rows: Any, truth: Any) -> bytes:
    return pickle.dumps(model.fit(rows, truth))


def logistic() -> tuple[bytes, str]:
    return pickled(make_pipeline(steps(), LogisticRegression()), *frame()), "model.pkl"


def histogram() -> tuple[bytes, str]:
    rows, truth = frame()
    model = HistGradientBoostingClassifier(max_iter=15, categorical_features="from_dtype")
    return pickled(model, coded(rows), truth), "model.pkl"


def gaussian() -> tuple[bytes, str]:
    rows, truth = frame()
    model = make_pipeline(SimpleImputer(), GaussianNB())
    return pickled(model, rows[NUMBERS], truth), "model.pkl"


def neighbours() -> tuple[bytes, str]:
    rows, truth = frame()
    model = make_pipeline(SimpleImputer(), KNeighborsClassifier())
    return pickled(model, rows[NUMBERS].astype(float), truth), "model.pkl"


def lightgbm_text() -> tuple[bytes, str]:
    rows, truth = frame()
    model = lightgbm.LGBMClassifier(n_estimators=10, verbosity=-1, n_jobs=1)
    model.fit(coded(rows), truth)
    return model.booster_.model_to_string().encode(), "model.txt"


def xgboost_ubj() -> tuple[bytes, str]:
    rows, truth = frame()
    model = xgboost.XGBClassifier(n_estimators=10, n_jobs=1).fit(rows[NUMBERS], truth)
    return bytes(model.get_booster().save_raw("ubj")), "model.ubj"


def catboost_cbm() -> tuple[bytes, str]:
    rows, truth = frame()
    model = catboost.CatBoostClassifier(
        iterations=10, verbose=0, thread_count=1, allow_writing_files=False
    ).fit(rows[NUMBERS], truth)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "m.cbm"
        model.save_model(str(place))
        return place.read_bytes(), "model.cbm"


EXACT = 1e-12
MAKERS: dict[str, tuple[Callable[[], tuple[bytes, str]], str, float]] = {
    "linear pipeline": (logistic, "linear", EXACT),
    "histogram boosting": (histogram, "trees", EXACT),
    "LightGBM": (lightgbm_text, "trees", 0.0),
    "XGBoost": (xgboost_ubj, "trees", 1e-6),
    "CatBoost": (catboost_cbm, "trees", EXACT),
    "naive Bayes": (gaussian, "onnx", 1e-5),
}


@pytest.mark.parametrize("name", MAKERS)
def test_each_kind_of_model_gets_the_first_runtime_that_is_proven(name: str) -> None:
    make, runtime, nearness = MAKERS[name]
    found = adopted(*make())
    parity, cost = found.proofs["parity"], found.proofs["cost"]
    assert found.runtime == parity["runtime"] == runtime, parity["refused"]
    assert float(str(parity["max_difference"])) <= nearness
    assert (parity["label_flips"], parity["max_rank_difference"]) == (0, 0.0)
    assert int(str(parity["rows"])) > 900
    assert float(str(cost["row_micros"])) > 0
    assert cost["bytes"] == sum(map(len, found.files.values()))
    assert np.shape(found.holdout) == (150, 1)


@pytest.mark.parametrize("kind", [Task.MULTICLASS, Task.REGRESSION])
def test_classes_and_numbers_are_taken_over_too(kind: Task) -> None:
    rows, truth = frame(kind)
    many = kind is Task.MULTICLASS
    linear = make_pipeline(steps(), LogisticRegression() if many else Ridge())
    boosted = (HistGradientBoostingClassifier if many else HistGradientBoostingRegressor)(
        max_iter=5
    )
    for model, given, runtime in ((linear, rows, "linear"), (boosted, rows[NUMBERS], "trees")):
        found = adopted(pickled(model, given, truth), "m.pkl", kind)
        assert found.runtime == runtime
        assert np.shape(found.holdout) == (150, 3 if many else 1)


@pytest.mark.parametrize(
    "model", [RandomForestClassifier(5), GradientBoostingClassifier(n_estimators=5)]
)
def test_forests_of_single_precision_are_exact_where_onnx_is_not(model: Any) -> None:
    """At a split a float32 falls on the other side; our thresholds lie between the neighbours."""
    rows, truth = frame()
    found = adopted(pickled(model, rows[["noise"]], truth), "m.pkl")
    assert found.runtime == "trees"
    assert float(str(found.proofs["parity"]["max_difference"])) < EXACT
    # the model never saw a missing value; scikit-learn answers one all the same, or does not
    assert set(found.required) <= {"noise"}


def test_a_version_loads_where_it_serves_and_says_the_same() -> None:
    for make in (logistic, histogram, gaussian):
        found = adopted(*make())
        loaded = registry.FrameworkRuntimes().load(found.runtime, found.files, flowers.signature())
        again = loaded.predict_table(flowers.table().slice(750))
        assert again.tolist() == found.holdout


def test_what_the_data_has_and_the_model_cannot_answer_is_a_verdict() -> None:
    rows, truth = frame()
    whole = rows["length"].notna() & rows["soil"].notna()
    model = make_pipeline(
        make_column_transformer(
            (OneHotEncoder(handle_unknown="ignore"), ["soil"]), (StandardScaler(), ["length"])
        ),
        LogisticRegression(),
    )
    with pytest.raises(TenureError, match="cannot answer rows that its data allows") as caught:
        adopted(pickled(model, rows[whole], truth[whole]), "m.pkl")
    assert caught.value.code == "version.wrong_inputs"


@pytest.mark.parametrize(
    ("columns", "renamed", "why"),
    [
        (["length"], {"length": "width"}, "no column 'width'"),
        (NUMBERS, None, "takes 3 nameless inputs"),
    ],
)
def test_inputs_that_the_data_does_not_have_are_named(
    columns: list[str], renamed: dict[str, str] | None, why: str
) -> None:
    rows, truth = frame()
    given = rows[columns].fillna(0)
    given = given.to_numpy() if renamed is None else given.rename(columns=renamed)
    with pytest.raises(TenureError, match=why) as caught:
        adopted(pickled(LogisticRegression(), given, truth), "m.pkl")
    assert caught.value.code == "version.wrong_inputs"


def test_a_model_of_another_task_is_refused() -> None:
    rows, truth = frame()
    numbers = rows[NUMBERS].fillna(0)
    for model, kind in ((Ridge(), Task.BINARY), (LogisticRegression(), Task.MULTICLASS)):
        with pytest.raises(TenureError) as caught:
            adopted(pickled(model, numbers, truth), "m.pkl", kind)
        assert caught.value.code == "version.wrong_outputs"


def test_what_no_runtime_of_ours_can_answer_for_is_refused_with_the_reasons() -> None:
    with pytest.raises(TenureError, match="onnx: ") as caught:
        adopted(*neighbours())
    assert caught.value.code == "version.not_compiled"
