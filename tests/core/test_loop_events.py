"""Every kind of event either has consequences or has none, and nobody forgot to say which."""

import pytest

from tenure.core.deployments import CHAMPION
from tenure.core.events import KINDS
from tenure.core.loop import next_jobs
from tests.small.ring import AT, Facts, a_spec, an_event

SILENT = {
    "tenant.created",
    "key.created",
    "key.revoked",
    "model.declared",
    "model.moved",
    "labels.quarantined",
    "labels.corrected",
    "predictions.forgotten",
    "predictions.quarantined",
    "version.registered",
    "version.moved",
    "version.profiled",
    "profiles.asked",
    "profiles.rebuilt",
    "decision.made",
    "deployment.planned",
    "deployment.judged",
    "finding.acknowledged",
    "finding.diagnosed",
    "notification.sent",
    "job.parked",
    "job.retried",
    "clock.set",
    "approval.reviewed",
    "key.rotated",
    "policy.published",
    "package.received",
    "keys.swept",
    "person.added",
    "person.password_set",
    "person.removed",
    "reproduction.asked",
    "reproduction.ended",
    "run.cancelled",
    "tenant.quotas_set",
    "tests.imported",
}
WORDS = "given denied withdrawn validated glass_broken"
SPEAKING: dict[str, Facts] = {
    "model.changed": {"live": 3, "new_lanes": "static"},
    "dataset.committed": {"cause": "onboarding"},
    "version.received": {
        "file": "sha256:1",
        "name": "m.txt",
        "format": "",
        "trained_until": None,
        "by": "k_1",
    },
    "study.requested": {"live": 3, "lane": CHAMPION},
    "study.started": {"runs": "ru_1,ru_2"},
    "trial.ended": {"study_id": "st_1", "next": 2},
    "study.tuned": {"runs": "ru_1,ru_2"},
    "run.ended": {"study_id": "st_1", "remaining": 0},
    **{f"approval.{word}": {"study_id": "st_1"} for word in WORDS.split()},
    "study.ended": {"outcome": "promoted", "lane": CHAMPION, "cause": "schedule", "version": 2},
    "study.skipped": {"cause": "finding:f_1"},
    "deployment.moved": {"first": True},
    "schedule.came": {"lane": CHAMPION},
    "finding.opened": {"kind": "accuracy"},
    "finding.closed": {"kind": "accuracy"},
    "finding.muted": {"until": "2013-04-01T00:00:00+00:00"},
    "finding.unmuted": {},
    "incident.opened": {"tells": "f_1"},
    "incident.worsened": {"tells": "f_1,f_2"},
    "incident.closed": {"tells": "f_1"},
}


def test_every_kind_of_event_is_either_silent_or_speaking() -> None:
    assert SILENT | set(SPEAKING) == set(KINDS)
    assert not SILENT & set(SPEAKING)


@pytest.mark.parametrize("kind", sorted(SILENT))
def test_nothing_follows_from_a_silent_event(kind: str) -> None:
    assert next_jobs(an_event(kind), a_spec()) == ()


@pytest.mark.parametrize(("kind", "facts"), sorted(SPEAKING.items()))
def test_jobs_are_the_tenants_due_and_named_by_the_event_alone(kind: str, facts: Facts) -> None:
    event = an_event(kind, facts)
    jobs = next_jobs(event, a_spec())
    assert jobs
    assert jobs == next_jobs(event, a_spec())
    assert len({job.key for job in jobs}) == len(jobs)
    for job in jobs:
        assert job.tenant_id == "DL"
        assert job.payload["model_id"] == "arrival-delay"
        assert job.key.startswith("arrival-delay:")
        assert job.due_at is not None
        assert job.due_at >= AT
