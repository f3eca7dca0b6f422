"""The predicates that a clause may require, decided from evidence. Fail closed.

A predicate compares recorded facts with its parameters and says so in one sentence with the
numbers. It never computes a fact: a missing, expired or non-finite one is not met.
"""

import math
from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType

from tenure.core.approvals import WORDS
from tenure.core.cases import (
    COMPARISON,
    EVALUATION,
    HOW,
    ORIGIN,
    Answer,
    Case,
    figure,
    in_force,
    unknown,
    why_not,
)
from tenure.core.evidence import Evidence
from tenure.core.guards import GUARDS, against_baseline
from tenure.core.metrics import higher_is_better
from tenure.core.parameters import Param, Params, Predicate, Tighter
from tenure.core.vouching import approvals, approvers, validated
from tenure.core.words import count, number, span


def _beats_baseline(params: Params, case: Case) -> Answer:
    found = against_baseline(params, case)
    if isinstance(found, Answer):
        return found
    metric, value, baseline = found
    gain = value - baseline if higher_is_better(metric) else baseline - value
    verb = "beats" if gain > float(params["margin"]) else "does not beat"
    margin = f" by more than {number(float(params['margin']))}" if params["margin"] else ""
    text = f"{metric} {number(value)} {verb} the baseline's {number(baseline)}{margin}"
    return Answer(gain > float(params["margin"]), text)


def _bound(params: Params, case: Case, *, least: bool) -> Answer:
    evaluation = case.newest(EVALUATION)
    if isinstance(evaluation, Answer):
        return evaluation
    metric, limit = str(params["metric"]), float(params["value"])
    value = figure(evaluation, metric)
    if value is None:
        return unknown(metric, evaluation)
    side = "at least" if least else "at most"
    passed = value >= limit if least else value <= limit
    return Answer(passed, f"{metric} is {number(value)}, {side} {number(limit)} is required")


def _metric_min(params: Params, case: Case) -> Answer:
    return _bound(params, case, least=True)


def _metric_max(params: Params, case: Case) -> Answer:
    return _bound(params, case, least=False)


def _comparison(params: Params, case: Case) -> Evidence | Answer:
    """Return the newest comparison at the asked confidence, or at the next higher one."""
    newest = case.newest(COMPARISON)
    if isinstance(newest, Answer) or _first(newest):
        return newest
    asked = float(params["confidence"])
    sure = {
        confidence: one
        for one in case.evidence
        if one.kind == COMPARISON and one.made_at == newest.made_at
        if (confidence := figure(one, "confidence")) is not None and confidence >= asked
    }
    if not sure:
        text = f"no comparison was made at a confidence of {asked:g}; {HOW[COMPARISON]}"
        return Answer(passed=False, text=text)
    return sure[min(sure)]


def _first(comparison: Evidence) -> bool:
    """Return whether it is recorded that there was no champion to compare with."""
    return "champion" in comparison.facts and comparison.facts["champion"] is None


def _against_champion(params: Params, case: Case, *, better: bool) -> Answer:
    found = _comparison(params, case)
    if isinstance(found, Answer):
        return found
    if _first(found):
        return Answer(passed=True, text="no champion yet")
    names = ("difference", "low", "high", *(["champion_loss"] if params["margin_share"] else []))
    figures = {name: figure(found, name) for name in names}
    values = {name: value for name, value in figures.items() if value is not None}
    if absent := [name for name in names if name not in values]:
        return unknown(absent[0], found)
    share = float(params["margin_share"]) * values.get("champion_loss", 0.0)
    margin = float(params["margin"]) + share
    passed = values["high"] < -margin if better else values["high"] <= margin
    need = f"a gain above {number(margin)} is required" if better else f"margin {number(margin)}"
    return Answer(passed, f"{_compared(found, values)}, {need}")


def _gains(params: Params, case: Case) -> Answer:
    """Compare means only: how sure it is, the other clauses ask."""
    found = case.newest(COMPARISON)
    if isinstance(found, Answer):
        return found
    if _first(found):
        return Answer(passed=True, text="no champion yet")
    difference = figure(found, "difference")
    if difference is None:
        return unknown("difference", found)
    passed = difference < -float(params["margin"])
    need = number(float(params["margin"]))
    than = f"{_change(found, difference, number(abs(difference)))} on average"
    return Answer(passed, f"{than}{'' if passed else f', a gain above {need} is required'}")


def _compared(comparison: Evidence, values: Mapping[str, float]) -> str:
    loses = values["difference"] > 0
    sign = 1.0 if loses else -1.0
    low, high = sorted((sign * values["low"], sign * values["high"]))
    size = f"{number(abs(values['difference']))} ({number(low)} to {number(high)})"
    over = [
        count(int(amount), noun)
        for noun in ("day", "row")
        if (amount := figure(comparison, f"{noun}s")) is not None
    ]
    where = f" over {' and '.join(over)}" if over else ""
    return f"{_change(comparison, values['difference'], size)}{where}"


def _change(comparison: Evidence, difference: float, size: str) -> str:
    version = comparison.facts.get("champion")
    if difference > 0:
        return f"candidate loses {size} to version {version}"
    return f"candidate gains {size} on version {version}"


def _not_worse(params: Params, case: Case) -> Answer:
    return _against_champion(params, case, better=False)


def _better(params: Params, case: Case) -> Answer:
    return _against_champion(params, case, better=True)


def _fresh(params: Params, case: Case) -> Answer:
    """Look at the newest evidence of each kind that was measured; approvals expire by themselves."""
    newest: dict[str, Evidence] = {}
    for one in sorted(case.evidence, key=lambda one: one.made_at):
        if one.kind not in WORDS:
            newest[one.kind] = one
    if not newest:
        return Answer(passed=False, text=f"there is no evidence at all; {HOW[EVALUATION]}")
    limit = timedelta(days=float(params["max_age_days"]))
    for kind, one in sorted(newest.items()):
        if not in_force(one, case.now):
            return Answer(passed=False, text=f"the {kind} {why_not(one, case.now)}")
        if case.now - one.made_at > limit:
            age = span(case.now - one.made_at)
            return Answer(passed=False, text=f"the {kind} is {age} old, {span(limit)} is allowed")
    oldest = span(case.now - min(one.made_at for one in newest.values()))
    return Answer(
        passed=True, text=f"the oldest evidence is {oldest} old, {span(limit)} is allowed"
    )


def _unseen(_: Params, case: Case) -> Answer:
    """Trust the maker's word, dated before the holdout; else a person has to vouch for it."""
    origin = case.newest(ORIGIN)
    if isinstance(origin, Answer):
        return origin
    until, since = origin.facts.get("trained_until"), origin.facts.get("holdout_from")
    if origin.facts.get("unseen") == "yes":
        return Answer(
            passed=True, text=f"trained on rows until {until}, judged on rows since {since}"
        )
    said = (
        "nobody has said until when its training rows reach"
        if until is None
        else f"its training rows reach to {until}, the rows it is judged on begin at {since}"
    )
    if who := approvers(case):
        return Answer(passed=True, text=f"{said}; {who} approved it all the same")
    return Answer(passed=False, text=f"{said}; a person has to approve it", waiting=True)


_METRIC = Param("metric", "text")
_CONFIDENCE = Param("confidence", "number", 0.95, 0.5, 0.9999, Tighter.UP)


def _margin(default: float, tighter: Tighter, low: float = 0.0) -> Param:
    return Param("margin", "number", default, low, tighter=tighter)


def _share(tighter: Tighter) -> Param:
    return Param("margin_share", "number", 0.0, 0.0, 1.0, tighter)


_ALL = (
    Predicate(
        "beats_baseline",
        "the metric on the holdout is better than that of a constant answer",
        (Param("metric", "text", ""), _margin(0.0, Tighter.UP, -math.inf)),
        _beats_baseline,
    ),
    Predicate(
        "metric_min",
        "a metric on the holdout is at least a value",
        (_METRIC, Param("value", "number", tighter=Tighter.UP)),
        _metric_min,
    ),
    Predicate(
        "metric_max",
        "a metric on the holdout is at most a value",
        (_METRIC, Param("value", "number", tighter=Tighter.DOWN)),
        _metric_max,
    ),
    Predicate(
        "not_worse_than_champion",
        "at the confidence, the mean loss exceeds the champion's by at most the margin",
        (_margin(0.002, Tighter.DOWN), _share(Tighter.DOWN), _CONFIDENCE),
        _not_worse,
    ),
    Predicate(
        "better_than_champion",
        "at the confidence, the mean loss is below the champion's by more than the margin",
        (_margin(0.0, Tighter.UP), _share(Tighter.UP), _CONFIDENCE),
        _better,
    ),
    Predicate(
        "gains_on_champion",
        "the mean loss is below the champion's by more than the margin",
        (_margin(0.0, Tighter.UP),),
        _gains,
    ),
    Predicate(
        "evidence_fresh",
        "everything that was measured is young enough and has not expired",
        (Param("max_age_days", "number", 30, 0.0, 36_500.0, Tighter.DOWN),),
        _fresh,
    ),
    Predicate(
        "holdout_unseen",
        "what was made elsewhere was trained on rows older than those it is judged on, or somebody "
        "approves it",
        (),
        _unseen,
    ),
    Predicate(
        "approvals",
        "so many distinct people, none of them an author or a validator, have approved what is to be "
        "decided now, and nobody has denied it",
        (
            Param("count", "count", 1, 1, tighter=Tighter.UP),
            Param("role", "text", "", tighter=Tighter.NARROW),
        ),
        approvals,
    ),
    Predicate(
        "validated",
        "a validator who is no author has vouched for what is to be decided now",
        (),
        validated,
    ),
    *GUARDS,
)
PREDICATES: Mapping[str, Predicate] = MappingProxyType({one.name: one for one in _ALL})
"""Every predicate by name."""
