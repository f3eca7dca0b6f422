"""scikit-learn's models: how they answer, and which of our runtimes may answer for them.

In this order: the folded algebra of linear pipelines, the trees of boosted and averaged trees, and
ONNX for what skl2onnx converts. What is left answers in a jailed process, as it is.
"""

import zipfile
from collections.abc import Iterator
from functools import partial
from importlib.metadata import version
from io import BytesIO
from typing import Any

from tenure.adapters.frameworks import linear, onnx, trees
from tenure.adapters.frameworks.foreign import (
    catboosts,
    converted,
    folding,
    fronts,
    heads,
    lightgbms,
    pickles,
    xgboosts,
)
from tenure.adapters.frameworks.foreign.estimator import Estimator
from tenure.adapters.frameworks.foreign.forests import edges_of, needed
from tenure.adapters.frameworks.foreign.original import (
    Candidate,
    Original,
    class_places,
    inputs,
    unreadable,
    unsafe,
    wrong_outputs,
)
from tenure.core.columns import ColumnType
from tenure.core.models import Task
from tenure.core.signatures import Signature

_BOOSTERS = frozenset(
    {"lightgbm.basic", "lightgbm.sklearn", "xgboost.core", "xgboost.sklearn", "catboost.core"}
)
_MOST_BYTES = 2 << 30


def opened(data: bytes, signature: Signature) -> Original:
    """Open a pickle or joblib file."""
    return original(pickles.read(data), signature)


def skops(data: bytes, signature: Signature) -> Original:
    """Open a skops file, whose types skops itself checks against a list."""
    needed("skops", "skops")
    from skops import io

    _check_size(data)
    try:
        asks = io.get_untrusted_types(data=data)
    except Exception as error:  # whatever a broken file makes of it
        raise unreadable("skops file", f"{type(error).__name__}: {error}") from error
    strange = [one for one in asks if not pickles.is_known(*one.rpartition(".")[::2])]
    if strange:
        raise unsafe(", ".join(strange[:5]), pickles.HINT)
    try:
        model = io.loads(data, trusted=asks)
    except Exception as error:  # as above
        raise unreadable("skops file", f"{type(error).__name__}: {error}") from error
    return original(model, signature)


def _check_size(data: bytes) -> None:
    """Raise `version.unreadable` for what is no archive, or a bomb."""
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            size = sum(one.file_size for one in archive.infolist())
    except zipfile.BadZipFile as error:
        raise unreadable("skops file", error) from error
    if size > _MOST_BYTES:
        raise unreadable("skops file", f"it unpacks to {size} bytes, 2 GiB are read")


def original(model: Any, signature: Signature) -> Original:
    """Return a fitted model as an original; raise `version.wrong_outputs`, `version.wrong_inputs`."""
    model = getattr(model, "best_estimator_", model)  # of a search
    if type(model).__module__ in _BOOSTERS:
        return _inner(model, signature)
    needs = "predict" if signature.task is Task.REGRESSION else "predict_proba"
    if not hasattr(model, needs):
        raise wrong_outputs(
            f"a {type(model).__name__} has no {needs}",
            "calibrate it: CalibratedClassifierCV gives probabilities"
            if needs == "predict_proba"
            else "is it a fitted estimator?",
        )
    names = getattr(model, "feature_names_in_", None)
    named = None if names is None else [str(name) for name in names]
    count = int(getattr(model, "n_features_in_", len(named or signature.features)))
    columns = inputs(named, count, signature)
    found = list(getattr(model, "classes_", ()))
    places = class_places(found, signature)
    one = Estimator(model, columns, named is not None, places, signature).fitting()
    grown = heads.through(one)
    return Original(
        f"scikit-learn {version('scikit-learn')} {type(model).__name__}",
        one.answer,
        tuple(_candidates(one, grown)),
        edges_of(*grown) if isinstance(grown, tuple) else {},
    )


def _candidates(one: Estimator, grown: heads.Grown) -> Iterator[Candidate]:
    if folding.may_be_linear(one.model):
        yield Candidate(linear.NAME, lambda: folding.fold(one))
    if grown is not None:
        yield Candidate(trees.NAME, lambda: heads.files(grown))
    if type(one.model).__name__ == "Pipeline":
        yield Candidate(onnx.NAME, lambda: fronts.files(one))
    texts = any(column.type is ColumnType.CATEGORY for column in one.columns)
    for missing in ("nan", "") if texts else ("",):
        yield Candidate(onnx.NAME, partial(converted.files, one, missing))


def _inner(model: Any, signature: Signature) -> Original:
    """Take the booster out of its scikit-learn wrapper."""
    module = type(model).__module__
    if module == "lightgbm.basic":
        return lightgbms.opened(model.model_to_string().encode(), signature)
    if module == "xgboost.core":
        return xgboosts.opened(bytes(model.save_raw("ubj")), signature)
    if module == "catboost.core":
        return catboosts.original(model, signature)
    places = class_places(list(getattr(model, "classes_", ())), signature)
    if places != sorted(places):
        raise wrong_outputs("the model's classes stand in another order than the target's")
    if module == "lightgbm.sklearn":
        return lightgbms.opened(model.booster_.model_to_string().encode(), signature)
    return xgboosts.opened(bytes(model.get_booster().save_raw("ubj")), signature)
