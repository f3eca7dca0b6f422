"""Small specs and events for the tests of the ring."""

from datetime import UTC, datetime

from tenure.core.events import Event
from tenure.core.jobs import NewJob
from tenure.core.models import Task
from tenure.core.spec.values import (
    DataPart,
    GatePart,
    LabelsPart,
    Lane,
    ModelPart,
    MonitorPart,
    RetirePart,
    RetrainPart,
    ServePart,
    Spec,
    SqlSource,
    TrainPart,
)

AT = datetime(2013, 3, 10, 12, tzinfo=UTC)
MONTHLY = "0 3 1 * *"
Facts = dict[str, str | int | float | bool | None]


def a_spec(
    *,
    on: tuple[str, ...] = ("finding:accuracy",),
    schedule: str | None = MONTHLY,
    lanes: tuple[Lane, ...] = (),
    sql: bool = False,
) -> Spec:
    source = SqlSource("env:WAREHOUSE", "select 1") if sql else "api"
    return Spec(
        model=ModelPart("DL", "arrival-delay", Task.BINARY),
        data=DataPart("flights.csv", "late"),
        labels=LabelsPart(source=source),
        features=(),
        train=TrainPart(),
        gate=GatePart(),
        serve=ServePart(),
        monitor=MonitorPart(notify=("env:OPS",)),
        retrain=RetrainPart(on=on, schedule=schedule),
        retire=RetirePart(),
        challengers=lanes,
    )


def a_lane(name: str, schedule: str | None = None) -> Lane:
    return Lane(name, TrainPart(), GatePart(mode="observe"), RetrainPart(schedule=schedule))


def an_event(kind: str, facts: Facts | None = None, subject: str = "x_1") -> Event:
    return Event(kind, "DL", "arrival-delay", subject, AT, facts or {})


def only(jobs: tuple[NewJob, ...]) -> NewJob:
    (job,) = jobs
    return job
