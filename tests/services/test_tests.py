"""What a CI brings is evidence: kept once, dated, inherited by what is made while it is in force."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tenure.core.errors import TenureError
from tenure.core.keys import Origin, Principal, Role
from tenure.core.studies import StudyState
from tenure.services import clock, keys, ready, tests
from tests.services.conftest import Begin
from tests.small.house import spec_of
from tests.small.life import LIVE, Life

GOOD = b'<testsuite><testcase classname="t" name="a" time="1"/></testsuite>'
BAD = GOOD.replace(b"/></", b'><failure message="no"/></testcase></')
COVERED = b"""<coverage><class filename="a.py"><lines><line number="1" hits="1"/></lines></class></coverage>"""
ANN = Principal("k_ann", "acme", Role.DEVELOPER, person="p_ann")


def brought(life: Life, data: bytes, **more: object) -> str:
    report = tests.Report(data, **more)  # type: ignore[arg-type]
    return tests.receive(life.house, ANN, life.tenant, life.model, report).id


def test_a_report_is_kept_once_with_commit_and_person(life: Life) -> None:
    first, again = brought(life, GOOD, commit="abc"), brought(life, GOOD, commit="abc")
    assert first == again
    (entry,) = life.told("tests.imported")
    assert (entry.actor, entry.facts["commit"], entry.facts["by"]) == ("k_ann", "abc", "p_ann")
    clock.advance(life.house, "test", life.tenant, LIVE + timedelta(hours=1))
    assert brought(life, BAD, commit="def") != first
    found = tests.history(life.house, life.tenant, life.model, 50)
    assert found.runs[0].id == first
    (case,) = found.cases
    assert (case.outcomes, case.regressed_at) == ("PF", "def")
    assert len(tests.history(life.house, life.tenant, life.model, 1).runs) == 1


def test_a_workloads_own_token_says_the_commit(life: Life) -> None:
    grant = keys.Grant(person="p_ci", origin=Origin.WORKLOAD, commit="abc")
    key, _ = keys.mint(life.house, "t", "acme", Role.DEVELOPER, "ci", None, grant)
    report = tests.Report(GOOD)
    made = tests.receive(life.house, key.principal, "acme", life.model, report)
    assert (made.facts["commit"], made.facts["by"]) == ("abc", "p_ci")
    with pytest.raises(TenureError) as caught:
        tests.receive(life.house, key.principal, "acme", life.model, replace(report, commit="def"))
    assert caught.value.code == "test.other_commit"


def test_what_is_neither_is_refused_and_so_is_a_version_that_is_not_there(life: Life) -> None:
    for data, version, code in ((b"<a/>", 0, "test.malformed"), (GOOD, 9, "version.not_found")):
        with pytest.raises(TenureError) as caught:
            brought(life, data, version=version)
        assert caught.value.code == code
    assert life.told("tests.imported") == []


def test_readiness_counts_tests_and_coverage(life: Life) -> None:
    def points() -> tuple[float, float]:
        found = {one.id: one for one in ready.score(life.house, life.tenant, life.model).checks}
        return found["I2"].points, found["D7"].points

    assert points() == (0.0, 0.0)
    brought(life, COVERED)
    brought(life, GOOD)
    assert points() == (1.0, 1.0)
    clock.advance(life.house, "test", life.tenant, LIVE + timedelta(hours=1))
    brought(life, BAD)
    assert points() == (0.0, 1.0)


def test_a_policy_asks_for_tests_and_a_new_version_inherits_them(fresh_life: Begin) -> None:
    life = fresh_life(spec_of(gate={"tested": {"require": "tests_passed"}, "holdout": "5d"}))
    life.declare()
    life.work()
    assert "no tests of this version are in force" in life.studies()[-1].reason
    brought(life, GOOD, commit="abc")
    life.bring(life.known(LIVE + timedelta(days=1)))
    life.advance(LIVE + timedelta(days=1))
    assert life.studies()[-1].state is StudyState.PROMOTED
    (copy,) = life.read(lambda work: work.evidence.list("acme", version=2, kind="tests"))
    assert (copy.facts["commit"], bool(copy.facts["inherited"])) == ("abc", True)
    assert len(tests.history(life.house, life.tenant, life.model, 50).runs) == 1
