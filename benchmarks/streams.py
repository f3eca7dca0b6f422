"""The closed loop on generated streams beside schedules and static: loss, promotions, recovery.

The house lives through each stream day by day, with the services that run in a worker: answers by the
release in force, labels when they are known, findings, races, gate, deployments. Beside it the very same
recipe is trained by the calendar without a gate, on nine schedules; the best of them is chosen afterwards,
which nobody could have done. Static is what first went live. CPU is told; nobody is timed.
"""

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.concepts import BEGIN, DAY, FEATURES, HISTORY, LIVE, Floats, Stream, rows_of
from benchmarks.processes import cpu_here
from benchmarks.report import Bound, Outcome, check
from tenure.adapters.frameworks import lightgbm
from tenure.adapters.frameworks.registry import FrameworkRuntimes
from tenure.app.settings import load
from tenure.app.wiring import open_house
from tenure.core.deployments import CHAMPION
from tenure.core.findings import ACCURACY
from tenure.core.media import PARQUET
from tenure.core.models import Task
from tenure.core.spec.parse import parse, specs
from tenure.core.stats import losses
from tenure.core.stats.bootstrap import paired_interval
from tenure.core.studies import Study, StudyState
from tenure.ports.releases import Arm, Release
from tenure.ports.training import TablePredictor
from tenure.services import clock, datasets, declare, join, log, tenants
from tenure.services.house import House
from tenure.services.parquet import parquet
from tenure.worker.loop import Worker

ME, MODEL = "bench", "m"
A_DAY, SEED = 30, 7
BINARY, NUMBER = Task.BINARY, Task.REGRESSION
QUICK_DAYS, DAYS = 110, 240
QUICK = (Stream("abrupt", NUMBER), Stream("none", BINARY))
STREAMS = (
    *(Stream(concept, task) for concept in ("none", "abrupt") for task in (BINARY, NUMBER)),
    Stream("gradual", BINARY),
    Stream("incremental", NUMBER),
    Stream("recurring", BINARY),
    Stream("recurring", NUMBER),
    *(Stream("abrupt", NUMBER, weeks) for weeks in (1, 4)),
    Stream("none", NUMBER, 4),
)
SCHEDULES = tuple((every, window) for every in (7, 14, 30) for window in (30, 90, None))
"""Days from one training to the next, and days of rows that train; None is all of them."""
BLIND = (30, 90)
PARAMS: dict[str, object] = {"num_iterations": 60, "min_data_in_leaf": 20}
SPEC = """
spec = 1
[model]
tenant = "{tenant}"
name = "m"
task = "{task}"
[data]
source = "rows.parquet"
target = "y"
time = "at"
key = ["id"]
[labels]
event_time = "known"
expected_after = "{final}d"
final_after = "{final}d"
[train.params]
num_iterations = 60
min_data_in_leaf = 20
[retrain]
on = ["finding:accuracy"]
schedule = {{ cron = "0 3 1,11,21 * *" }}
"""
"""The defaults: windows of 60 and 120 days and all, two weeks judge, one false alarm a year."""


@dataclass(slots=True)
class Life:
    """A stream while it is lived through: what was answered, what serves, and what first went live."""

    stream: Stream
    rows: pl.DataFrame
    answers: Floats
    release: Release
    champion: TablePredictor
    static: TablePredictor

    @property
    def tenant(self) -> str:
        """Each stream is a tenant, with a budget of false alarms of its own."""
        return _tenant(self.stream)


def measure(*, quick: bool) -> Outcome:
    """Live through the streams, then hold them against schedules."""
    streams, days = (QUICK, QUICK_DAYS) if quick else (STREAMS, DAYS)
    figures: dict[str, float] = {}
    goals: dict[str, Bound] = {}
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        house = open_house(load({"home": str(Path(folder) / "home")}, {}), ME)
        try:
            before = cpu_here()
            lives = _begin(house, streams, days)
            for day in range(days):
                _live(house, lives, LIVE + day * DAY)
            figures["house_cpu_s_a_model_day"] = (cpu_here() - before) / days / len(lives)
            for life in lives:
                _judge(house, life, days, figures, goals)
        finally:
            house.trainer.close()
            house.store.close()
    return Outcome("streams", figures, goals, {}, ("tenure", "lightgbm", "polars", "numpy"))


def _begin(house: House, streams: Sequence[Stream], days: int) -> list[Life]:
    """Bring every model live with what is known by then."""
    tables = [rows_of(one, days, A_DAY, SEED + place) for place, one in enumerate(streams)]
    for stream, rows in zip(streams, tables, strict=True):
        tenant = _tenant(stream)
        tenants.create(house, ME, tenant)
        clock.advance(house, ME, tenant, LIVE)
        text = SPEC.format(tenant=tenant, task=stream.task, final=_final(stream))
        declare.apply(house, ME, tenant, specs(parse(text, "tenure.toml"))[0])
        known = parquet(rows.filter(pl.col("known") < LIVE))
        datasets.import_dataset(house, ME, tenant, MODEL, known, PARQUET)
    Worker(house).run_until_settled()
    lives = []
    for stream, rows in zip(streams, tables, strict=True):
        release = _released(house, stream)
        first = _loaded(house, release)
        lives.append(Life(stream, rows, np.full(rows.height, np.nan), release, first, first))
    return lives


def _tenant(stream: Stream) -> str:
    return stream.name.replace("_", "-")


def _final(stream: Stream) -> int:
    return 7 * stream.weeks + 1


def _released(house: House, stream: Stream) -> Release:
    return house.releases.load(house.releases.index().releases[f"{_tenant(stream)}/{MODEL}"])


def _answering(release: Release) -> Arm:
    return next(one for one in release.arms if one.lane == CHAMPION)


def _loaded(house: House, release: Release) -> TablePredictor:
    arm = _answering(release)
    files = {name: house.blobs.get(blob) for name, blob in arm.files.items()}
    return FrameworkRuntimes().load(arm.runtime, files, release.signature)


def _live(house: House, lives: Sequence[Life], day: datetime) -> None:
    """Live through one day of all streams: answers, labels, and the work that is due at its end."""
    until = day + DAY
    clock.advance_all(house, ME, [life.tenant for life in lives], until)
    for life in lives:
        _answer(house, life, day)
        known = life.rows.filter(
            pl.col("known").is_between(day, until, "left"), pl.col("at") >= LIVE
        )
        if known.height:
            truth = parquet(known.select("id", "y", "known"))
            join.receive(house, life.tenant, MODEL, truth, PARQUET)
    Worker(house).run_until_settled()
    for life in lives:
        release = _released(house, life.stream)
        if release != life.release:
            life.release, life.champion = release, _loaded(house, release)


def _answer(house: House, life: Life, day: datetime) -> None:
    first = (day - BEGIN).days * A_DAY
    asked = life.rows.slice(first, A_DAY)
    said = _outputs(life.champion, asked)
    life.answers[first : first + len(said)] = said
    column = "probability" if life.stream.task is BINARY else "value"
    answers = asked.drop("y", "known").with_columns(
        pl.col("id").alias("request_id"),
        pl.Series(column, said),
        version=pl.lit(_answering(life.release).version),
    )
    log.receive(house, life.tenant, MODEL, parquet(answers), PARQUET)


def _outputs(predictor: TablePredictor, rows: pl.DataFrame) -> Floats:
    return np.asarray(predictor.predict_table(rows.select(FEATURES).to_arrow()))[:, 0]


def _judge(
    house: House, life: Life, days: int, figures: dict[str, float], goals: dict[str, Bound]
) -> None:
    """Say what was lost and promoted, beside what the others lost and trained."""
    name, live = life.stream.name, life.rows.slice(HISTORY * A_DAY)
    ours = _lost(life, live, life.answers[HISTORY * A_DAY :])
    static = _lost(life, live, _outputs(life.static, live))
    others = {one: _scheduled(life, days, *one) for one in SCHEDULES}
    best = min(others, key=lambda one: float(others[one].mean()))
    block = np.arange(len(ours)) // A_DAY
    apart = paired_interval(ours - static, block, seed=SEED)
    found = {
        "loss": float(ours.mean()),
        "minus_static_low": apart.low,
        "minus_static_high": apart.high,
        "minus_best_schedule": float((ours - others[best]).mean()),
        "minus_blind": float((ours - others[BLIND]).mean()),
    }
    bounds = {"minus_static_low": Bound(at_most=0.0), "minus_best_schedule": Bound(at_most=0.005)}
    promotions, recovery = _raced(house, life)
    if life.stream.changed_at is None:
        found["promotions_a_year"] = promotions * 365 / days
        bounds["promotions_a_year"] = Bound(at_most=1.0)
    else:
        found["promotions"] = promotions
        found["promotions_of_best_schedule"] = promotions / (-(-days // best[0]) - 1)
        bounds["promotions_of_best_schedule"] = Bound(at_most=0.5)
        found |= recovery
    figures |= {f"{name}_{key}": value for key, value in found.items()}
    goals |= {f"{name}_{key}": bound for key, bound in bounds.items()}


def _lost(life: Life, rows: pl.DataFrame, said: Floats) -> Floats:
    check(np.isfinite(said).all(), f"{life.stream.name}: a row was not answered")
    metric = "log_loss" if life.stream.task is BINARY else "mae"
    truth = rows["y"].to_numpy().astype(np.float64)
    return losses.rows(metric, life.stream.task, said[:, None], truth)


def _scheduled(life: Life, days: int, every: int, window: int | None) -> Floats:
    """Return the losses of whoever trains every so many days, on so many days, and asks nobody."""
    lost = []
    for first in range(0, days, every):
        now = LIVE + first * DAY
        known = life.rows.filter(pl.col("known") < now)
        if window is not None:  # of what has a label: late ones do not shorten it
            known = known.filter(pl.col("at") >= now - life.stream.delay - window * DAY)
        table = known.rename({"y": "__label"}).to_arrow()
        files = lightgbm.train(table, life.release.signature, PARAMS, SEED)
        span = life.rows.slice((HISTORY + first) * A_DAY, min(every, days - first) * A_DAY)
        said = _outputs(lightgbm.load(files, life.release.signature), span)
        lost.append(_lost(life, span, said))
    return np.concatenate(lost)


def _raced(house: House, life: Life) -> tuple[int, dict[str, float]]:
    """Return how many versions took over after the first, and the days that a recovery took."""
    with house.store.read() as work:
        found = work.findings.list(life.tenant, model_id=MODEL, kind=ACCURACY, limit=1000)
        studies = work.studies.list(life.tenant, model_id=MODEL, lane=CHAMPION, limit=10_000)
        runs = work.runs.list(life.tenant, limit=100_000)
    promoted = [one for one in studies if one.state is StudyState.PROMOTED]
    changed = life.stream.changed_at
    after = sorted(one.opened_at for one in found if changed and one.opened_at > changed)
    mended = next((one for one in promoted if after and one.at >= after[0]), None)
    facts = {
        "trained_cpu_s": sum(one.cpu_seconds for one in runs),
        "races": float(len(studies) - 1),
    }
    if changed is not None and mended is not None:
        facts |= dict(_recovered(life, changed, after[0], mended))
    return len(promoted) - 1, facts


def _recovered(
    life: Life, changed: datetime, opened: datetime, mended: Study
) -> Iterator[tuple[str, float]]:
    """Yield where the days went between the change and the version that answers it.

    `detect` is how many days had to be seen, `label_wait` how long the last of them waited for its truth,
    `gate` until a race was passed, rows to train and to judge on included. Training takes no business time.
    """
    wait = timedelta(days=_final(life.stream))
    parts = {
        "detect": opened - wait - changed,
        "label_wait": wait,
        "gate": mended.at - opened,
        "recovery": mended.at - changed,
    }
    for name, span in parts.items():
        yield f"days_{name}", span / DAY
