"""Who was champion when, why, and how it ended."""

from dataclasses import replace

from tenure.core.deployments import DeploymentState
from tenure.core.documents.reigns import reigns
from tests.core.documents.samples import APPROVED, AT, DAY, FULL, deployment, study


def test_a_race_a_gain_and_an_approval_are_told() -> None:
    first, second = FULL.reigns
    assert (first.version, first.until, first.ended) == (1, AT + 7 * DAY, "replaced by version 2")
    assert first.why == "won a race (onboarding): all clauses passed"
    assert second.why.endswith("; gains 0.0123 on version 1")
    assert (second.gain, second.until, second.approved_by) == (0.0123, None, ("p_ann",))


def test_going_back_says_who_and_why() -> None:
    gone = replace(deployment(2, 7, live=False), state=DeploymentState.ROLLED_BACK)
    back = replace(deployment(1, 14, live=True), cause="rollback:dp_2", by="k_ann", reason="errors")
    found = reigns([deployment(1, 0, live=False), gone, back], {"st_2": study(2)}, [APPROVED])
    assert found[1].ended == "rolled back to version 1"
    assert (found[2].why, found[2].by) == ("went back to version 1: errors", "k_ann")


def test_what_was_never_live_and_challengers_are_no_champions() -> None:
    tried = replace(deployment(3, 3, live=False), live_at=None)
    shadow = replace(deployment(4, 3, live=False), lane="static")
    assert reigns([tried, shadow], {}, []) == ()


def test_other_causes_are_told_in_words() -> None:
    asked = replace(deployment(1, 0, live=True), cause="promote:dp_0")
    spec = replace(asked, cause="spec:2024-03-02T00:00:00")
    assert reigns([asked], {}, [])[0].why == "promoted by a person"
    assert reigns([spec], {}, [])[0].why == "the spec was changed (2024-03-02)"
