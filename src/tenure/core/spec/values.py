"""What a spec says, as values. Defaults live here and nowhere else.

`parse.py` makes these from text and refuses what is wrong; `schema.py` publishes the JSON Schema;
`blueprint.py` merges a blueprint with a tenant's overrides; `difference.py` compares two specs.
Durations are `timedelta`, written "6h", "3d" in the file.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from tenure.core.columns import Column
from tenure.core.hosting import Hosting
from tenure.core.limits import Limits
from tenure.core.lookups import Lookup
from tenure.core.models import Mode, Task
from tenure.core.packages import Code
from tenure.core.policies import Clause
from tenure.core.tuning import Tune

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

UNTIMED_WINDOWS = ("all",)
"""The only windows that rows without a time can have, and their default."""


@dataclass(frozen=True, slots=True)
class ModelPart:
    """`[model]`: who, what for, and the metric that judges it."""

    tenant: str
    name: str
    task: Task
    metric: str = ""  # "" = the task's default: log_loss | log_loss | mae
    mode: Mode = Mode.ONLINE
    tier: str = "medium"
    owner: str = ""
    purpose: str = ""
    runbook: str = ""  # where it is written what to do when it fails


@dataclass(frozen=True, slots=True)
class SqlSource:
    """A query against a database named by reference (`env:NAME`); never a stored secret."""

    url: str
    query: str


@dataclass(frozen=True, slots=True)
class DataPart:
    """`[data]`: where the rows come from, and which columns are target, time and key."""

    source: str
    target: str
    time: str | None = None
    key: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LabelsPart:
    """`[labels]`: how the truth arrives. `event_time` is the column that dates the truth."""

    source: str | SqlSource = "api"
    join: tuple[str, ...] = ()  # () = [data].key when given, else request_id
    event_time: str | None = None
    expected_after: timedelta = 6 * HOUR
    final_after: timedelta = 3 * DAY
    missing: str = "exclude"


@dataclass(frozen=True, slots=True)
class TrainPart:
    """`[train]`: the recipe, its parameters and the windows that race.

    "60d" are the newest rows, "all" is every row, "season:45d" the rows within 45 days of today's
    date in every year.

    With `code` a function of the user's trains instead, and `recipe` is empty.
    With `refit` the winner is trained once more, on the rows that judged it too, and released so.
    """

    recipe: str = "lightgbm"
    windows: tuple[str, ...] = ("60d", "120d", "all")
    params: dict[str, object] = field(default_factory=dict)
    seed: int = 7
    refit: bool = True
    code: Code | None = None
    minutes: float = 10.0
    memory_bytes: int = 4 * 1024**3

    @property
    def what(self) -> str:
        """What trains, in words: the recipe's name, or package and function."""
        return self.code.entry if self.code else self.recipe


@dataclass(frozen=True, slots=True)
class GatePart:
    """`[gate]`: the clauses a version must pass, and how they bind.

    `mode`: prevent (refuse) | warn (promote, say so) | observe (promote, record what would
    have been refused). `holdout` is the newest span that no candidate trains on.
    """

    clauses: tuple[Clause, ...] = ()  # () = the defaults of `policies.default_clauses`
    mode: str = "prevent"
    holdout: timedelta = 14 * DAY
    valid_for: timedelta = 30 * DAY  # evidence expires


@dataclass(frozen=True, slots=True)
class ServePart:
    """`[serve]`: how answers are logged: "async" (at most 50 ms behind) or "durable".

    A `resident` model is loaded before serving is ready and never evicted. `overflow` is one of
    `outcomes.OVERFLOWS`; durable answers are refused whatever it says. With `python` a version that
    cannot be compiled may answer as it is, in a jailed process of its own.
    """

    log: str = "async"
    resident: bool = False
    limits: Limits = field(default_factory=Limits)
    overflow: str = "drop"
    python: Hosting | None = None
    lookups: tuple[Lookup, ...] = ()


@dataclass(frozen=True, slots=True)
class ShadowPart:
    """`[rollout.shadow]`: how many rows a promoted version answers unseen before anybody gets one."""

    rows: int = 500


@dataclass(frozen=True, slots=True)
class CanaryPart:
    """`[rollout.canary]`: the shares that it answers, and what has to be proven at each.

    `at_most` is business time for all shares together. `margin` is in the metric's unit; None =
    what `[monitor]` calls material. `errors` and `p99_ms` are written in `guard`.
    """

    shares: tuple[float, ...] = (0.1, 0.5)
    until: str = "safe"
    at_most: timedelta = 7 * DAY
    otherwise: str = "abort"
    margin: float | None = None
    confidence: float = 0.95
    errors: float | None = None
    p99_ms: float | None = None


@dataclass(frozen=True, slots=True)
class RolloutPart:
    """`[rollout]`: what lies between a promotion and being live; nothing when left out."""

    shadow: ShadowPart | None = None
    canary: CanaryPart | None = None


@dataclass(frozen=True, slots=True)
class SloPart:
    """`[monitor] slo`: the share of requests that do not fail, and how long the slowest 1 % may take."""

    availability: float | None = None
    p99_ms: float | None = None

    @property
    def is_declared(self) -> bool:
        """Whether there is anything to hold."""
        return self != SloPart()


@dataclass(frozen=True, slots=True)
class DriftPart:
    """`[monitor.drift]`: the least change that matters, and on how many days before it is a finding.

    `floor` is in KS distance or in the share of rows that changed their level or lost their value;
    of Wasserstein's distance twice as many standard deviations.
    """

    floor: float = 0.05
    days: int = 3
    false_discoveries: float = 0.01


@dataclass(frozen=True, slots=True)
class QualityPart:
    """`[monitor.quality]`: whether days are looked through for what should not have come.

    `limit` is the share of rows beyond the usual that opens a finding, None as calibrated;
    `blocks_training` holds races up while a finding is open.
    """

    limit: float | None = None
    blocks_training: bool = False


@dataclass(frozen=True, slots=True)
class MonitorPart:
    """`[monitor]`: how many false alarms a year are acceptable, what is material, who is told."""

    false_alarms_per_year: float = 1.0  # over all of the tenant's models together
    tolerance: float | None = None  # of the metric; None = 5 % of the baseline
    slo: SloPart = SloPart()
    estimate: bool = False  # accuracy before the labels come, and findings of it
    notify: tuple[str, ...] = ()  # channels by reference: env:NAME, file:/PATH
    drift: DriftPart = DriftPart()
    quality: QualityPart | None = None  # not looked at unless declared


@dataclass(frozen=True, slots=True)
class RetrainPart:
    """`[retrain]`: what starts a race, and the brakes."""

    on: tuple[str, ...] = ()  # "finding:accuracy", "finding:drift", "data"
    schedule: str | None = None  # five-field cron in UTC
    cool_down: timedelta = 3 * DAY
    promotions: int | None = None  # budget …
    promotions_per: timedelta = 30 * DAY  # … per span


@dataclass(frozen=True, slots=True)
class RetirePart:
    """`[retire]`: how long things are kept. Read by `tenure model decommission`."""

    keep_predictions: timedelta | None = None
    keep_versions: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Lane:
    """One line of versions: the champion's, or a challenger's that runs in the shadow."""

    name: str
    train: TrainPart
    gate: GatePart
    retrain: RetrainPart


@dataclass(frozen=True, slots=True)
class Spec:
    """A model's declared life. `challengers` override train, gate and retrain for their lane."""

    model: ModelPart
    data: DataPart
    labels: LabelsPart
    features: tuple[Column, ...]  # declared ones; the rest is inferred into tenure.lock
    train: TrainPart
    gate: GatePart
    serve: ServePart
    monitor: MonitorPart
    retrain: RetrainPart
    retire: RetirePart
    challengers: tuple[Lane, ...] = ()
    rollout: RolloutPart = RolloutPart()
    tune: Tune | None = None  # of the champion's races

    def lanes(self) -> tuple[Lane, ...]:
        """Return the champion's lane first, then the challengers'."""
        return (Lane("champion", self.train, self.gate, self.retrain), *self.challengers)

    def lane(self, name: str) -> Lane:
        """Return the lane of that name."""
        return next(lane for lane in self.lanes() if lane.name == name)

    @property
    def metric(self) -> str:
        """The metric that tunes, gates and monitors."""
        default = "mae" if self.model.task is Task.REGRESSION else "log_loss"
        return self.model.metric or default

    @property
    def joins_by_key(self) -> bool:
        """Whether labels are joined by `[data].key` rather than by request id."""
        return self.labels.join != ("request_id",) and bool(self.data.key)
