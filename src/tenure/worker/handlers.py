"""Which use case does which kind of job. The only list of it."""

from collections.abc import Callable

from tenure.core.jobs import Job, JobKind
from tenure.services import (
    compact,
    deploy,
    diagnose,
    foresee,
    forget,
    gather,
    judge,
    notify,
    observe,
    poll,
    reproduce,
    reprofile,
    rollout,
    schedule,
    slo,
    study,
    train,
    tune,
)
from tenure.services.house import House

HANDLERS: dict[JobKind, Callable[[House, Job], None]] = {
    JobKind.STUDY: study.start,
    JobKind.TUNE: tune.run,
    JobKind.TRAIN: train.run,
    JobKind.JUDGE: judge.judge,
    JobKind.DEPLOY: deploy.put,
    JobKind.ROLLOUT: rollout.look,
    JobKind.OBSERVE: observe.watch_day,
    JobKind.SCHEDULE: schedule.come,
    JobKind.POLL_LABELS: poll.labels,
    JobKind.COMPACT: compact.merge,
    JobKind.FORGET: forget.predictions,
    JobKind.FORESEE: foresee.look,
    JobKind.SLO: slo.look,
    JobKind.DIAGNOSE: diagnose.look,
    JobKind.GATHER: gather.look,
    JobKind.NOTIFY: notify.send,
    JobKind.REPROFILE: reprofile.run,
    JobKind.REPRODUCE: reproduce.run,
}
