"""What happens to the story's two tenants, as data: their specs, their streams, their troubles.

acme/churn lives for weeks: its concept turns round, so versions are refused, a finding opens,
a later version is approved, is a canary for half a day, and closes it. bolt/price lives for hours: its labels are polled, and
its spec changes on the way. Everything is a function of business time, so that a life that was
cut can be told on from where its clocks stand.
"""

from datetime import UTC, datetime, timedelta
from io import BytesIO

import numpy as np
import polars as pl

from tenure.core.spec.parse import parse, specs
from tenure.core.spec.values import Spec

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
EVER = BEGIN + 1000 * DAY

ACME, CHURN = "acme", "churn"
ACME_LIVE = BEGIN + 14 * DAY + 12 * HOUR  # at noon: a version changes within a day
STEP = 3 * DAY
STEPS = 5
TURN = 18
A_DAY = 60
_CHURN = """
spec = 1
[model]
tenant = "acme"
name = "churn"
task = "binary"
[data]
source = "rows.parquet"
target = "left"
time = "at"
key = ["id"]
[labels]
join = ["id"]
event_time = "known"
final_after = "1d"
[train]
recipe = "linear"
windows = ["4d", "all"]
[gate]
holdout = "3d"
[gate.champion]
require = "not_worse_than_champion"
margin = 0.01
confidence = 0.9
[gate.signed]
require = "approvals"
count = 1
[rollout.canary]
shares = [0.5]
at_most = "12h"
otherwise = "promote"
[retrain]
on = ["finding:accuracy"]
schedule = { cron = "0 3 * * 1,4", zone = "UTC" }
cool_down = "1d"
[monitor]
estimate = true
notify = ["env:STORY_CHAT"]
[challengers.blind]
train = { windows = ["4d"] }
gate = { mode = "observe", holdout = "0d" }
retrain = { schedule = { cron = "0 3 24 * *", zone = "UTC" } }
[retire]
keep_predictions = "10d"
"""

BOLT, PRICE = "bolt", "price"
BOLT_LIVE = BEGIN + 12 * DAY
BOLT_STEP = 90 * timedelta(minutes=1)
BOLT_STEPS = 3
WAREHOUSE, CHAT = "STORY_WAREHOUSE", "STORY_CHAT"
QUOTE = "quote"
_TRUTH = "select id, price, known from truth order by id"
_PRICE = """
spec = 1
[model]
tenant = "bolt"
name = "price"
task = "regression"
[data]
source = "rows.parquet"
target = "price"
time = "at"
key = ["id"]
[labels]
source = { url = "env:STORY_WAREHOUSE", query_file = "truth.sql" }
event_time = "known"
[train]
recipe = "linear"
windows = ["all"]
[tune]
trials = 2
space.strength = { float = [0.01, 100.0], log = true }
[gate]
holdout = "3d"
[monitor]
slo = { availability = 0.99 }
"""
_LATER = """
[challengers.static]
"""


_QUOTE = """
spec = 1
[model]
tenant = "bolt"
name = "quote"
task = "regression"
mode = "external"
[data]
source = "rows.parquet"
target = "price"
time = "at"
key = ["id"]
[labels]
event_time = "known"
"""


def quote() -> Spec:
    """Return the spec of a model that somebody else serves."""
    return _spec(_QUOTE)


def quotes(table: pl.DataFrame) -> bytes:
    """Return what that model answered in the hours of bolt's story."""
    asked = table.filter(pl.col("at") >= BOLT_LIVE)
    return parquet(asked.select("id", "at", "size", request_id="id", value=3 * pl.col("size")))


def churn() -> Spec:
    return _spec(_CHURN)


def price(now: datetime) -> Spec:
    """Return the spec that bolt wants at a business time: later it wants a challenger, too."""
    return _spec(_PRICE + (_LATER if now > BOLT_LIVE else ""))


def _spec(text: str) -> Spec:
    return specs(parse(text, "tenure.toml", {"truth.sql": _TRUTH}))[0]


def churn_rows() -> pl.DataFrame:
    """Return acme's whole stream: `left` follows x one way, and the other way since day `TURN`."""
    days = 14 + 1 + STEPS * STEP.days
    random = np.random.default_rng(3)
    count = days * A_DAY
    at = [BEGIN + (i // A_DAY) * DAY + (i % A_DAY) * (DAY / A_DAY) for i in range(count)]
    x, y = random.normal(size=(2, count))
    slope = np.where(np.arange(count) // A_DAY >= TURN, -2.0, 2.0)
    left = random.random(count) < 1 / (1 + np.exp(-(slope * x + 0.5 * y)))
    return pl.DataFrame(
        {
            "id": [f"c{i:04}" for i in range(count)],
            "at": at,
            "known": [time + 6 * HOUR for time in at],
            "x": x,
            "y": y,
            "colour": np.where(y > 0, "red", "blue"),
            "left": left,
        }
    )


def price_rows() -> pl.DataFrame:
    """Return bolt's stream: thirty rows a day until it is live, then one a minute."""
    random = np.random.default_rng(4)
    before = [BEGIN + i * (DAY / 30) for i in range(12 * 30)]
    hours = BOLT_STEPS * BOLT_STEP // timedelta(minutes=1)
    at = before + [BOLT_LIVE + timedelta(minutes=i) for i in range(hours)]
    size = random.normal(size=len(at))
    return pl.DataFrame(
        {
            "id": [f"p{i:04}" for i in range(len(at))],
            "at": at,
            "known": [time + timedelta(minutes=5) for time in at],
            "size": size,
            "price": 3 * size + random.normal(size=len(at)),
        }
    )


def between(table: pl.DataFrame, column: str, since: datetime, until: datetime) -> pl.DataFrame:
    return table.filter((pl.col(column) >= since) & (pl.col(column) < until))


def first_import(table: pl.DataFrame, live: datetime, target: str) -> bytes:
    """Return what is known when a model goes live, and two rows that cannot be used."""
    known = table.filter(pl.col("known") < live)
    lost = known.head(2).with_columns(
        pl.col("id").str.replace("^.", "lost"), pl.lit(None, known.schema[target]).alias(target)
    )
    return parquet(pl.concat([known, lost]))


def churn_labels(table: pl.DataFrame, step: int, since: datetime, until: datetime) -> bytes:
    """Return the labels that acme posts at the end of a step, with its troubles."""
    made = table.filter(pl.col("at") >= ACME_LIVE)
    labels = between(made, "known", since, until)
    if step == 1:  # the truth of five rows is known before anybody asked for a prediction
        labels = pl.concat([labels, between(made, "at", until, until + STEP).head(5)])
    if step == 2:  # nobody ever asked for these
        ghosts = pl.col("id").str.replace("c", "ghost")
        labels = pl.concat([labels, labels.head(3).with_columns(ghosts)])
    if step == 3:  # and of these it was wrong
        wrong = between(made, "known", since - 2 * STEP, since - STEP).head(7)
        corrected = wrong.with_columns(~pl.col("left"), known=pl.lit(since))
        labels = pl.concat([labels, corrected])
    return parquet(labels.select("id", "left", "known"))


def malformed_labels(step: int) -> bytes:
    """Return labels of which none can be read, in the fifth step."""
    return b"id,left,known\nc0001,maybe,2024-01-28\n,true,2024-01-28\n" if step == 4 else b""


def malformed_answers(step: int) -> bytes:
    """Return a prediction that is none, in the fifth step."""
    return b"request_id,at,id,probability\nbad,2024-01-28,bad,2.5\n" if step == 4 else b""


def refreshed(table: pl.DataFrame, step: int, until: datetime) -> bytes:
    """Return everything that is known in the fifth step, and rows that were found meanwhile."""
    if step != 4:
        return b""
    known = table.filter(pl.col("known") < until)
    found = known.head(60).with_columns(pl.col("id").str.replace("c", "found"))
    return parquet(pl.concat([known, found]))


def parquet(table: pl.DataFrame) -> bytes:
    out = BytesIO()
    table.write_parquet(out)
    return out.getvalue()
