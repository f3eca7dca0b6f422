"""The spec file, table by table: every key with its kind, its meaning and an example.

The parser, the canonical form, the JSON Schema and `plan --explain` are all driven by `FILE`; a
key that is not here does not exist. Defaults stand in `values.py`.
"""

from datetime import timedelta
from types import MappingProxyType
from typing import Any

from tenure.core.columns import Column, ColumnType
from tenure.core.limits import Limits
from tenure.core.lookups import STORED
from tenure.core.metrics import judging
from tenure.core.models import Mode, Task
from tenure.core.outcomes import OVERFLOWS
from tenure.core.recipes import ELSEWHERE
from tenure.core.spec.hosted import Hosted
from tenure.core.spec.kinds import Choice, Flag, Number, Text
from tenure.core.spec.lanes import CHALLENGER, GATE, RETRAIN, TRAIN
from tenure.core.spec.listings import Listing
from tenure.core.spec.lookups import LookupKind
from tenure.core.spec.records import NAME, Key, Named, Record, Values, Wrapped
from tenure.core.spec.rollouts import ROLLOUT
from tenure.core.spec.sources import DataSource, LabelSource
from tenure.core.spec.spans import Duration, Size
from tenure.core.spec.tokens import Format
from tenure.core.spec.tuned import TUNE
from tenure.core.spec.values import (
    UNTIMED_WINDOWS,
    DataPart,
    DriftPart,
    GatePart,
    LabelsPart,
    ModelPart,
    MonitorPart,
    QualityPart,
    RetirePart,
    RetrainPart,
    RolloutPart,
    ServePart,
    SloPart,
    Spec,
    TrainPart,
)

FORMAT = 1
YEAR = timedelta(days=365)

_NAME = Text(
    pattern=NAME,
    rule="must be letters, digits, '.', '_' and '-', at most 63, beginning with a letter or digit",
)
_COLUMN = Text()
_COLUMNS = Listing(_COLUMN)
_ANY = Text(pattern=".*")
_METRICS = tuple(dict.fromkeys(name for task in Task for name in judging(task)))


def _model(_: str, values: Values) -> ModelPart:
    values["task"] = Task(values["task"])
    values["mode"] = Mode(values.get("mode", Mode.ONLINE))
    return ModelPart(**values)


MODEL = Record(
    keys=(
        Key("tenant", _NAME, "whose model it is; left out in a blueprint", "DL", required=True),
        Key("name", _NAME, "the model's name within the tenant", "arrival-delay", required=True),
        Key(
            "task",
            Choice(tuple(Task), ("quantile", "forecast", "anomaly")),
            "what the model predicts",
            "binary",
            required=True,
        ),
        Key("metric", Choice(_METRICS), "what tunes, gates and monitors", "log_loss"),
        Key(
            "mode",
            Choice((Mode.ONLINE, Mode.EXTERNAL), (Mode.BATCH,)),
            "how it is used",
            "external",
        ),
        Key("tier", Text(), "how much depends on it", "medium"),
        Key("owner", _ANY, "who answers for it", "ops@delta.example"),
        Key("purpose", _ANY, "what it is for", "Warn travellers of a late arrival."),
        Key("runbook", _ANY, "what to do when it fails", "https://wiki.delta.example/late"),
    ),
    make=_model,
    part=ModelPart,
)
DATA = Record(
    keys=(
        Key("source", DataSource(), "where the rows are", "data/flights.csv", required=True),
        Key("target", _COLUMN, "the column to predict", "late", required=True),
        Key("time", _COLUMN, "when a row is predicted; splits follow it", "predicted_at"),
        Key("key", _COLUMNS, "the columns that name a row; labels are joined by them", ["flight"]),
        Key("ignore", _COLUMNS, "columns that are never features", ["arrived_at"]),
    ),
    make=lambda _, values: DataPart(**values),
    part=DataPart,
)
LABELS = Record(
    keys=(
        Key("source", LabelSource(), "how the truth arrives", "api"),
        Key("join", _COLUMNS, 'the columns of [data].key, or "request_id"', ["request_id"]),
        Key("event_time", _COLUMN, "the column that says when the truth was known", "landed_at"),
        Key("expected_after", Duration(), "when the truth is usually known", "6h"),
        Key("final_after", Duration(), "when a window is judged, whatever is missing", "3d"),
        Key("missing", Choice(("exclude",)), "what becomes of rows without truth", "exclude"),
    ),
    make=lambda _, values: LabelsPart(**values),
    part=LabelsPart,
)


def _column(name: str, values: Values) -> Column:
    values["type"] = ColumnType(values["type"])
    return Column(name=name, **values)


FEATURE = Record(
    keys=(
        Key("type", Choice(tuple(ColumnType)), "how the column is read", "float", required=True),
        Key("nulls", Flag(), "whether values may be missing", example=False),
        Key("levels", _COLUMNS, "the only values of a category", ["EWR", "JFK", "LGA"]),
        Key("unit", _ANY, "what the numbers count", "miles"),
        Key("min", Number(), "the smallest value that can be", 0.0),
        Key("max", Number(), "the largest value that can be", 5000.0),
    ),
    make=_column,
    part=Column,
)
SERVE_LIMITS = Record(
    keys=(
        Key("rate", Number(above=0), "requests a second", 100.0),
        Key("concurrent", Number(low=1, whole=True), "requests under way", 8),
        Key("payload", Size(), "bytes of one request", "1MiB", attr="payload_bytes"),
    ),
    make=lambda _, values: Limits(**values),
    part=Limits,
)
SERVE = Record(
    keys=(
        Key("log", Choice(("async", "durable")), "how answers are logged", "durable"),
        Key("resident", Flag(), "loaded before serving is ready, never evicted", example=True),
        Key("limits", SERVE_LIMITS, "what may be asked of the model at most", {"rate": 100.0}),
        Key("overflow", Choice(OVERFLOWS), "what if an async log cannot keep up", "refuse"),
        Key("python", Hosted(), "whether what cannot be compiled may run as Python", example=True),
        Key(
            "lookup",
            Named(LookupKind(), _NAME),
            "features that are read by key when a request comes",
            {},
            attr="lookups",
        ),
    ),
    make=lambda _, values: ServePart(**values),
    part=ServePart,
)
_CHANNEL = Text(
    pattern=rf"env:(?!TENURE_)[A-Za-z_][A-Za-z0-9_]*|{STORED}",
    rule="must name a setting that holds the address: addresses are not stored",
    secret=True,
)
_PER = Key("per", Duration(least=1), "in which span", "365d", required=True)
FALSE_ALARMS = Wrapped(
    Record((Key("count", Number(above=0), "how many", 1.0, required=True), _PER)),
    unwrap=lambda values: values["count"] * (YEAR / values["per"]),
    wrap=lambda per_year: {"count": per_year, "per": "365d"},
)
SLO = Record(
    keys=(
        Key("availability", Number(low=0.5, high=0.99999), "share that must not fail", 0.999),
        Key("p99_ms", Number(above=0), "milliseconds that 99 % take at most", 25.0),
    ),
    make=lambda _, values: SloPart(**values),
    part=SloPart,
)
DRIFT = Record(
    keys=(
        Key("floor", Number(above=0, high=1), "the least change of a column that matters", 0.1),
        Key("days", Number(low=1, high=90, whole=True), "how long it lasts before it is told", 5),
        Key(
            "false_discoveries",
            Number(above=0, high=0.5),
            "at most this share of the columns named are so by chance",
            0.05,
        ),
    ),
    make=lambda _, values: DriftPart(**values),
    part=DriftPart,
)
QUALITY = Record(
    keys=(
        Key("limit", Number(above=0, high=1), "the share of rows beyond the usual", 0.02),
        Key(
            "blocks_training",
            Flag(),
            "whether races wait while a finding of quality is open",
            example=True,
        ),
    ),
    make=lambda _, values: QualityPart(**values),
    part=QualityPart,
)
MONITOR = Record(
    keys=(
        Key(
            "false_alarms",
            FALSE_ALARMS,
            "how many findings without a cause the tenant takes, over all its models",
            {"count": 1.0, "per": "365d"},
            attr="false_alarms_per_year",
        ),
        Key("tolerance", Number(above=0), "the smallest loss of the metric that matters", 0.02),
        Key("slo", SLO, "what the service must hold", {"availability": 0.999}),
        Key("estimate", Flag(), "whether accuracy is judged before labels come", example=True),
        Key("notify", Listing(_CHANNEL), "who is told of incidents", ["env:OPS_WEBHOOK"]),
        Key("quality", QUALITY, "what should not have come, counted each day", {"limit": 0.02}),
        Key("drift", DRIFT, "when answers differ from what trained the version", {"floor": 0.1}),
    ),
    make=lambda _, values: MonitorPart(**values),
    part=MonitorPart,
)
RETIRE = Record(
    keys=(
        Key("keep_predictions", Duration(least=1), "how long predictions are kept", "400d"),
        Key("keep_versions", Duration(least=1), "how long versions are kept", "3650d"),
    ),
    make=lambda _, values: RetirePart(**values),
    part=RetirePart,
)


_PARTS: dict[str, type] = {
    "labels": LabelsPart,
    "train": TrainPart,
    "gate": GatePart,
    "serve": ServePart,
    "rollout": RolloutPart,
    "monitor": MonitorPart,
    "retrain": RetrainPart,
    "retire": RetirePart,
}


def _spec(_: str, values: Values) -> Spec:
    parts: dict[str, Any] = {name: values.get(name, part()) for name, part in _PARTS.items()}
    if values["model"].mode is Mode.EXTERNAL and parts["train"] == TrainPart():
        parts["train"] = TrainPart(recipe=ELSEWHERE, windows=UNTIMED_WINDOWS)
    return Spec(
        model=values["model"],
        data=values["data"],
        features=values.get("features", ()),
        challengers=values.get("challengers", ()),
        tune=values.get("tune"),
        **parts,
    )


FILE = Record(
    keys=(
        Key("spec", Format(FORMAT), "the format of this file", FORMAT, flat=True),
        Key("model", MODEL, "who, what for, and the metric that judges it", {}, required=True),
        Key("data", DATA, "where the rows come from", {}, required=True),
        Key("labels", LABELS, "how the truth arrives", {}),
        Key("features", Named(FEATURE), "the contract; what is not named is inferred", {}),
        Key("train", TRAIN, "what trains, and on which windows", {}),
        Key("tune", TUNE, "which parameters are tried before the windows race", {}),
        Key("gate", GATE, "what a version must pass", {}),
        Key("serve", SERVE, "how answers are given", {}),
        Key("rollout", ROLLOUT, "how a promoted version comes to be live", {}),
        Key("monitor", MONITOR, "what is watched", {}),
        Key("retrain", RETRAIN, "what starts a race, and the brakes", {}),
        Key("retire", RETIRE, "how long things are kept", {}),
        Key("challengers", Named(CHALLENGER, _NAME), "lines that run in the shadow", {}),
    ),
    make=_spec,
    later=MappingProxyType(
        {
            "env": "there is one environment; leave [env] out",
        }
    ),
    top=True,
)
"""The whole file, apart from a blueprint's `[tenants.<id>]` tables."""
