"""A comparison says in a line, and in plain values, what was found."""

import json

import numpy as np

from tenure.core import profiles
from tenure.core.comparisons import Comparison, Side, in_words
from tenure.core.drift import ColumnDrift, Rules
from tenure.core.profiles import ColumnKind
from tenure.core.shifts import Verdict
from tenure.core.stats.histograms import grid_of


def comparison(*verdicts: Verdict) -> Comparison:
    rows = np.arange(10.0)
    profile = profiles.numbers(grid_of(rows), rows)
    columns = [
        ColumnDrift(f"c{i}", "", ColumnKind.NUMBER, v, "why", reference=profile, current=profile)
        for i, v in enumerate(verdicts)
    ]
    return Comparison(Side("a", 10), Side("b", 10, 1), Rules(), None, columns)


def test_one_column_that_drifted_makes_the_whole_drift() -> None:
    found = comparison(Verdict.DRIFTED, Verdict.STEADY, Verdict.NOT_ENOUGH)
    assert found.verdict is Verdict.DRIFTED
    assert [one.column for one in found.findings] == ["c0"]
    assert in_words(found) == "1 of 3 columns drifted: c0"


def test_what_could_not_be_judged_is_not_steady() -> None:
    assert comparison(Verdict.NOT_ENOUGH, Verdict.NOT_JUDGED).verdict is Verdict.NOT_ENOUGH
    assert comparison().verdict is Verdict.NOT_ENOUGH
    found = comparison(Verdict.STEADY, Verdict.NOT_ENOUGH)
    assert found.verdict is Verdict.STEADY
    assert in_words(found) == "steady: none of 2 columns drifted; 1 not judged"


def test_many_findings_are_not_all_named() -> None:
    assert in_words(comparison(*[Verdict.DRIFTED] * 7)).endswith("c4 and 2 more")


def test_the_plain_values_are_json() -> None:
    said = json.loads(json.dumps(comparison(Verdict.DRIFTED).as_dict(), allow_nan=False))
    assert said["format"] == 1
    assert said["verdict"] == "drifted"
    assert said["current"] == {"name": "b", "rows": 10, "left_out": 1}
    assert said["columns"][0]["reference"]["mean"] == 4.5
