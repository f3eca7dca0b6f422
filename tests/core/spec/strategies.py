"""Specs at random, all of them right: what the parser must accept and write back."""

import re
from datetime import timedelta

from hypothesis import strategies as st

from tenure.core.columns import Column, ColumnType
from tenure.core.deployments import RESERVED
from tenure.core.limits import Limits
from tenure.core.lookups import Lookup, Value
from tenure.core.metrics import METRICS, judging
from tenure.core.models import Task
from tenure.core.outcomes import OVERFLOWS
from tenure.core.policies import Clause
from tenure.core.predicates import PREDICATES
from tenure.core.recipes import ELSEWHERE, RECIPES, RecipeParam
from tenure.core.spec.durations import format_duration
from tenure.core.spec.values import (
    UNTIMED_WINDOWS,
    CanaryPart,
    DataPart,
    GatePart,
    LabelsPart,
    Lane,
    ModelPart,
    MonitorPart,
    RetirePart,
    RetrainPart,
    RolloutPart,
    ServePart,
    ShadowPart,
    Spec,
    SqlSource,
    TrainPart,
)

CLAUSE_TEXTS = ("2026-12-20", "mon-fri", "parity")
"""Something for every text that a clause takes."""
NAMES = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True)
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=20)
WORDS = TEXTS.filter(bool)
SPANS = st.integers(1, 10**6).map(lambda seconds: timedelta(seconds=seconds))
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
COLUMNS = st.sampled_from(["late", "origin", "wind gust", "höhe", "a.b", "x/y", "dist", "at", "id"])

TRAINING = [name for name in RECIPES if name != ELSEWHERE]


def ordered(items: list[Clause] | list[Column] | list[Lane]) -> tuple[object, ...]:
    return tuple(sorted(items, key=lambda one: one.name))


@st.composite
def clauses(draw: st.DrawFn, task: Task) -> Clause:
    predicate = draw(st.sampled_from(list(PREDICATES.values())))
    params: dict[str, float | int | str] = {}
    for param in predicate.params:
        if param.default is not None and draw(st.booleans()):
            continue
        if param.name == "metric":
            fitting = [one.name for one in METRICS.values() if task in one.tasks]
            params["metric"] = draw(st.sampled_from(fitting))
        elif param.name == "role":
            params["role"] = draw(st.sampled_from(["approver", "admin"]))
        elif param.name.endswith("_days"):
            params[param.name] = draw(SPANS) / timedelta(days=1)
        elif param.kind == "count":
            params[param.name] = draw(st.integers(int(param.low), int(min(param.high, 9))))
        elif param.kind == "text":
            fitting = [one for one in CLAUSE_TEXTS if re.fullmatch(param.pattern, one)]
            params[param.name] = draw(st.sampled_from(fitting))
        else:
            low, high = max(param.low, -1e9), min(param.high, 1e9)
            params[param.name] = draw(st.floats(low, high))
    name = draw(NAMES.filter(lambda name: name not in {"holdout", "valid_for", "mode"}))
    return Clause(name, predicate.name, params)


def param(one: RecipeParam) -> st.SearchStrategy[str | int | float]:
    if one.words:
        return st.sampled_from(one.words)
    return st.integers(int(one.low), int(one.high)) if one.whole else st.floats(one.low, one.high)


@st.composite
def trains(draw: st.DrawFn, *, timed: bool) -> TrainPart:
    spans = SPANS.map(format_duration) | st.just("all")
    windows = draw(st.lists(spans, min_size=1, max_size=3, unique=True))
    recipe = draw(st.sampled_from(TRAINING))
    chosen = draw(st.lists(st.sampled_from(list(RECIPES[recipe].values())), max_size=3))
    return TrainPart(
        recipe=recipe,
        windows=tuple(windows) if timed else UNTIMED_WINDOWS,
        params={one.name: draw(param(one)) for one in chosen},
        seed=draw(st.integers(0, 2**31 - 1)),
        refit=draw(st.booleans()),
        minutes=draw(st.floats(0.001, 1440)),
        memory_bytes=draw(st.integers(64 * 1024**2, 2**40)),
    )


@st.composite
def gates(draw: st.DrawFn, task: Task) -> GatePart:
    found = draw(st.lists(clauses(task), max_size=3, unique_by=lambda one: one.name))
    return GatePart(
        clauses=ordered(found),  # type: ignore[arg-type]  # clauses go in and come out
        mode=draw(st.sampled_from(["prevent", "warn", "observe"])),
        holdout=draw(SPANS),
        valid_for=draw(SPANS),
    )


@st.composite
def retrains(draw: st.DrawFn, *, challenger: bool) -> RetrainPart:
    limited = draw(st.booleans())
    return RetrainPart(
        on=() if challenger or draw(st.booleans()) else ("finding:accuracy",),
        schedule=draw(st.none() | st.sampled_from(["0 3 1 * *", "*/5 * * * 1-5"])),
        cool_down=draw(SPANS),
        promotions=draw(st.integers(1, 100)) if limited else None,
        promotions_per=draw(SPANS) if limited else timedelta(days=30),
    )


@st.composite
def features(draw: st.DrawFn, name: str) -> Column:
    kind = draw(st.sampled_from(list(ColumnType)))
    is_number = kind in {ColumnType.FLOAT, ColumnType.INT, ColumnType.TIME}
    low, high = sorted([draw(NUMBERS), draw(NUMBERS)])
    levels = draw(st.lists(WORDS, max_size=3, unique=True)) if kind is ColumnType.CATEGORY else []
    return Column(
        name=name,
        type=kind,
        nulls=draw(st.booleans()),
        levels=tuple(levels),
        unit=draw(TEXTS),
        min=low if is_number and draw(st.booleans()) else None,
        max=high if is_number and draw(st.booleans()) else None,
    )


@st.composite
def canaries(draw: st.DrawFn) -> CanaryPart:
    shares = st.lists(st.floats(0.001, 1), min_size=1, max_size=4, unique=True)
    return CanaryPart(
        shares=tuple(sorted(draw(shares))),
        at_most=draw(SPANS),
        otherwise=draw(st.sampled_from(["abort", "promote"])),
        margin=draw(st.none() | st.floats(0.001, 10)),
        confidence=draw(st.floats(0.5, 0.9999)),
        errors=draw(st.none() | st.floats(0.001, 1)),
        p99_ms=draw(st.none() | st.floats(0.001, 1000)),
    )


def rollouts() -> st.SearchStrategy[RolloutPart]:
    shadow = st.builds(ShadowPart, st.integers(1, 10**6))
    return st.builds(RolloutPart, st.none() | shadow, st.none() | canaries())


@st.composite
def specs(draw: st.DrawFn) -> Spec:
    task = draw(st.sampled_from(list(Task)))
    names = draw(st.permutations(draw(st.lists(COLUMNS, min_size=5, max_size=9, unique=True))))
    target, time, key, event, *rest = names
    timed = draw(st.booleans())
    lanes = draw(
        st.lists(NAMES.filter(lambda one: one not in RESERVED), max_size=2, unique=True).map(sorted)
    )
    columns = [draw(features(name)) for name in rest]
    labelled = draw(labels(event))
    kept = st.none() | SPANS.map(lambda one: labelled.final_after + one)
    return Spec(
        model=ModelPart(
            tenant=draw(NAMES),
            name=draw(NAMES),
            task=task,
            metric=draw(st.sampled_from(["", *judging(task)])),
            tier=draw(WORDS),
            owner=draw(TEXTS),
            purpose=draw(TEXTS),
        ),
        data=DataPart(
            source=draw(WORDS.filter(lambda one: "://" not in one)),
            target=target,
            time=time if timed else None,
            key=(key,) if draw(st.booleans()) else (),
        ),
        labels=labelled,
        features=ordered(columns),  # type: ignore[arg-type]  # columns go in and come out
        train=draw(trains(timed=timed)),
        gate=draw(gates(task)),
        serve=draw(serves()),
        monitor=MonitorPart(draw(st.floats(0.001, 1000)), draw(st.none() | st.floats(0.001, 10))),
        retrain=draw(retrains(challenger=False)),
        retire=RetirePart(draw(kept), draw(st.none() | SPANS)),
        rollout=draw(rollouts()),
        challengers=tuple(
            Lane(
                name,
                draw(trains(timed=timed)),
                draw(gates(task)),
                draw(retrains(challenger=True)),
            )
            for name in lanes
        ),
    )


def serves() -> st.SearchStrategy[ServePart]:
    limits = st.builds(
        Limits,
        rate=st.none() | st.floats(0.001, 1e6),
        concurrent=st.none() | st.integers(1, 10**6),
        payload_bytes=st.none() | st.integers(1, 1 << 40),
    )
    return st.builds(
        ServePart,
        log=st.sampled_from(["async", "durable"]),
        overflow=st.sampled_from(OVERFLOWS),
        resident=st.booleans(),
        limits=limits,
        lookups=st.lists(lookups(), max_size=1).map(tuple),
    )


@st.composite
def lookups(draw: st.DrawFn) -> Lookup:
    """Look-ups of columns that no spec of ours names otherwise."""
    in_redis = draw(st.booleans())
    names = draw(st.lists(st.sampled_from(["plan", "days", "größe"]), min_size=1, unique=True))
    values: st.SearchStrategy[Value] = (
        st.integers(-9, 9)
        | st.floats(allow_nan=False, allow_infinity=False)
        | WORDS
        | st.booleans()
    )
    return Lookup(
        name=draw(NAMES),
        url=draw(st.sampled_from(["env:STORE", "file:/run/secrets/store"])),
        features=tuple(names),
        key=draw(st.sampled_from(["a:{b}", "{x}:{y}", "t {b c} {{}}"])) if in_redis else "",
        query="" if in_redis else "select b from t where b in :b",
        timeout_ms=draw(st.floats(0.1, 10_000)),
        otherwise=draw(
            st.sampled_from(["null", "refuse"])
            | st.fixed_dictionaries(dict.fromkeys(names, values))
        ),
    )


@st.composite
def labels(draw: st.DrawFn, event: str) -> LabelsPart:
    expected, final = sorted([draw(SPANS), draw(SPANS)])
    query = WORDS.map(str.strip).filter(bool)
    return LabelsPart(
        source=draw(st.just("api") | st.builds(SqlSource, st.just("env:DB"), query)),
        join=draw(st.sampled_from([(), ("request_id",)])),
        event_time=event if draw(st.booleans()) else None,
        expected_after=expected,
        final_after=final,
    )
