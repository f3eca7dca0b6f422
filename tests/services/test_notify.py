"""People are told: by every channel, once for each event, and what fails waits where it can be seen."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tenure.adapters.notify.channels import Channels
from tenure.adapters.secrets.references import References
from tenure.core.errors import TenureError
from tenure.core.jobs import JobKind, JobState
from tenure.core.lookups import allowance
from tenure.services import clock, collect, declare, notify, retry
from tests.services.test_gather import find
from tests.small.house import spec_of
from tests.small.life import Life
from tests.small.receiver import Receiver, receiving


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as server:
        yield server


@pytest.fixture
def watched(life: Life, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> Life:
    """A live model whose incidents are told to a chat on this machine."""
    monkeypatch.setenv("CHAT", f"slack+http://{receiver.authority}/hook")
    channels = (allowance("acme=env:CHAT"),)
    house = replace(
        life.house, notifier=Channels(References(Path()), ("127.0.0.0/8",)), channels=channels
    )
    spec = spec_of(challengers={"static": {}}, monitor={"notify": ["env:CHAT"]})
    declare.apply(house, "anna", life.tenant, spec)
    there = replace(life, house=house, spec=spec)
    there.work()
    return there


def parked(life: Life) -> list[str]:
    return [job.error for job in life.jobs(JobState.PARKED) if job.kind is JobKind.NOTIFY]


def test_an_incident_is_told_with_its_findings_and_the_ledger_knows_whom(
    watched: Life, receiver: Receiver
) -> None:
    find(watched, 1, 0)
    find(watched, 2, 0)
    watched.work()
    (came,) = receiver.posted
    text = json.loads(came.body)["text"]
    assert "acme/churn: the data drifted" in text
    assert text.count("it drifts") == 2
    (told,) = watched.told("notification.sent")
    assert (told.facts["channel"], told.facts["kind"]) == ("env:CHAT", "slack")
    assert str(told.facts["id"]).startswith("ev_")


def test_a_replay_does_not_wait_for_a_channel_that_is_down(
    watched: Life, receiver: Receiver
) -> None:
    receiver.statuses = [503]
    find(watched, 1, 0)
    watched.work()
    (error,) = parked(watched)
    assert "env:CHAT answered 503" in error
    assert receiver.authority not in error
    (job,) = watched.jobs(JobState.PARKED)
    retry.job(watched.house, "anna", watched.tenant, job.id)
    watched.work()
    assert parked(watched) == []
    first, again = receiver.posted
    assert first.body == again.body
    assert len(watched.told("notification.sent")) == 1


def test_in_wall_time_what_fails_is_tried_again_later(watched: Life, receiver: Receiver) -> None:
    receiver.statuses = [503]
    clock.wall(watched.house, "anna", watched.tenant)
    find(watched, 1, 0)
    assert watched.do_next().kind is JobKind.GATHER
    watched.house.clock.sleep(1)
    collect.gather(watched.house)  # wall time goes on with what is collected
    job = watched.do_until(JobKind.NOTIFY)
    with pytest.raises(TenureError) as caught:
        notify.send(watched.house, job)
    assert (caught.value.code, caught.value.kind) == ("notify.failed", "unavailable")


def test_a_channel_that_the_spec_names_no_more_is_left_in_peace(
    watched: Life, receiver: Receiver
) -> None:
    find(watched, 1, 0)
    job = watched.do_until(JobKind.NOTIFY)
    declare.apply(watched.house, "anna", watched.tenant, spec_of(challengers={"static": {}}))
    notify.send(watched.house, job)
    assert receiver.posted == []
    assert watched.told("notification.sent") == []


def test_what_the_operator_allows_no_more_is_not_sent(watched: Life, receiver: Receiver) -> None:
    find(watched, 1, 0)
    job = watched.do_until(JobKind.NOTIFY)
    with pytest.raises(TenureError) as caught:
        notify.send(replace(watched.house, channels=()), job)
    assert caught.value.code == "notify.not_allowed"
    assert receiver.posted == []


def test_a_channel_that_is_not_the_tenants_is_not_declared(life: Life) -> None:
    spec = spec_of(challengers={"static": {}}, monitor={"notify": ["env:CHAT"]})
    for declared in (
        lambda: declare.plan(life.house, life.tenant, spec, None),
        lambda: declare.apply(life.house, "anna", life.tenant, spec),
    ):
        with pytest.raises(TenureError) as caught:
            declared()
        assert caught.value.code == "notify.not_allowed"
