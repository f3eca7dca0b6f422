"""A rollout: a candidate answers in the shadow, then a growing share, then everything; or it goes.

    planned → shadow → canary 10 % → canary 50 % → live
                  └────────┴──────────────┴──────→ rolled back (unsafe), stopped (a person's word)

Pure: what a stage has shown goes in, what happens next comes out. A stage is judged as often as one
likes, with evidence that stays valid under looking (`stats/betting.py`):

- *safe*: surely (1 - alpha) not worse than live by more than the margin, mean loss of the same rows,
  and surely within the guards. A version that is not safe passes with probability at most alpha.
- *unsafe*: surely worse than the margin, or surely beyond a guard. All stages and tests of a rollout
  share one alpha, so a version that is safe is aborted with probability at most alpha.
"""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from tenure.core.accuracy import material, reach
from tenure.core.deployments import ABORT, PROMOTE, STOPPED, Rollout
from tenure.core.spec.values import CanaryPart, Spec
from tenure.core.stats.betting import above, below, share_above, share_below
from tenure.core.stats.losses import Floats
from tenure.core.versions import Version
from tenure.core.words import count, number, span

SLOWEST = 0.01
"""A guard on the 99th percentile: not more than so many answers may be slower."""

_TESTS = 3  # that may abort a stage: loss, errors, latency


@dataclass(frozen=True, slots=True)
class Seen:
    """What the candidate has shown since its stage began.

    `rows` were answered, by as many `answers` (requests); of these some failed, or were too slow.
    `harm` and `safety` are log evidence of the paired loss difference, candidate - live, being
    above and below the margin; `difference` is its mean over `pairs` rows.
    """

    rows: int = 0
    answers: int = 0
    failed: int = 0
    slow: int = 0  # of the answers, slower than the guard
    pairs: int = 0
    difference: float | None = None
    harm: float = 0.0
    safety: float = 0.0


class Move(StrEnum):
    """What happens to a candidate after a look."""

    HOLD = "hold"
    NEXT = "next"  # the next share
    LIVE = "live"
    ABORT = "abort"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What happens next, and why in words."""

    move: Move
    reason: str


def planned(spec: Spec, live: Version, version: Version) -> Rollout | None:
    """Return how the spec wants a promoted version to be tried against the live one, if at all."""
    shadow, canary = spec.rollout.shadow, spec.rollout.canary
    if shadow is None and canary is None:
        return None
    part = canary or CanaryPart(shares=())
    margin, far = _measures(spec, part.margin, live, version)
    return Rollout(
        shares=((0.0,) if shadow else ()) + part.shares,
        shadow_rows=shadow.rows if shadow else 0,
        at_most=part.at_most,
        otherwise=part.otherwise,
        margin=margin,
        reach=far,
        confidence=part.confidence,
        errors=part.errors,
        p99_ms=part.p99_ms,
    )


def experiment(
    spec: Spec, live: Version, version: Version, share: float, at_most: timedelta | None
) -> Rollout:
    """Return how a person tries a version: at one share, until somebody ends it; 0 is the shadow."""
    part = spec.rollout.canary or CanaryPart()
    margin, far = _measures(spec, part.margin, live, version)
    return Rollout(
        shares=(share,),
        until=STOPPED,
        at_most=at_most,
        otherwise=ABORT,
        margin=margin,
        reach=far,
        confidence=part.confidence,
        errors=part.errors,
        p99_ms=part.p99_ms if share else None,
    )


def _measures(
    spec: Spec, declared: float | None, live: Version, version: Version
) -> tuple[float, float]:
    """Return margin and reach, from what the live version lost on its holdout, else the new one."""
    known = (one.holdout_loss for one in (live, version) if one.holdout_loss is not None)
    baseline = next(known, 0.0)
    tolerated = declared if declared is not None else spec.monitor.tolerance
    return material(baseline, spec.metric, tolerated), reach(baseline, spec.metric)


def weigh(plan: Rollout, differences: Floats) -> tuple[float, float]:
    """Return log evidence of harm and of safety: paired row losses, candidate - live, [n]."""
    width = 2.0 * plan.reach
    values, bound = (differences + plan.reach) / width, (plan.margin + plan.reach) / width
    return above(values, bound), below(values, bound)


def decide(
    plan: Rollout, stage: int, seen: Seen, canary_at: datetime | None, at: datetime
) -> Verdict:
    """Judge a stage at business time `at`; `canary_at` is when clients got the first answer."""
    if trouble := _unsafe(plan, seen):
        return Verdict(Move.ABORT, trouble)
    if plan.until == STOPPED:
        return _experiment(plan, canary_at, at)
    if plan.shares[stage] == 0.0:
        if seen.rows < plan.shadow_rows:
            rows = count(plan.shadow_rows, "row")
            return Verdict(Move.HOLD, f"{seen.rows:,} of {rows} answered in the shadow")
        return Verdict(_onwards(plan, stage), f"{_shown(seen)} in the shadow")
    if missing := _unproven(plan, seen):
        over = plan.at_most is not None and canary_at is not None and at - canary_at >= plan.at_most
        return _overdue(plan, missing) if over else Verdict(Move.HOLD, missing)
    return Verdict(_onwards(plan, stage), f"safe: {_shown(seen)}")


def _onwards(plan: Rollout, stage: int) -> Move:
    return Move.NEXT if stage + 1 < len(plan.shares) else Move.LIVE


def _experiment(plan: Rollout, began: datetime | None, at: datetime) -> Verdict:
    if plan.at_most is not None and began is not None and at - began >= plan.at_most:
        return Verdict(Move.STOP, f"its {span(plan.at_most)} are over")
    return Verdict(Move.HOLD, "an experiment lasts until somebody ends it")


def _overdue(plan: Rollout, missing: str) -> Verdict:
    days = span(plan.at_most or timedelta())
    if plan.otherwise == PROMOTE:
        return Verdict(Move.LIVE, f"not unsafe after {days}; {missing}")
    return Verdict(Move.ABORT, f"not safe after {days}: {missing}")


def _unsafe(plan: Rollout, seen: Seen) -> str:
    """Return what is surely wrong; "" when nothing is."""
    bar = math.log(_TESTS * len(plan.shares) / (1.0 - plan.confidence))
    if plan.until != STOPPED and seen.harm >= bar:
        return f"{_loss(seen)}, surely more than {number(plan.margin)} worse"
    if plan.errors is not None and share_above(seen.failed, seen.answers, plan.errors) >= bar:
        return f"{seen.failed:,} of {seen.answers:,} failed; the guard is {plan.errors:.2%}"
    if plan.p99_ms is not None and share_above(seen.slow, seen.answers, SLOWEST) >= bar:
        return (
            f"{seen.slow:,} of {seen.answers:,} took longer than {plan.p99_ms:g} ms; "
            f"the guard is {SLOWEST:.0%}"
        )
    return ""


def _unproven(plan: Rollout, seen: Seen) -> str:
    """Return what is not yet surely right; "" when everything is."""
    bar = -math.log(1.0 - plan.confidence)
    if seen.safety < bar:
        return f"not yet surely within {number(plan.margin)} of live: {_loss(seen)}"
    if plan.errors is not None and share_below(seen.failed, seen.answers, plan.errors) < bar:
        return f"not yet surely below {plan.errors:.2%} errors: {seen.failed:,} of {seen.answers:,}"
    if plan.p99_ms is not None and share_below(seen.slow, seen.answers, SLOWEST) < bar:
        slow = f"{seen.slow:,} of {seen.answers:,} were slower"
        return f"not yet surely within {plan.p99_ms:g} ms at the 99th percentile: {slow}"
    return ""


def _shown(seen: Seen) -> str:
    return f"{_loss(seen)}; {seen.failed:,} of {count(seen.answers, 'answer')} failed"


def _loss(seen: Seen) -> str:
    if seen.difference is None:
        return "no labelled rows"
    word = "more" if seen.difference > 0 else "less"
    rows = count(seen.pairs, "labelled row")
    return f"loss {number(abs(seen.difference))} {word} than live's on {rows}"
