"""The text of starter training code and of its test: what `tenure init --code` writes."""

TRAIN = '''"""Trains the model: a function of the rows and a few parameters, and nothing else."""

from dataclasses import dataclass

import lightgbm

from tenure.training import Context, Result


@dataclass
class Params:
    """What [train.params] may say."""

    leaves: int = 7
    rate: float = 0.05
    trees: int = 300  # at most


def train(context: Context, params: Params) -> Result:
    """Fit on all rows that are given; the newest fifth says how it went."""
{prepare}
    cut = len(rows) * 4 // 5
    older = lightgbm.Dataset(rows[:cut], context.target[:cut])
    newest = older.create_valid(rows[cut:], context.target[cut:])
    settings = {{
        {objective},
        "num_leaves": params.leaves,
        "learning_rate": params.rate,
        "seed": context.seed,
        "num_threads": 1,
        "verbosity": -1,
    }}
    course: dict = {{}}
    watch = [lightgbm.record_evaluation(course), lightgbm.early_stopping(20, verbose=False)]
    tried = lightgbm.train(settings, older, params.trees, valid_sets=[newest], callbacks=watch)
    for name, values in course["valid_0"].items():
        for step, value in enumerate(values):
            context.log_metric(name, value, step=step)
    trees = max(1, tried.best_iteration)
    context.log_param("trees", trees)
    return Result(lightgbm.train(settings, lightgbm.Dataset(rows, context.target), trees))
'''
_PREPARE = """    rows = context.pandas()
    texts = list(rows.select_dtypes(exclude="number"))
    rows = rows.astype(dict.fromkeys(texts, "category"))"""
_OBJECTIVES = {
    "binary": '"objective": "binary"',
    "multiclass": '"objective": "multiclass",\n        "num_class": len(context.classes)',
    "regression": '"objective": "l1"',
}
TEST = '''"""The training code, without the platform: python -m pytest test_train.py"""

import numpy as np

from tenure.training import Context
from train import Params, train


def test_it_learns_what_is_there() -> None:
    draws = np.random.default_rng(7)
    x = draws.normal(size=400)
    rows = {{"x": x, "noise": draws.normal(size=400), "y": {truth}}}
    context = Context.of(rows, target="y")
    model = train(context, Params(trees=30)).model
    assert {better}
    assert context.points
'''
_TESTS = {
    "binary": (
        "np.where(x > 0, 1.0, 0.0)",
        "np.mean((model.predict(context.pandas()) > 0.5) == (x > 0)) > 0.9",
    ),
    "multiclass": (
        'np.where(x > 0.5, "high", np.where(x < -0.5, "low", "middle"))',
        "np.mean(model.predict(context.pandas()).argmax(axis=1) == context.target) > 0.8",
    ),
    "regression": ("2 * x", "np.mean(np.abs(model.predict(context.pandas()) - 2 * x)) < 1.0"),
}


def training_code(task: str) -> dict[str, str]:
    """Return the files by name: `train.py`, and its test."""
    truth, better = _TESTS[task]
    return {
        "train.py": TRAIN.format(prepare=_PREPARE, objective=_OBJECTIVES[task]),
        "test_train.py": TEST.format(truth=truth, better=better),
    }
