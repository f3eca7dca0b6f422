"""What an onboarding lacks is read off the spec and off what is there."""

from tenure.services import onboard
from tests.small.life import Life


def test_a_live_model_has_its_contract_and_a_version_and_lacks_what_nobody_said(life: Life) -> None:
    found = onboard.look(life.house, life.tenant, life.model)
    assert found.missing == ("owner", "purpose", "monitors", "runbook")
    assert (found.model, found.done) == ("acme/churn", len(found.steps) - 4)
    told = {step.id: step.found for step in found.steps}
    assert told["at_work"] == "version 1"
    assert told["contract"].endswith("features")
