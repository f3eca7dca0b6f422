"""A whole life of a small model, told step by step, resumable: what the kill tests cut.

Run as `python tests/chaos/story.py HOME DATABASE_URL`; prints the end state as canonical JSON. Every
step may be repeated after a crash, as a client repeats a request that was not answered.
"""

import json
import sys
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from tenure.core.spec.parse import parse, specs

from tenure.app.settings import load
from tenure.app.wiring import open_house
from tenure.core.errors import TenureError
from tenure.core.keys import Role
from tenure.services import approve, clock, declare, deploy, join, log, tenants
from tenure.services.failpoints import failpoint
from tenure.services.house import House
from tenure.services.verify import ledgers
from tenure.worker.loop import Worker

TENANT, MODEL = "acme", "churn"
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
LIVE = BEGIN + timedelta(days=24)
END = BEGIN + timedelta(days=48)
STEP = timedelta(days=3)
A_DAY = 30
SPEC = """
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
windows = ["10d", "all"]
[gate]
holdout = "5d"
[gate.champion]
require = "not_worse_than_champion"
margin = 0.05
confidence = 0.8
[gate.signed]
require = "approvals"
count = 1
[retrain]
on = ["finding:accuracy"]
schedule = { cron = "0 3 * * 1", zone = "UTC" }
cool_down = "2d"
[challengers.blind]
train = { windows = ["10d"] }
gate = { mode = "observe", holdout = "0d" }
retrain = { schedule = { cron = "0 3 8,22 * *", zone = "UTC" } }
"""


def rows() -> pl.DataFrame:
    """Return the stream: the concept turns round on day 30."""
    days = (END - BEGIN).days
    random = np.random.default_rng(3)
    count = days * A_DAY
    at = [BEGIN + timedelta(days=i // A_DAY, minutes=40 * (i % A_DAY)) for i in range(count)]
    x, y = random.normal(size=count), random.normal(size=count)
    turned = np.arange(count) // A_DAY >= 30
    slope = np.where(turned, -2.0, 2.0)
    left = random.random(count) < 1 / (1 + np.exp(-(slope * x + 0.5 * y)))
    return pl.DataFrame(
        {
            "id": [f"c{i}" for i in range(count)],
            "at": at,
            "known": [time + timedelta(hours=6) for time in at],
            "x": x,
            "y": y,
            "colour": np.where(y > 0, "red", "blue"),
            "left": left,
        }
    )


def tell(house: House) -> None:
    """Live the whole life; whatever has happened already is not done twice."""
    table = rows()
    (spec,) = specs(parse(SPEC, "tenure.toml"))
    try:
        tenants.create(house, "test", TENANT)
    except TenureError as error:
        if error.code != "tenant.exists":
            raise
    failpoint("story.after_tenant")
    if clock.show(house, TENANT).mode.value == "wall":
        clock.advance(house, "test", TENANT, LIVE)
    declare.apply(house, "test", TENANT, spec)
    known = table.filter(pl.col("known") < LIVE)
    declare.import_dataset(
        house, "test", TENANT, MODEL, _bytes(known), "application/vnd.apache.parquet"
    )
    _work(house)
    begin = max(LIVE, clock.show(house, TENANT).now)
    while begin < END:
        _step(house, table, begin, begin + STEP)
        begin += STEP
    deploy.rollback(house, "test", TENANT, MODEL, "blind", "to see it go back")
    _work(house)


def _step(house: House, table: pl.DataFrame, since: datetime, until: datetime) -> None:
    asked = table.filter((pl.col("at") >= since) & (pl.col("at") < until))
    answers = asked.select(
        pl.col("id").alias("request_id"),
        pl.col("at"),
        pl.col("id"),
        (1 / (1 + (-2 * pl.col("x")).exp())).alias("probability"),
        pl.lit(_champion(house)).alias("version"),
        "x",
        "y",
        "colour",
    )
    media = "application/vnd.apache.parquet"
    log.receive(house, TENANT, MODEL, _bytes(answers), media)
    known = table.filter((pl.col("known") >= since) & (pl.col("known") < until))
    labels = known.filter(pl.col("at") >= LIVE).select("id", "left", "known")
    if labels.height:
        join.receive(house, TENANT, MODEL, _bytes(labels), media)
    clock.advance(house, "test", TENANT, until)
    _work(house)


def _champion(house: House) -> int:
    with house.store.read() as work:
        (live,) = work.deployments.list(TENANT, model_id=MODEL, lane="champion", state="live")
    return live.version


def _work(house: House) -> None:
    """Work until settled, approving whatever waits for a person, as a person would."""
    Worker(house).run_until_settled()
    for number in _waiting(house):
        approve.give(house, "anna", Role.APPROVER, TENANT, MODEL, number, "looked at it")
        Worker(house).run_until_settled()


def _waiting(house: House) -> list[int]:
    with house.store.read() as work:
        studies = work.studies.list(TENANT, model_id=MODEL, state="waiting")
    return [study.version for study in studies if study.version is not None]


def _bytes(table: pl.DataFrame) -> bytes:
    out = BytesIO()
    table.write_parquet(out)
    return out.getvalue()


def state(house: House) -> dict[str, Any]:
    """Return everything that must not depend on when a process was killed."""
    with house.store.read() as work:
        nouns = {
            "models": work.models.list(TENANT),
            "datasets": work.datasets.list(TENANT),
            "studies": work.studies.list(TENANT),
            "runs": work.runs.list(TENANT),
            "versions": work.versions.list(TENANT),
            "evidence": work.evidence.list(TENANT),
            "decisions": work.decisions.list(TENANT),
            "deployments": work.deployments.list(TENANT),
            "findings": work.findings.list(TENANT),
            "windows": work.windows.list(TENANT),
            "quarantine": work.quarantine.list(TENANT),
        }
        found: dict[str, Any] = {
            noun: sorted((_stable(asdict(value)) for value in values), key=str)
            for noun, values in nouns.items()
        }
        found["outcomes"] = work.outcomes.counts(TENANT, MODEL)
        entries = work.ledger.read(TENANT, limit=100_000)
        parked = work.jobs.list(TENANT, limit=100_000)
    found["story"] = sorted([e.kind, e.subject, _told(e.facts)] for e in entries)
    found["jobs"] = sorted([job.key, job.state.value] for job in parked)
    found["ledger_ok"] = [report.ok for report in ledgers(house)]
    return found


def _told(facts: dict[str, Any]) -> str:
    """Leave out how many siblings still trained: trainings of one race run side by side."""
    return str(sorted(item for item in facts.items() if item[0] != "remaining"))


_VOLATILE = {"created_at", "cpu_seconds", "generation"}


def _stable(value: dict[str, Any]) -> dict[str, Any]:
    return {name: item for name, item in value.items() if name not in _VOLATILE}


def main(home: str, database_url: str) -> None:
    settings = load({"home": Path(home), "database_url": database_url}, {})
    house = open_house(settings, "story")
    try:
        tell(house)
        sys.stdout.write(json.dumps(state(house), sort_keys=True, default=str))
    finally:
        house.trainer.close()
        house.store.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
