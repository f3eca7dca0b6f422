"""Judging a stage: what is proven goes on, what is harmful goes, and neither by chance."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.deployments import PROMOTE, STOPPED, Rollout
from tenure.core.models import Task
from tenure.core.rollout import Move, Seen, decide, experiment, planned, weigh
from tenure.core.signatures import Signature
from tenure.core.spec.parse import parse, specs
from tenure.core.spec.values import Spec
from tenure.core.versions import Assurance, Version

AT = datetime(2024, 1, 10, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
PLAN = Rollout(
    shares=(0.0, 0.1, 0.5),
    shadow_rows=100,
    at_most=7 * DAY,
    margin=0.02,
    reach=3.0,
    errors=0.01,
    p99_ms=30.0,
)
GOOD = Seen(
    rows=2000,
    answers=2000,
    failed=0,
    slow=0,
    pairs=2000,
    difference=-0.01,
    harm=-9.0,
    safety=9.0,
)


def seen(**changes: float) -> Seen:
    return replace(GOOD, **changes)  # type: ignore[arg-type]  # numbers for numbers


def move(found: Seen, *, stage: int = 1, plan: Rollout = PLAN, after: timedelta = HOUR) -> Move:
    return decide(plan, stage, found, AT - after, AT).move


def test_what_is_safe_goes_on_and_at_the_last_share_live() -> None:
    assert [move(GOOD, stage=stage) for stage in (0, 1, 2)] == [Move.NEXT, Move.NEXT, Move.LIVE]
    assert (
        "safe: loss 0.0100 less than live's on 2,000 labelled rows"
        in decide(PLAN, 2, GOOD, AT, AT).reason
    )


def test_the_shadow_waits_for_its_rows_and_for_no_labels() -> None:
    assert move(seen(rows=99), stage=0) is Move.HOLD
    assert move(Seen(rows=100, answers=100), stage=0) is Move.NEXT


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"safety": 1.0}, "within 0.0200 of live"),
        ({"failed": 15}, "below 1.00% errors: 15 of 2,000"),
        ({"slow": 15}, "within 30 ms at the 99th percentile"),
        ({"answers": 50}, "below 1.00% errors"),
    ],
)
def test_a_share_holds_while_anything_is_not_proven(changes: dict[str, float], words: str) -> None:
    verdict = decide(PLAN, 1, seen(**changes), AT - HOUR, AT)
    assert verdict.move is Move.HOLD
    assert words in verdict.reason


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"harm": 6.0, "difference": 0.3}, "surely more than 0.0200 worse"),
        ({"failed": 60}, "60 of 2,000 failed; the guard is 1.00%"),
        ({"slow": 60}, "60 of 2,000 took longer than 30 ms"),
    ],
)
@pytest.mark.parametrize("stage", [0, 1, 2])
def test_what_is_surely_wrong_is_taken_back_at_any_stage(
    changes: dict[str, float], words: str, stage: int
) -> None:
    verdict = decide(PLAN, stage, seen(**changes), AT - HOUR, AT)
    assert verdict.move is Move.ABORT
    assert words in verdict.reason


def test_when_its_time_is_over_what_is_not_proven_ends_as_the_spec_says() -> None:
    open_question = seen(safety=0.0)
    assert move(open_question, after=7 * DAY - HOUR) is Move.HOLD
    assert move(open_question, after=7 * DAY) is Move.ABORT
    late = replace(PLAN, otherwise=PROMOTE)
    assert move(open_question, plan=late, after=7 * DAY) is Move.LIVE
    assert move(seen(harm=9.0), plan=late, after=7 * DAY) is Move.ABORT


def test_an_experiment_lasts_until_somebody_ends_it_or_a_guard_does() -> None:
    plan = Rollout(shares=(0.5,), until=STOPPED, at_most=3 * DAY, margin=0.02, errors=0.01)
    assert move(GOOD, stage=0, plan=plan) is Move.HOLD
    assert move(seen(harm=99.0), stage=0, plan=plan) is Move.HOLD  # it is what one wants to know
    assert move(seen(failed=60), stage=0, plan=plan) is Move.ABORT
    assert move(GOOD, stage=0, plan=plan, after=3 * DAY) is Move.STOP


@given(
    st.builds(
        Seen,
        rows=st.integers(0, 10**6),
        answers=st.integers(0, 10**6),
        pairs=st.integers(0, 10**6),
        difference=st.none() | st.floats(-3, 3),
        harm=st.floats(-50, 50),
        safety=st.floats(-50, 50),
    ),
    st.integers(0, 2),
    st.timedeltas(timedelta(), 9 * DAY),
)
def test_only_the_last_share_leads_to_live_and_every_verdict_has_its_reason(
    found: Seen, stage: int, after: timedelta
) -> None:
    verdict = decide(PLAN, stage, found, AT - after, AT)
    assert verdict.reason
    if verdict.move is Move.LIVE:
        assert stage == 2
        assert found.safety >= math.log(20)
    assert verdict.move is not Move.STOP


def passes(random: np.random.Generator, difference: float) -> Move:
    """Live through one share with labels coming in hundreds: what becomes of it?"""
    rows = random.normal(difference, 0.15, size=3000)
    for n in range(100, len(rows) + 1, 100):
        harm, safety = weigh(PLAN, rows[:n])
        answers = seen(pairs=n, difference=float(rows[:n].mean()), harm=harm, safety=safety)
        if (found := move(answers, stage=2)) is not Move.HOLD:
            return found
    return Move.HOLD


def test_a_harmful_version_hardly_ever_passes_and_a_harmless_one_is_hardly_ever_taken_back() -> (
    None
):
    """At the edge of the margin, where both are hardest, looking after every hundred rows."""
    random = np.random.default_rng(4)
    edge = [passes(random, PLAN.margin) for _ in range(100)]
    most = 0.05 + 2 * math.sqrt(0.05 * 0.95 / 100)
    assert edge.count(Move.LIVE) / 100 <= most
    assert edge.count(Move.ABORT) / 100 <= most
    better = [passes(random, -0.02) for _ in range(20)]
    worse = [passes(random, 0.3) for _ in range(20)]
    assert better.count(Move.LIVE) == 20
    assert worse.count(Move.ABORT) == 20


SPEC = """
spec = 1
[model]
tenant = "DL"
name = "late"
task = "binary"
[data]
source = "a.csv"
target = "late"
"""


def spec_with(text: str = "") -> Spec:
    (found,) = specs(parse(SPEC + 'time = "at"\n' + text, "tenure.toml"))
    return found


def version(loss: float | None) -> Version:
    signature = Signature(Task.BINARY, (), "late", ("no", "yes"))
    files = {"a": "sha256:1"}
    return Version(
        "DL", "late", 2, "d", Assurance.APPROVED, "linear", files, signature, "r", "s", AT, loss
    )


def test_without_the_tables_nothing_is_tried() -> None:
    assert planned(spec_with(), version(0.4), version(0.3)) is None


def test_the_tables_say_how_and_the_monitor_what_matters() -> None:
    both = "[rollout.shadow]\nrows = 7\n[rollout.canary]\nguard = { errors = 0.02, p99_ms = 9 }\n"
    plan = planned(spec_with(both), version(0.4), version(0.3))
    assert plan is not None
    assert (plan.shares, plan.shadow_rows, plan.at_most) == ((0.0, 0.1, 0.5), 7, 7 * DAY)
    assert (plan.errors, plan.p99_ms, plan.otherwise) == (0.02, 9.0, "abort")
    assert plan.margin == pytest.approx(0.02)  # 5 % of live's loss
    assert plan.reach == 3.0
    told = planned(spec_with(both + "[monitor]\ntolerance = 0.07\n"), version(0.4), version(0.3))
    assert told is not None
    assert told.margin == 0.07


def test_a_shadow_alone_leads_straight_to_live() -> None:
    plan = planned(spec_with("[rollout.shadow]\nrows = 7\n"), version(None), version(0.3))
    assert plan is not None
    assert plan.shares == (0.0,)
    assert decide(plan, 0, Seen(rows=7, answers=7), None, AT).move is Move.LIVE


def test_an_experiment_has_one_share_and_the_specs_guards() -> None:
    guarded = spec_with("[rollout.canary]\nguard = { p99_ms = 9 }\n")
    plan = experiment(guarded, version(0.4), version(0.3), 0.5, None)
    assert (plan.shares, plan.until, plan.p99_ms) == ((0.5,), "stopped", 9.0)
    assert experiment(guarded, version(0.4), version(0.3), 0.0, None).p99_ms is None
