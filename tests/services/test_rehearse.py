"""A draft is asked what it would have said; nothing changes, and words that were said still count."""

from dataclasses import replace

import pytest

from tenure.core.errors import TenureError
from tenure.core.keys import Principal, Role
from tenure.core.policies import Outcome
from tenure.services import approve, policies
from tenure.services.approve import Said
from tenure.services.rehearse import Rehearsal, rehearse
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import Life

SURE = '[clauses.sure]\nrequire = "metric_min"\nmetric = "accuracy"\nvalue = 0.999\n'


def asked(life: Life, text: str, last: int = 100) -> Rehearsal:
    return rehearse(life.house, life.tenant, text, last)


def test_a_draft_that_asks_for_more_would_have_refused(life: Life) -> None:
    before = life.read(lambda work: work.decisions.list(life.tenant))
    found = asked(life, SURE)
    assert found.decisions == len(before) == len(found.changed)
    assert {(one.was, one.would_be) for one in found.changed} == {(Outcome.PASSED, Outcome.REFUSED)}
    assert found.changed[0].reasons[0].level == "tenant acme (1)"
    assert "0.999" in found.changed[0].reasons[0].text
    assert asked(life, SURE, last=1).decisions == 1
    assert asked(life, "policy = 1").changed == ()
    assert life.read(lambda work: work.decisions.list(life.tenant)) == before
    assert life.read(lambda work: work.policies.list(life.tenant)) == []


def test_a_draft_that_is_wrong_is_refused_as_publishing_it_would_be(life: Life) -> None:
    with pytest.raises(TenureError, match=r"spec\.bad_value"):
        asked(life, '[clauses.x]\nrequire = "hope"')


def test_a_decision_of_an_earlier_release_is_counted_and_left_alone(life: Life) -> None:
    with life.house.store.work() as work:
        for one in work.decisions.list(life.tenant):
            work.decisions.save(life.tenant, replace(one, declared=()))
    found = asked(life, SURE)
    assert (found.skipped, found.changed) == (found.decisions, ())


def test_what_people_said_of_the_old_rules_counts_for_the_draft(fresh_life: Begin) -> None:
    """A draft without the clause would have passed at once; with one more vote it would still wait."""
    life = fresh_life(spec_of(gate={"holdout": "5d"}))
    owner = '[clauses.owner]\nrequire = "approvals"\n'
    admin = Principal("k", life.tenant, Role.ADMIN, person="ann")
    policies.publish(life.house, admin, life.tenant, owner, "because")
    life.declare()
    life.work()
    ben = Principal("ben", life.tenant, Role.APPROVER, person="ben")
    approve.give(life.house, Said(ben, life.tenant, life.model, 1, "sound"))
    life.work()
    made = life.read(lambda work: work.decisions.list(life.tenant))
    assert {one.outcome for one in made} == {Outcome.WAITING, Outcome.PASSED}
    assert asked(life, owner).changed == ()
    (two,) = asked(life, owner + "count = 2\n").changed
    assert (two.was, two.would_be) == (Outcome.PASSED, Outcome.WAITING)
    assert "1 of 2 approvals: ben" in two.reasons[0].text
    (none,) = asked(life, "policy = 1").changed
    assert (none.was, none.would_be) == (Outcome.WAITING, Outcome.PASSED)
