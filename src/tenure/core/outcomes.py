"""Predictions, labels and what became of them, in columns.

A prediction is (tenant, model, request id, row). Frames of the log are Arrow tables with
`FRAME_COLUMNS` and one column per feature, named as the feature.
"""

from dataclasses import dataclass
from datetime import datetime

FRAME_COLUMNS = (
    "request_id",  # string
    "row",  # int32, within the request
    "lane",  # string: champion and canary answered, pinned was asked for, others are shadows
    "version",  # int32
    "deployment_id",  # string
    "status",  # string: ok | error code
    "time",  # timestamp[us, UTC], business time of the prediction
    "received",  # timestamp[us, UTC], machine time
    "latency_us",  # int32, of the whole request inside serving
    "key",  # string, canonical key of [data].key; null without one
    "output",  # list<float64>, Signature.width numbers; null when status is not ok
)
"""Features follow under their own names with the prefix `f:`; shadows do not carry them."""

TRACE_COLUMN = "trace_id"
"""string, W3C's 32 hexadecimal digits; the column is there where a request came with a trace."""

GAP_COLUMNS = (
    "gap",  # string: why, one of the reasons below
    "rows",  # int64
    "since",  # timestamp[us, UTC], of the first of them
    "until",  # timestamp[us, UTC], of the last
)
"""A frame with these columns tells of answers that are not in the log, so that nobody counts on them."""

DROPPED, SAMPLED, SHADOW_DROPPED = "log.dropped", "log.sampled", "log.shadow_dropped"
"""Why answers are not in the log: no room; no room and not of the sample; a shadow's, no room."""

DROP, SAMPLE, BLOCK, REFUSE = OVERFLOWS = ("drop", "sample", "block", "refuse")
"""What becomes of answers that serving's memory has no room for while the disk does not keep up.

`drop` loses and counts them; `sample` keeps one in sixteen, the same everywhere, as soon as half of
the memory is used; `block` lets the client wait a second and then refuses; `refuse` answers 503.
"""

FEATURE_PREFIX = "f:"
LOOKUPS = "lookups"
"""A column behind the features, where a model has look-ups: feature → how, as a JSON object.

null where the request brought everything; `core/lookups.py` says what may have become of one.
"""
KEY_SEPARATOR = "\x1f"
CONTRACT = ("request.", "feature.", "key.")
"""How the statuses begin that say: what was sent is not what the model takes."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A Parquet object of logged predictions of one model and one UTC day of business time."""

    id: str  # derived: model, day, digest
    tenant_id: str
    model_id: str
    day: datetime
    digest: str
    rows: int
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class Garbage:
    """An object of logged predictions that nobody names any more, and when it may be deleted."""

    id: str  # the object's digest
    tenant_id: str
    model_id: str
    due_at: datetime  # machine time; whoever began to read before may still want it


@dataclass(frozen=True, slots=True)
class LabelBatch:
    """Labels as they were posted, waiting for the worker. `blob` is a Parquet object."""

    id: str
    tenant_id: str
    model_id: str
    blob: str
    rows: int
    received_at: datetime  # machine time
    business_at: datetime


@dataclass(frozen=True, slots=True)
class Quarantined:
    """Rows that were put aside: counted and visible, never lost silently."""

    id: str  # derived: model, reason, day
    tenant_id: str
    model_id: str
    reason: str  # label.unknown | label.malformed | label.future | row.bad_type | …
    rows: int
    sample: str  # one example, shortened
    last_at: datetime
    posts: tuple[str, ...] = ()  # short digests of the newest bodies that were counted


@dataclass(frozen=True, slots=True)
class Window:
    """The judged answers of one lane on one business day. Sums, so that windows add up."""

    id: str  # derived: model, lane, day
    tenant_id: str
    model_id: str
    lane: str
    version: int  # of the last row
    day: datetime
    predictions: int
    labelled: int
    loss_sum: float  # of the spec's metric
    brier_sum: float
    first_judged_at: datetime


@dataclass(frozen=True, slots=True)
class Detector:
    """What the accuracy detector remembers of one lane between windows."""

    id: str  # model/lane
    tenant_id: str
    model_id: str
    lane: str
    version: int
    baseline: float
    log_values: tuple[float, ...]  # log e-detector per bet of the mixture
    recent: tuple[float, ...]  # newest daily mean losses, at most seven
    days: int
    judged_until: datetime | None = None  # every day before it has been folded in
    recent_rows: tuple[int, ...] = ()  # labelled rows of the days in `recent`
    strength: float | None = None  # log of the evidence over what would be enough for it alone
