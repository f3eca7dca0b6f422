"""The trees at the end of a fitted model, and the steps before them: taken over together."""

from typing import Any

import numpy as np

from tenure.adapters.frameworks.encode import Encoding, Floats
from tenure.adapters.frameworks.foreign import catboosts, folding, lightgbms, sktrees, xgboosts
from tenure.adapters.frameworks.foreign import through as through_
from tenure.adapters.frameworks.foreign.estimator import Estimator
from tenure.adapters.frameworks.foreign.forests import tree_files
from tenure.adapters.frameworks.foreign.original import Files, wrong_outputs
from tenure.adapters.frameworks.trees import Forest
from tenure.core.errors import TenureError

Grown = tuple[Forest, Encoding] | TenureError | None
"""Trees with their encoding; why they are not taken over; None when the model has none."""


def files(grown: Grown) -> Files:
    """Return the files of the runtime `trees`; raise why there are none."""
    if isinstance(grown, tuple):
        return tree_files(*grown)
    raise grown or wrong_outputs("the model has no trees")


def through(one: Estimator) -> Grown:
    """Return the trees of a model over its raw columns."""
    head = _flat(one.model)[-1]
    if not _has_trees(head):
        return None
    try:
        asked_, _ = asked(one)
        return through_.taken(asked_, _forest(one, head, len(asked_.of)))
    except TenureError as error:
        return error
    except Exception as error:  # noqa: BLE001  # steps of strangers raise anything
        return wrong_outputs(f"{type(error).__name__}: {str(error)[:200]}")


def asked(one: Estimator) -> tuple[through_.Asked, Any]:
    """Return what the steps before the last make of raw columns, and the last step."""
    *steps, head = _flat(one.model)
    columns = raw_columns(one)
    return through_.Asked(columns, lambda rows: transformed(one, steps, head, rows)), head


def raw_columns(one: Estimator) -> tuple["through_.Raw", ...]:
    """Return the columns with the levels that the data or a step knows."""
    levels = folding.levels(one)
    return tuple(through_.Raw(c.name, levels.get(c.name), c.nulls) for c in one.columns)


def transformed(one: Estimator, steps: list[Any], head: Any, rows: dict[str, Any]) -> Floats:
    """Return what the last step gets to see of raw columns, [rows, inputs]."""
    given = one.given(rows)
    for step in steps:
        given = step.transform(given)
    if type(head).__name__ in sktrees.HISTOGRAM:
        given = sktrees.coded(head, given)
    if hasattr(given, "toarray"):
        given = given.toarray()
    return np.asarray(given, np.float64)


def _flat(model: Any) -> list[Any]:
    """Return the steps of a pipeline, those of pipelines in it included."""
    if type(model).__name__ != "Pipeline":
        return [model]
    found = []
    for _, step in model.steps:
        if step is not None and not isinstance(step, str):
            found += _flat(step)
    return found


def _has_trees(head: Any) -> bool:
    known = ("lightgbm.sklearn", "xgboost.sklearn", "catboost.core")
    return sktrees.is_known(head) or type(head).__module__ in known


def _forest(one: Estimator, head: Any, inputs: int) -> Forest:
    module, places, signature = type(head).__module__, one.places, one.signature
    if sktrees.is_known(head):
        return sktrees.forest(head, inputs, places, signature)
    if places != sorted(places):
        raise wrong_outputs("the model's classes stand in another order than the target's")
    if module == "lightgbm.sklearn":
        return lightgbms.parsed(head.booster_.model_to_string().encode())
    if module == "xgboost.sklearn":
        return xgboosts.forest(head.get_booster())
    return catboosts.forest(head, signature.task)
