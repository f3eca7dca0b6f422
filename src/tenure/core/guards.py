"""Predicates about how much was seen, how faithful and cheap a model is, and when it may change.

As all of them: decided from recorded facts and business time, and what is not known is not met.
"""

from datetime import UTC, datetime, timedelta

from tenure.core.cases import (
    COMPARISON,
    EVALUATION,
    ORIGIN,
    Answer,
    Case,
    figure,
    figures,
    in_force,
    unknown,
)
from tenure.core.evidence import Evidence
from tenure.core.metrics import higher_is_better
from tenure.core.parameters import Param, Params, Predicate, Tighter
from tenure.core.tests import TESTS
from tenure.core.words import count, number

PARITY, COST = "parity", "cost"
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = 24


def _seen(kind: str, params: Params, case: Case) -> Answer:
    """Hold rows and days of an evaluation or a comparison to what is asked."""
    found = case.newest(kind)
    if isinstance(found, Answer):
        return found
    if kind == COMPARISON and "champion" in found.facts and found.facts["champion"] is None:
        return Answer(passed=True, text="no champion yet")
    seen = figures(found, "rows", "days")
    if isinstance(seen, Answer):
        return seen
    rows, days = seen
    least, needed = int(params["least"]), int(params["days"])
    asked = f"{count(least, 'row')} on {count(needed, 'day')}"
    text = f"the {kind} saw {count(int(rows), 'row')} on {count(int(days), 'day')}"
    return Answer(rows >= least and days >= needed, f"{text}, at least {asked} are required")


def against_baseline(params: Params, case: Case) -> tuple[str, float, float] | Answer:
    """Return the metric that is asked for, or the evaluation's, its value and the baseline's."""
    evaluation = case.newest(EVALUATION)
    if isinstance(evaluation, Answer):
        return evaluation
    metric = str(params["metric"] or evaluation.facts.get("metric") or "metric")
    found = figures(evaluation, metric, f"baseline.{metric}")
    return found if isinstance(found, Answer) else (metric, found[0], found[1])


def _skill(params: Params, case: Case) -> Answer:
    """(value - baseline) / (perfect - baseline), Murphy 1988; perfect is 0 for losses, else 1."""
    found = against_baseline(params, case)
    if isinstance(found, Answer):
        return found
    metric, value, baseline = found
    perfect = 1.0 if higher_is_better(metric) else 0.0
    if perfect == baseline:
        return Answer(passed=False, text=f"a constant answer has a perfect {metric} already")
    share, needed = (value - baseline) / (perfect - baseline), float(params["share"])
    text = f"{metric} goes {share:.1%} of the way from the baseline to perfect"
    return Answer(share >= needed, f"{text}, at least {needed:.1%} are required")


def _made_elsewhere(kind: str, case: Case) -> Evidence | Answer:
    """Return the evidence about what was handed in; what was trained here passes, once it is judged."""
    if not any(one.kind == ORIGIN for one in case.evidence):
        evaluation = case.newest(EVALUATION)
        is_ours = Answer(passed=True, text="it was trained here")
        return evaluation if isinstance(evaluation, Answer) else is_ours
    return _newest(kind, case)


def _newest(kind: str, case: Case) -> Evidence | Answer:
    valid = [one for one in case.evidence if one.kind == kind and in_force(one, case.now)]
    if not valid:
        return Answer(passed=False, text=f"there is no {kind} of this version in force")
    return max(valid, key=lambda one: one.made_at)


def _faithful(params: Params, case: Case) -> Answer:
    found = _made_elsewhere(PARITY, case)
    if isinstance(found, Answer):
        return found
    seen = figures(found, "max_difference", "label_flips")
    if isinstance(seen, Answer):
        return seen
    apart, flips = seen
    limit = float(params["max_difference"])
    text = f"answers lie {apart:.2g} from the original's, with {count(int(flips), 'other label')}"
    return Answer(apart <= limit and flips == 0, f"{text}; {limit:.2g} is allowed, and none other")


def _affordable(params: Params, case: Case) -> Answer:
    found = _made_elsewhere(COST, case)
    if isinstance(found, Answer):
        return found
    seen = figures(found, "row_micros", "bytes")
    if isinstance(seen, Answer):
        return seen
    micros, size = seen
    most, mib = float(params["micros"]), float(params["mib"])
    text = f"a row takes {number(micros)} µs, the files {number(size / 1024**2)} MiB"
    passed = micros <= most and size <= mib * 1024**2
    return Answer(passed, f"{text}; {number(most)} µs and {number(mib)} MiB are allowed")


def _present(params: Params, case: Case) -> Answer:
    found = _newest(str(params["kind"]), case)
    if isinstance(found, Answer):
        return found
    return Answer(passed=True, text=f"the {found.kind} was made {found.made_at:%Y-%m-%d %H:%M} UTC")


def _bounded(params: Params, case: Case, *, least: bool) -> Answer:
    found = _newest(str(params["kind"]), case)
    if isinstance(found, Answer):
        return found
    name, limit = str(params["fact"]), float(params["value"])
    value = figure(found, name)
    if value is None:
        return unknown(name, found)
    side = "at least" if least else "at most"
    passed = value >= limit if least else value <= limit
    text = f"{name} of the {found.kind} is {number(value)}, {side} {number(limit)} is required"
    return Answer(passed, text)


def _tested(params: Params, case: Case) -> Answer:
    found = _newest(TESTS, case)
    if isinstance(found, Answer):
        how = "CI brings them: tenure test import"
        return Answer(passed=False, text=f"no tests of this version are in force; {how}")
    seen = figures(found, "tests", "failed", "errors")
    if isinstance(seen, Answer):
        return seen
    tests, failed, errors = (int(one) for one in seen)
    commit = str(found.facts.get("commit") or "")[:12]
    text = f"{failed + errors} of {count(tests, 'test')} failed{f' at {commit}' if commit else ''}"
    least, most = int(params["least"]), int(params["failed"])
    asked = f"{count(least, 'test')} and at most {most} failed ones are asked for"
    return Answer(tests >= least and failed + errors <= most, f"{text}; {asked}")


def _fact_min(params: Params, case: Case) -> Answer:
    return _bounded(params, case, least=True)


def _fact_max(params: Params, case: Case) -> Answer:
    return _bounded(params, case, least=False)


def _judged(params: Params, case: Case) -> Answer:
    return _seen(EVALUATION, params, case)


def _compared(params: Params, case: Case) -> Answer:
    return _seen(COMPARISON, params, case)


def _freeze(params: Params, case: Case) -> Answer:
    try:
        since, until = (
            datetime.strptime(str(params[name]), "%Y-%m-%d").replace(tzinfo=UTC)
            for name in ("since", "until")
        )
    except ValueError:
        text = f"{params['since']} to {params['until']} are no days of the calendar"
        return Answer(passed=False, text=text)
    if since >= until:
        return Answer(passed=False, text=f"the freeze ends before it begins ({params['until']})")
    frozen = since <= case.now < until
    verb = "nothing changes" if frozen else "changes are allowed but"
    return Answer(not frozen, f"{verb} from {params['since']} until {params['until']}")


def _window(params: Params, case: Case) -> Answer:
    first, _, last = str(params["weekdays"]).partition("-")
    days = WEEK[WEEK.index(first) : WEEK.index(last or first) + 1]
    since, until = int(params["from_hour"]), int(params["until_hour"])
    now = case.now.astimezone(UTC)
    begun = now - now.replace(hour=0, minute=0, second=0, microsecond=0)
    inside = timedelta(hours=since) <= begun < timedelta(hours=until)
    text = f"it is {WEEK[now.weekday()]} {now:%H:%M} UTC, changes are made {params['weekdays']}"
    return Answer(inside and WEEK[now.weekday()] in days, f"{text} {since}:00 to {until}:00")


def _day(name: str) -> Param:
    pattern, rule = r"\d{4}-\d\d-\d\d", "must be a day, as 2026-12-20"
    return Param(name, "text", pattern=pattern, rule=rule)


def _rows(least: int) -> tuple[Param, Param]:
    return (
        Param("least", "count", least, 1, tighter=Tighter.UP),
        Param("days", "count", 1, 1, tighter=Tighter.UP),
    )


_WEEKDAYS = "|".join(WEEK)
_KIND = Param("kind", "text", pattern="[a-z_]+", rule="must name a kind of evidence")
_FACT = Param("fact", "text", pattern=r"[A-Za-z0-9_.]+", rule="must name a figure")
GUARDS = (
    Predicate("rows_judged", "the holdout has enough rows and days", _rows(100), _judged),
    Predicate(
        "rows_compared",
        "candidate and champion were compared on enough rows and days",
        _rows(100),
        _compared,
    ),
    Predicate(
        "skill_min",
        "the metric goes far enough from a constant answer's to a perfect one's",
        (Param("metric", "text", ""), Param("share", "number", None, 0.0, 1.0, Tighter.UP)),
        _skill,
    ),
    Predicate(
        "faithful",
        "what was made elsewhere answers as its original does; what was trained here passes",
        (Param("max_difference", "number", 1e-5, 0.0, tighter=Tighter.DOWN),),
        _faithful,
    ),
    Predicate(
        "affordable",
        "what was made elsewhere is fast and small enough; what was trained here passes",
        (
            Param("micros", "number", 1000.0, 0.0, tighter=Tighter.DOWN),
            Param("mib", "number", 100.0, 0.0, tighter=Tighter.DOWN),
        ),
        _affordable,
    ),
    Predicate("evidence_present", "evidence of a kind is there and in force", (_KIND,), _present),
    Predicate(
        "fact_min",
        "a figure of any evidence is at least a value",
        (_KIND, _FACT, Param("value", "number", tighter=Tighter.UP)),
        _fact_min,
    ),
    Predicate(
        "fact_max",
        "a figure of any evidence is at most a value",
        (_KIND, _FACT, Param("value", "number", tighter=Tighter.DOWN)),
        _fact_max,
    ),
    Predicate(
        "tests_passed",
        "the newest run of the model's tests that its CI brought has enough of them, and none that failed",
        (
            Param("least", "count", 1, 1, tighter=Tighter.UP),
            Param("failed", "count", 0, 0, tighter=Tighter.DOWN),
        ),
        _tested,
    ),
    Predicate(
        "freeze",
        "business time is outside of the days on which nothing is to change; a race that ends within "
        "them is refused",
        (_day("since"), _day("until")),
        _freeze,
    ),
    Predicate(
        "change_window",
        "business time is within the hours of the week in which changes are made; a race that ends "
        "outside of them is refused",
        (
            Param(
                "weekdays",
                "text",
                "mon-fri",
                pattern=f"({_WEEKDAYS})(-({_WEEKDAYS}))?",
                rule="must be days, as mon-fri",
            ),
            Param("from_hour", "count", 8, 0, _HOURS, Tighter.UP),
            Param("until_hour", "count", 17, 0, _HOURS, Tighter.DOWN),
        ),
        _window,
    ),
)
