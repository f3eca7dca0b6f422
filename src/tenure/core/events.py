"""What happened, as frozen values.

A service records an event in the unit of work of the change itself: it becomes a ledger entry,
and `core/loop.py` says which jobs follow. `at` is business time.
"""

from dataclasses import dataclass
from datetime import datetime

Facts = dict[str, str | int | float | bool | None]
"""Small values that a reader of the ledger wants to see."""


@dataclass(frozen=True, slots=True)
class Event:
    """Something happened to a tenant's model (or to the tenant: `model_id` empty).

    `kind` is `noun.happened`; `subject` is the id of what it happened to; `facts` are the small
    values that a reader of the ledger wants to see. Everything that happens is in `KINDS`.
    """

    kind: str
    tenant_id: str
    model_id: str
    subject: str
    at: datetime
    facts: Facts


KINDS = {
    "tenant.created": "a tenant was created",
    "tenant.quotas_set": "who runs the house said what a tenant may use at most",
    "key.created": "an API key was minted",
    "key.rotated": "an API key was given a successor, and a date of its own",
    "key.revoked": "an API key was revoked",
    "person.added": "an account of the house's own was made",
    "person.password_set": "an account of the house's own got another password",
    "person.removed": "an account of the house's own was removed",
    "keys.swept": "keys of sessions and workloads that ended long ago were removed",
    "model.declared": "a spec was applied for the first time",
    "model.changed": "a changed spec was applied",
    "model.moved": "a model's state changed",
    "dataset.committed": "a dataset version was committed",
    "labels.quarantined": "labels were put aside: unknown, late or malformed",
    "labels.corrected": "labels were corrected after they had been joined",
    "predictions.forgotten": "logged predictions were deleted: they were kept long enough",
    "predictions.quarantined": "logged predictions were put aside",
    "schedule.came": "a cron instant of the spec has come",
    "study.requested": "a person asked for a race",
    "study.started": "a race began: its runs are planned",
    "study.tuned": "a study's trials are over: its windows race with the best parameters",
    "study.ended": "a race ended: promoted, refused, waiting or failed",
    "study.skipped": "a race was asked for and not run: cool-down, budget, too few rows",
    "run.ended": "a training ended",
    "run.cancelled": "a person ended a training; its race goes on without it",
    "reproduction.asked": "somebody asked for a training to be done again from what its run pins",
    "reproduction.ended": "a training was done again: whether the same answers came out",
    "trial.ended": "a trial of a study ended: complete, pruned or failed",
    "package.received": "a package of training code was taken in",
    "version.received": "a model file that was made elsewhere was taken in",
    "version.registered": "a version was registered with its evidence",
    "tests.imported": "a CI brought a run of a model's tests, or their coverage",
    "version.moved": "a version's assurance changed",
    "profiles.asked": "somebody asked for a model's profiles to be computed again from the log",
    "profiles.rebuilt": "a model's profiles were computed again from the log",
    "version.profiled": "what a version's answers are held against was computed and kept",
    "decision.made": "a policy decided",
    "policy.published": "a policy was published; it holds from now on",
    "approval.given": "a person approved",
    "approval.denied": "a person said no to a version",
    "approval.withdrawn": "a person took their word back",
    "approval.validated": "a validator vouched for a version",
    "approval.glass_broken": "a version may pass without approvals for some hours",
    "approval.reviewed": "what passed by a broken glass was looked at",
    "deployment.planned": "a deployment was planned",
    "deployment.moved": "a deployment's state or share changed",
    "deployment.judged": "a trial came to its end: live, rolled back or stopped, and why",
    "finding.opened": "a finding was opened",
    "finding.closed": "a finding was closed",
    "finding.diagnosed": "it was looked where a finding comes from",
    "finding.muted": "nobody is told of a finding for a while: a person said so",
    "finding.unmuted": "people are told of a finding again: a person said so",
    "finding.acknowledged": "a person has taken a finding on",
    "incident.opened": "an incident began with a finding; the spec's channels are told",
    "incident.worsened": "an open incident has one more finding, or a mute has ended; channels are told",
    "incident.closed": "nothing of an incident has been open for three days; channels are told",
    "notification.sent": "a channel took a message about an incident",
    "job.parked": "a job failed too often and waits for a person",
    "job.retried": "a person made a parked job ready again",
    "clock.set": "a tenant's business clock was put into replay, or back to wall time",
}
