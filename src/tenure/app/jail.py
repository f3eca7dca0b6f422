"""Root of the jail's zygote: loads the libraries, wires the recipes, takes orders.

Started as `python -m tenure.app.jail` by the jail adapter, with a socket as stdin.
"""

import importlib

from tenure.adapters.frameworks import registry
from tenure.adapters.jail import hosted, hosting, zygote
from tenure.adapters.jail.inmate import Work, telling_verb, verb
from tenure.core.hosting import RUNTIME
from tenure.core.signatures import Signature
from tenure.core.told import Told
from tenure.ports.training import (
    Adopted,
    AdoptTask,
    Answered,
    AnswerTask,
    FitTask,
    Fitted,
    ScoreTask,
    TablePredictor,
    TrainTask,
)

_LIBRARIES = (
    "pyarrow.parquet",
    "scipy.sparse",
    "sklearn.linear_model",
    "lightgbm",
)


def verbs() -> dict[str, Work]:
    """Return what a process in the jail can be asked to do."""
    return {
        "train": verb(registry.train, TrainTask),
        "fit": telling_verb(_fit, FitTask),
        "score": verb(_score, ScoreTask),
        "adopt": verb(_adopt, AdoptTask),
        "answer": verb(_answer, AnswerTask),
        hosting.VERB: hosted.host(_load),
    }


def _fit(task: FitTask, told: Told) -> Fitted:
    from tenure.adapters.frameworks.foreign import coded

    return coded.fit(task, told)


def _adopt(task: AdoptTask) -> Adopted:
    """Import what opens foreign files only when there is one."""
    from tenure.adapters.frameworks.foreign import compiling

    return compiling.adopt(task)


def _answer(task: AnswerTask) -> Answered:
    from tenure.adapters.frameworks.foreign import asking

    return asking.answer(task)


def _score(task: ScoreTask) -> list[list[float]]:
    return registry.score(task, _load if task.runtime == RUNTIME else None)


def _load(files: dict[str, bytes], signature: Signature) -> TablePredictor:
    """Open a Python model: here and nowhere else."""
    from tenure.adapters.frameworks.foreign import python

    return python.load(files, signature)


def main() -> None:
    for library in _LIBRARIES:
        importlib.import_module(library)
    # LightGBM asks whether its rows are a frame, which first searches all packages for plugins
    importlib.import_module("narwhals.dependencies").is_into_dataframe(None)
    for recipe in registry.recipes():
        registry.code_digest(recipe)  # its sources need not be read in every process
    zygote.serve(verbs())


if __name__ == "__main__":
    main()
