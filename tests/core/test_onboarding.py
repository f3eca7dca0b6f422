"""The checklist of an onboarding: what was said, what was found out, and how to bring the rest."""

from tenure.core.onboarding import Known, checklist
from tenure.core.spec.values import Spec
from tests.small.house import spec_of

SAID = {"owner": "ops@acme", "purpose": "to keep them", "runbook": "https://wiki/churn"}


def missing(spec: Spec, known: Known) -> dict[str, str]:
    return {step.id: step.how for step in checklist(spec, known) if not step.done}


def test_what_is_missing_says_how_to_bring_it() -> None:
    found = missing(spec_of(), Known())
    assert set(found) == {"owner", "purpose", "contract", "monitors", "runbook", "at_work"}
    assert all(found.values())
    assert found["owner"] == '[model] owner = "…"'


def test_a_model_that_is_taken_in_wholly_lacks_nothing() -> None:
    spec = spec_of(model=SAID, monitor={"notify": ["env:OPS"]})
    assert missing(spec, Known(features=3, live=2)) == {}
    told = {step.id: step.found for step in checklist(spec, Known(features=3, live=2))}
    assert told["contract"] == "3 features"
    assert told["tier"] == "medium (the default)"
    assert told["truth"] == "posted, joined by id"
    assert told["at_work"] == "version 2"


def test_a_model_that_is_served_elsewhere_is_at_work_once_it_is_logged() -> None:
    spec = spec_of(
        model={**SAID, "mode": "external"},
        train={"recipe": None, "windows": None},
        gate={"holdout": None},
        monitor={"notify": ["env:OPS"]},
    )
    assert set(missing(spec, Known(features=3))) == {"at_work"}
    assert missing(spec, Known(features=3, predictions=9)) == {}
