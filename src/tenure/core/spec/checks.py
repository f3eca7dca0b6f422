"""Rules between keys: what no single key can know. Runs only on specs whose keys are all right."""

from collections.abc import Iterable

from tenure.core.columns import Column, ColumnType
from tenure.core.deployments import CHAMPION, RESERVED
from tenure.core.lookups import misfits
from tenure.core.metrics import METRICS, judging
from tenure.core.models import Mode
from tenure.core.policies import Clause
from tenure.core.recipes import ELSEWHERE, RECIPES
from tenure.core.spec.durations import format_duration
from tenure.core.spec.kinds import Choice, Number
from tenure.core.spec.nodes import Node, label
from tenure.core.spec.places import Path
from tenure.core.spec.problems import Problems, choose
from tenure.core.spec.records import Key, Record
from tenure.core.spec.spaces import misfits_of
from tenure.core.spec.values import UNTIMED_WINDOWS, Lane, Spec

_NUMBERS = frozenset({ColumnType.FLOAT, ColumnType.INT, ColumnType.TIME})


def check(tree: Node, spec: Spec, problems: Problems) -> None:
    """Say what does not go together."""
    say = _Sayer(tree, problems)
    rules = (
        _metric,
        _columns,
        _labels,
        _features,
        _code,
        _params,
        _space,
        _elsewhere,
        _external,
        _lanes,
        _rollout,
        _retire,
        _lookups,
        _lookup_keys,
    )
    for rule in rules:
        rule(spec, say)


class _Sayer:
    """Turns a path of the whole spec into the place where a person wrote it."""

    def __init__(self, tree: Node, problems: Problems) -> None:
        self.tree = tree
        self.problems = problems

    def bad(self, path: Path, why: str, hint: str) -> None:
        """Say that the value at a path does not go with the rest."""
        node = self.tree.find(path)
        written = node.path if node is not None else path
        self.problems.add(written, "bad_value", f"{label(written)}: {why}", hint)


def _metric(spec: Spec, say: _Sayer) -> None:
    known = judging(spec.model.task)
    if spec.metric not in known:
        why = f'"{spec.metric}" does not judge a {spec.model.task} model'
        say.bad(("model", "metric"), why, choose(spec.metric, known, "valid"))
    for place, clause in _clauses(spec):
        metric = clause.params.get("metric")
        fitting = [one.name for one in METRICS.values() if spec.model.task in one.tasks]
        if metric is not None and metric not in fitting:
            why = f'"{metric}" is no metric of a {spec.model.task} model'
            say.bad((*place, "metric"), why, choose(str(metric), fitting, "valid"))


def _clauses(spec: Spec) -> Iterable[tuple[Path, Clause]]:
    for lane in spec.lanes():
        for clause in lane.gate.clauses:
            yield (*_start(lane), "gate", clause.name), clause


def _start(lane: Lane) -> Path:
    """Return where the parts of a lane stand."""
    return () if lane.name == CHAMPION else ("challengers", lane.name)


def _columns(spec: Spec, say: _Sayer) -> None:
    data = spec.data
    if data.time == data.target:
        say.bad(
            ("data", "time"), "the target cannot be the time", "name the column that dates a row"
        )
    if data.target in data.key:
        say.bad(
            ("data", "key"), "the target cannot be in the key", "name the columns that name a row"
        )
    for name in data.ignore:
        if name in {data.target, data.time, *data.key}:
            why = f'"{name}" is needed and cannot be ignored'
            say.bad(("data", "ignore"), why, "only columns that are no target, time or key")


def _labels(spec: Spec, say: _Sayer) -> None:
    labels, key = spec.labels, spec.data.key
    if labels.final_after < labels.expected_after:
        expected = format_duration(labels.expected_after)
        why = f"is before expected_after, which is {expected}"
        say.bad(("labels", "final_after"), why, f'the nearest is "{expected}"')
    if labels.join and labels.join not in (key, ("request_id",)):
        ways = [f"join = {list(key)}"] if key else []
        why = "labels are joined by the whole key or by the request id"
        hint = " or ".join([*ways, 'join = ["request_id"]']).replace("'", '"')
        say.bad(("labels", "join"), why, hint)
    if labels.event_time == spec.data.target:
        why = "the target cannot be its own time"
        say.bad(("labels", "event_time"), why, "name the column that says when the truth was known")


def _features(spec: Spec, say: _Sayer) -> None:
    uses: dict[str | None, str] = {
        spec.data.target: "the target",
        spec.data.time: "the time",
        spec.labels.event_time: "when the truth was known",
        **dict.fromkeys(spec.data.key, "part of the key"),
        **dict.fromkeys(spec.data.ignore, "ignored"),
    }
    for column in spec.features:
        if column.name in uses:
            why = f"it is {uses[column.name]}, which is never a feature"
            say.bad(("features", column.name), why, "take it out of [features]")
        if column.name.startswith("__"):
            why = "names that begin with two underscores are the house's own"
            say.bad(("features", column.name), why, "rename the column")
        _feature(column, say)


def _feature(column: Column, say: _Sayer) -> None:
    place = ("features", column.name)
    if column.levels and column.type is not ColumnType.CATEGORY:
        say.bad((*place, "levels"), f"a {column.type} has no levels", 'only type = "category" has')
    for bound in ("min", "max"):
        if getattr(column, bound) is not None and column.type not in _NUMBERS:
            say.bad((*place, bound), f"a {column.type} has no {bound}", "only numbers have")
    if column.min is not None and column.max is not None and column.max < column.min:
        say.bad((*place, "max"), "is smaller than min", f"the nearest is {column.min:g}")


def _code(spec: Spec, say: _Sayer) -> None:
    """Refuse a recipe beside code: one of them trains."""
    for lane in spec.lanes():
        if lane.train.code is not None and lane.train.recipe:
            why = "a recipe is named too, and one of them trains"
            say.bad((*_start(lane), "train", "code"), why, "leave [train] recipe out")


def _params(spec: Spec, say: _Sayer) -> None:
    """Check each lane's parameters against its recipe, as a table of their own."""
    for lane in spec.lanes():
        written = say.tree.find((*_start(lane), "train", "params"))
        if written is not None and lane.train.code is None:
            params_of(lane.train.recipe).read(written, say.problems)


def _space(spec: Spec, say: _Sayer) -> None:
    """Refuse a space that the recipe would not take, and conditions on what is not varied."""
    if spec.tune is None:
        return
    if spec.train.recipe == ELSEWHERE:
        say.bad(("tune",), "versions made elsewhere are not trained here", "leave [tune] out")
        return
    varied = [one.name for one in spec.tune.space]
    if not varied:
        say.bad(("tune", "space"), "nothing is varied", "space.num_leaves = { int = [4, 64] }")
    known = None if spec.train.code else RECIPES[spec.train.recipe]
    for one in spec.tune.space:
        for why, hint in misfits_of(one, varied, known):
            say.bad(("tune", "space", one.name), why, hint)


def params_of(recipe: str) -> Record:
    """Return the table of a recipe's parameters."""
    return Record(
        tuple(
            Key(
                one.name,
                Choice(one.words) if one.words else Number(one.low, one.high, whole=one.whole),
                f"a parameter of the recipe {recipe}",
                one.words[0] if one.words else one.high,
            )
            for one in RECIPES[recipe].values()
        )
    )


def _retire(spec: Spec, say: _Sayer) -> None:
    keep, final = spec.retire.keep_predictions, spec.labels.final_after
    if keep is not None and keep < final:
        why = f"is before the labels are final, which is {format_duration(final)}"
        say.bad(("retire", "keep_predictions"), why, f'the nearest is "{format_duration(final)}"')


def _elsewhere(spec: Spec, say: _Sayer) -> None:
    """Refuse races of a lane that trains nothing."""
    for lane in spec.lanes():
        if lane.train.recipe == ELSEWHERE and (lane.retrain.on or lane.retrain.schedule):
            why = "versions made elsewhere are handed in; there is nothing to train"
            hint = "leave [retrain] on and schedule out: tenure version add"
            say.bad((*_start(lane), "retrain"), why, hint)


def _external(spec: Spec, say: _Sayer) -> None:
    """Refuse what nobody could do for a model that is served elsewhere."""
    if spec.model.mode is not Mode.EXTERNAL:
        return
    why = 'a model with mode = "external" is served elsewhere'
    if spec.train.recipe != ELSEWHERE:
        say.bad(("train", "recipe"), why, "leave [train] out: nothing is trained here")
    for place, part in (
        (("challengers",), spec.challengers),
        (("serve", "lookup"), spec.serve.lookups),
    ):
        if part:
            say.bad(place, why, f"leave [{'.'.join(place)}] out")
    if spec.monitor.slo.is_declared:
        say.bad(("monitor", "slo"), why, "its latency and failures are not seen here")
    if spec.monitor.quality is not None:
        say.bad(("monitor", "quality"), why, "its answers have no reference here")
    if spec.rollout.shadow is not None or spec.rollout.canary is not None:
        say.bad(("rollout",), why, "leave [rollout] out")


def _lanes(spec: Spec, say: _Sayer) -> None:
    for lane in (Lane(CHAMPION, spec.train, spec.gate, spec.retrain), *spec.challengers):
        if spec.data.time is None and lane.train.windows != UNTIMED_WINDOWS:
            why = "rows without a time have no windows"
            hint = 'name the time: [data] time = "…", or write windows = ["all"]'
            say.bad((*_start(lane), "train", "windows"), why, hint)
    for lane in spec.challengers:
        for cause in lane.retrain.on:
            why = f'"{cause}" wakes the champion\'s race only'
            place = ("challengers", lane.name, "retrain", "on")
            say.bad(place, why, "give a challenger a schedule")
        if lane.name in RESERVED:
            why = "this is what answers of the champion's own lane are called"
            say.bad(("challengers", lane.name), why, "choose another name")


def _rollout(spec: Spec, say: _Sayer) -> None:
    canary = spec.rollout.canary
    if canary is not None and list(canary.shares) != sorted(canary.shares):
        rising = f"shares = {sorted(canary.shares)}"
        say.bad(("rollout", "canary", "shares"), "a share must be larger than the last", rising)


def _lookups(spec: Spec, say: _Sayer) -> None:
    """Refuse what is no feature, what two look-ups would bring, and values that do not fit."""
    declared = {column.name: column for column in spec.features}
    never = {*_never_features(spec), *spec.data.key, *spec.data.ignore}
    seen: dict[str, str] = {}
    for lookup in spec.serve.lookups:
        place = ("serve", "lookup", lookup.name)
        for name in lookup.features:
            if name in never:
                say.bad((*place, "features"), f'"{name}" is no feature', "name features only")
            elif name in seen:
                why = f'"{name}" is looked up by "{seen[name]}" already'
                say.bad((*place, "features"), why, "name it once")
            seen[name] = lookup.name
            if name in declared and (why := misfits(lookup, declared[name])):
                hint = 'name a value that fits, or write otherwise = "refuse"'
                say.bad((*place, "otherwise"), why, hint)


def _lookup_keys(spec: Spec, say: _Sayer) -> None:
    """Refuse keys of anything but texts and whole numbers that the request brings."""
    looked_up = {name: lookup.name for lookup in spec.serve.lookups for name in lookup.features}
    kinds = {column.name: column.type for column in spec.features}
    names = {ColumnType.CATEGORY, ColumnType.INT}
    for lookup in spec.serve.lookups:
        for name in lookup.columns:
            if name in looked_up:
                why = f'"{name}" is looked up itself, by "{looked_up[name]}"'
            elif name in _never_features(spec):
                why = f'"{name}" is the target or a time'
            elif kinds.get(name, ColumnType.CATEGORY) not in names:
                why = f'"{name}" is a {kinds[name]}'
            else:
                continue
            place = ("serve", "lookup", lookup.name, "key" if lookup.key else "query_file")
            say.bad(place, why, "a key is made of texts and whole numbers that the request brings")


def _never_features(spec: Spec) -> set[str | None]:
    return {spec.data.target, spec.data.time, spec.labels.event_time} - {None}
