"""`[tune]`: what may be varied, and what is refused with the way to mend it."""

import pytest

from tenure.core.spec.parse import from_dict, parse, to_dict
from tenure.core.spec.problems import SpecError
from tenure.core.spec.values import Spec
from tenure.core.tuning import Dimension
from tests.core.spec.test_coded import HEAD

SPACE = """[tune]
trials = 12
minutes = 3
pruner = "halving"
space.num_leaves = { int = [4, 64], log = true }
space.learning_rate = { float = [0.01, 0.3], log = true }
space.objective = { choice = ["l1", "l2"] }
space.lambda_l1 = { float = [0.0, 5.0], when = { objective = "l1" } }
"""


def read(tables: str) -> Spec:
    return parse(HEAD + tables, "tenure.toml").declared[0].spec


def test_a_space_of_numbers_words_and_conditions_is_read_and_written_back() -> None:
    spec = read(SPACE)
    assert spec.tune is not None
    assert (spec.tune.trials, spec.tune.minutes, spec.tune.folds) == (12, 3.0, 3)
    found = {one.name: one for one in spec.tune.space}
    assert found["num_leaves"] == Dimension("num_leaves", 4.0, 64.0, whole=True, log=True)
    assert found["lambda_l1"].when == (("objective", ("l1",)),)
    assert from_dict(to_dict(spec)) == spec


@pytest.mark.parametrize(
    ("space", "words"),
    [
        ("{ int = [64, 4] }", "is no span"),
        ("{ int = [4] }", "is no span"),
        ("{ int = [0, 64], log = true }", "cannot be logarithmic"),
        ("{ int = [1, 64] }", "reaches beyond what the recipe takes"),
        ("{ float = [4.0, 64.0] }", "it is a whole number"),
        ('{ choice = ["many", "few"] }', "reaches beyond"),
        ("{}", "has no span, or two"),
        ("{ int = [4, 64], float = [0.1, 1.0] }", "has no span, or two"),
        ('{ int = [4, 64], when = { kind = "a" } }', "which is not varied"),
    ],
)
def test_what_cannot_be_varied_so_is_refused(space: str, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        read(f"[tune]\nspace.num_leaves = {space}")


@pytest.mark.parametrize(
    ("tables", "words"),
    [
        ("[tune]\nspace.num_leafs = { int = [4, 64] }", 'did you mean "num_leaves"'),
        ("[tune]\ntrials = 3", 'lacks "space"'),
        ("[tune]\nspace = {}", "nothing is varied"),
        ('[train]\nrecipe = "elsewhere"\n[tune]\nspace.x = { int = [1, 2] }', "not trained here"),
        ("[tune]\nsiblings = true\nspace.num_leaves = { int = [4, 64] }", "not yet enforced"),
    ],
)
def test_a_table_that_cannot_be_enforced_is_refused(tables: str, words: str) -> None:
    with pytest.raises(SpecError, match=words):
        read(tables)
