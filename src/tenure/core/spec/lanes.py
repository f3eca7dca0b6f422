"""The tables of a lane: `[train]`, `[gate]`, `[retrain]`, and `[challengers.<name>]` of all three."""

from tenure.core.recipes import RECIPES
from tenure.core.spec.clauses import BINDING, ClauseKind
from tenure.core.spec.coded import CodeKind
from tenure.core.spec.kinds import Choice, Flag, Number
from tenure.core.spec.listings import Free, Listing
from tenure.core.spec.records import Key, Record, Values, Wrapped
from tenure.core.spec.spans import Duration, Size, Window
from tenure.core.spec.tokens import Cron, Inherit, Zone
from tenure.core.spec.values import GatePart, Lane, RetrainPart, TrainPart

LIMITS = Record(
    keys=(
        Key("minutes", Number(above=0, high=1440), "how long one training may take", 10.0),
        Key(
            "memory",
            Size(least=64 * 1024**2),
            "how much memory one training may take",
            "4GiB",
            attr="memory_bytes",
        ),
    ),
    part=TrainPart,
)


def _train(_: str, values: Values) -> TrainPart:
    if values.get("code") is not None:
        values.setdefault("recipe", "")
    return TrainPart(**values)


TRAIN = Record(
    keys=(
        Key("recipe", Choice(tuple(RECIPES)), "what trains", "lightgbm"),
        Key("code", CodeKind(), "a function of yours that trains instead", "train:train"),
        Key("windows", Listing(Window(), least=1), "spans of rows that race", ["60d", "all"]),
        Key("limits", LIMITS, "what one training may take", {"minutes": 5.0}, flat=True),
        Key("seed", Number(0, 2**31 - 1, whole=True), "the same seed, the same version", 7),
        Key(
            "refit",
            Flag(),
            "train the winner once more before it is released, on the holdout too",
            example=False,
        ),
        Key("params", Free(), "parameters of the recipe", {"num_leaves": 31}),
    ),
    make=_train,
    part=TrainPart,
)


def _gate(_: str, values: Values) -> GatePart:
    clauses = [one for one in values["clauses"] if one is not None]
    values["clauses"] = tuple(sorted(clauses, key=lambda one: str(one.name)))
    return GatePart(**values)


GATE = Record(
    keys=(
        Key(
            "holdout",
            Duration(),
            "the newest span; no candidate trains on it; 0d judges nothing",
            "14d",
        ),
        Key("valid_for", Duration(least=1), "how long evidence holds", "30d"),
        BINDING,
    ),
    make=_gate,
    part=GatePart,
    rest=ClauseKind(),
    rest_attr="clauses",
)
SCHEDULE = Wrapped(
    Record(
        (
            Key("cron", Cron(), "five fields, in UTC", "0 3 1 * *", required=True),
            Key("zone", Zone(), "the time zone", "UTC"),
        )
    ),
    unwrap=lambda values: values["cron"],
    wrap=lambda cron: {"cron": cron, "zone": "UTC"},
)
BUDGET = Record(
    keys=(
        Key("promotions", Number(low=1, whole=True), "at most so many", 4, required=True),
        Key("per", Duration(least=1), "in which span", "30d", attr="promotions_per"),
    ),
    part=RetrainPart,
)
CAUSES = ("finding:accuracy", "finding:drift", "data")
"""What may start a race by itself: a finding, or rows that were imported after the model went live."""
RETRAIN = Record(
    keys=(
        Key("on", Listing(Choice(CAUSES)), "what starts a race", ["finding:accuracy"]),
        Key("schedule", SCHEDULE, "when a race starts by itself", {"cron": "0 3 1 * *"}),
        Key("budget", BUDGET, "at most so many promotions", {"promotions": 4}, flat=True),
        Key("cool_down", Duration(), "how long no race starts after one", "3d"),
    ),
    make=lambda _, values: RetrainPart(**values),
    part=RetrainPart,
)


def _lane(name: str, values: Values) -> Lane:
    return Lane(
        name,
        values.get("train", TrainPart()),
        values.get("gate", GatePart()),
        values.get("retrain", RetrainPart()),
    )


CHALLENGER = Record(
    keys=(
        Key("inherit", Inherit(), "false: start from the defaults", example=True, flat=True),
        Key("train", TRAIN, "what differs from [train]", {}),
        Key("gate", GATE, "what differs from [gate]", {}),
        Key("retrain", RETRAIN, "what starts its races; nothing when left out", {}),
    ),
    make=_lane,
    part=Lane,
)
