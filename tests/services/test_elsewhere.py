"""A model served elsewhere is watched from files alone: no version, no deployment, no training."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from tenure.core.errors import TenureError
from tenure.core.findings import Finding
from tenure.core.media import PARQUET
from tenure.core.models import ModelState
from tenure.services import declare, estimate, log
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import Life
from tests.small.rows import BEGIN, DAY, between, parquet, stream

TURN = 26
SPEC = spec_of(
    model={"mode": "external"}, train={"recipe": None, "windows": None}, gate={"holdout": None}
)


@pytest.fixture
def outside(fresh_life: Begin) -> Life:
    """A model that goes wrong elsewhere on day 26; here it is only declared."""
    life = replace(fresh_life(SPEC), rows=stream(34, turn=TURN, a_day=48))
    life.declare(BEGIN + 5 * DAY)
    life.work()
    return life


def answered(rows: pl.DataFrame) -> pl.DataFrame:
    """What somebody's model, made when the world was as at first, says of the rows."""
    score = 2.5 * rows["x"].to_numpy() + 0.5 * rows["y"].to_numpy()
    return rows.select("id", "at", "x", "y", "colour").with_columns(
        pl.Series("probability", 1 / (1 + np.exp(-score)))
    )


def findings(life: Life) -> list[Finding]:
    return life.read(lambda work: work.findings.list(life.tenant, model_id=life.model))


def test_its_history_is_judged_when_it_is_logged_and_again_when_labels_come(outside: Life) -> None:
    rows = between(outside.rows, "at", BEGIN + 5 * DAY, BEGIN + 34 * DAY)
    outside.advance(BEGIN + 36 * DAY)
    assert outside.told("study.started") == []
    log.receive(outside.house, outside.tenant, outside.model, parquet(answered(rows)), PARQUET)
    outside.advance(BEGIN + 37 * DAY)
    model = outside.read(lambda work: work.models.get(outside.tenant, outside.model))
    assert model.state is ModelState.ACTIVE
    windows = outside.read(lambda work: work.windows.list(outside.tenant, model_id=outside.model))
    assert (len(windows), sum(one.labelled for one in windows)) == (29, 0)
    assert findings(outside) == []
    outside.post(rows)
    outside.advance(BEGIN + 38 * DAY)
    (found,) = findings(outside)
    assert (found.kind, found.version, found.closed_at) == ("accuracy", 0, None)
    assert BEGIN + TURN * DAY < found.opened_at <= BEGIN + (TURN + 5) * DAY
    assert found.observed > found.high / 2 > found.expected / 2
    shown = estimate.show(outside.house, outside.tenant, outside.model, 8, BEGIN + 33 * DAY)
    assert [day.day for day in shown.days] == [BEGIN + day * DAY for day in range(26, 33)]
    assert [day.known for day in shown.days[:-1]] == ["realised"] * 6
    assert [day.worse for day in shown.days[:-1]] == [True] * 6
    assert shown.expected == pytest.approx(found.expected)


@pytest.mark.parametrize(
    "tables",
    [
        {"train": {"recipe": "linear", "windows": ["all"]}},
        {"challengers": {"static": {}}},
        {"rollout": {"shadow": {"rows": 5}}},
    ],
)
def test_what_only_a_served_model_can_have_is_refused(tables: dict[str, Any]) -> None:
    own: dict[str, Any] = {"train": {"recipe": None, "windows": None}, **tables}
    with pytest.raises(TenureError, match="served elsewhere"):
        spec_of(model={"mode": "external"}, **own)


def test_a_plan_promises_no_training(outside: Life) -> None:
    fresh = spec_of(
        model={"mode": "external", "name": "other"}, train={"recipe": None, "windows": None}
    )
    assert declare.plan(outside.house, outside.tenant, fresh, "sha256:1").jobs == (
        "import the dataset",
        "wait for predictions: tenure log",
    )
