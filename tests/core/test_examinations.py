"""Closer looks: which are asked for, and what they leave as facts."""

from tenure.core import examinations
from tenure.core.evaluation.groups import Fairness, Group
from tenure.core.evaluation.influence import MISSING, NOISY, SHUFFLED, Importance
from tenure.core.evaluation.slices import Search, Slice
from tenure.core.policies import Clause, Policy
from tenure.core.stats.resampling import Interval

SOME = Interval(0.2, 0.1, 0.3)


def test_only_what_a_clause_names_is_looked_at() -> None:
    assert examinations.asked(Policy((Clause("c", "beats_baseline"),))) == frozenset()
    clauses = (
        Clause("a", "fact_max", {"kind": "slices", "fact": "worst_more", "value": 0.1}),
        Clause("b", "evidence_present", {"kind": "calibration"}),
        Clause("c", "fact_max", {"kind": "cost", "fact": "bytes", "value": 1.0}),
    )
    assert examinations.asked(Policy(clauses)) == {"slices", "calibration"}


def test_the_attributes_are_those_whose_disparities_clauses_name() -> None:
    named = ("sex.loss_difference.high", "a.b.demographic_parity_ratio", "rows", "sex.groups")
    clauses = tuple(
        Clause(name, "fact_max", {"kind": "fairness", "fact": name, "value": 0.1}) for name in named
    )
    other = Clause("o", "fact_max", {"kind": "slices", "fact": "age.loss_difference", "value": 1.0})
    assert examinations.attributes(Policy((*clauses, other))) == ("a.b", "sex")


def test_the_worst_confirmed_part_is_told_and_a_search_without_one_says_zero() -> None:
    mild = Slice((("rain", "< 1"),), 900, 0.5, 0.4, 0.3, Interval(0.1, 0.05, 0.15), 0.01)
    bad = Slice((("hour", "8"),), 120, 0.1, 0.9, 0.3, Interval(0.6, 0.4, 0.8), 0.01)
    facts = examinations.of_slices(Search(("rain", "hour"), 40, 3, (mild, bad)), 2000)
    assert (facts["worst"], facts["worst_more"], facts["worst_more.low"]) == ("hour = 8", 0.6, 0.4)
    assert examinations.of_slices(Search(("rain",), 40, 0, ()), 2000)["worst_more"] == 0.0
    assert examinations.of_slices(Search(("rain",), 0, 0, ()), 9)["worst_more"] is None


def test_groups_leave_their_disparities_and_why_there_are_none() -> None:
    groups = (Group("f", 50, compared=True, figures={}), Group("m", 9, compared=False, figures={}))
    found = Fairness("sex", groups, {"loss_difference": SOME})
    facts = examinations.of_groups([found], {"age": "no such column"}, 59)
    assert facts["sex.groups"] == 1
    assert facts["sex.loss_difference.high"] == 0.3
    assert facts["age.why"] == "no such column"


def test_what_a_model_refuses_is_counted_and_no_figure() -> None:
    refused = Interval(None, reason="the model refuses it")
    found = [
        Importance("rain", {SHUFFLED: SOME, MISSING: Interval(0.5)}),
        Importance("hour", {SHUFFLED: SOME, MISSING: refused}),
        Importance("", {NOISY: SOME}),
    ]
    facts = examinations.of_robustness(found, 500)
    assert (facts["missing_worst"], facts["refuses"], facts["missing.hour"]) == (0.5, 1, None)
    assert (facts["noisy"], facts["noisy.high"]) == (0.2, 0.3)
    assert examinations.of_robustness(found[1:2], 500)["missing_worst"] is None
