"""A mute has a reason and an end in business time; the ledger knows who said what of a finding."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from tenure.core.errors import TenureError
from tenure.services import mute
from tenure.services.mute import Remark
from tests.services.test_gather import close, find, findings
from tests.small.life import LIVE, Life
from tests.small.rows import DAY

SAID = Remark("anna", "acme", "f_1", "a known holiday")


def test_a_mute_ends_by_itself_in_business_time(life: Life) -> None:
    find(life, 1, 0)
    muted = mute.mute(life.house, SAID, LIVE + 2 * DAY)
    assert muted.mute is not None
    assert (muted.mute.reason, muted.mute.by, muted.mute.at) == ("a known holiday", "anna", LIVE)
    life.work()
    life.advance(LIVE + DAY)
    assert life.told("incident.opened") == []
    life.advance(LIVE + 2 * DAY)
    (opened,) = life.told("incident.opened")
    assert opened.business_at == LIVE + 2 * DAY
    (said,) = life.told("finding.muted")
    assert (said.actor, said.subject, said.facts["reason"]) == ("anna", "f_1", "a known holiday")


def test_what_is_unmuted_is_told_at_once(life: Life) -> None:
    find(life, 1, 0)
    mute.mute(life.house, SAID, LIVE + 2 * DAY)
    life.work()
    mute.unmute(life.house, SAID)
    life.work()
    assert len(life.told("incident.opened")) == 1
    mute.unmute(life.house, SAID)
    assert len(life.told("finding.unmuted")) == 1


def test_an_acknowledgement_is_kept_with_the_finding(life: Life) -> None:
    find(life, 1, 0)
    mute.acknowledge(life.house, SAID)
    (found,) = findings(life)
    assert found.acknowledged is not None
    assert (found.acknowledged.by, found.acknowledged.reason) == ("anna", "a known holiday")
    assert [entry.actor for entry in life.told("finding.acknowledged")] == ["anna"]


def test_a_mute_that_would_have_ended_already_is_refused(life: Life) -> None:
    find(life, 1, 0)
    for until in (LIVE, LIVE - timedelta(seconds=1)):
        with pytest.raises(TenureError) as caught:
            mute.mute(life.house, SAID, until)
        assert caught.value.code == "finding.bad_until"


def test_nothing_is_said_of_what_is_closed_or_another_tenants(life: Life) -> None:
    find(life, 1, 0)
    close(life, 1, 0)
    for refused, code in ((SAID, "closed"), (replace(SAID, tenant_id="zeta"), "not_found")):
        for say in (mute.unmute, mute.acknowledge, partial(mute.mute, until=LIVE + DAY)):
            with pytest.raises(TenureError) as caught:
                say(life.house, refused)
            assert caught.value.code == f"finding.{code}"
