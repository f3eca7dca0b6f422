"""A finding's report is read off what is stored; another tenant's finding is not there."""

import pytest

from tenure.core.errors import TenureError
from tenure.services import finding_report
from tests.services.test_gather import find
from tests.small.life import Life


def test_a_finding_is_told_with_its_days_and_without_a_diagnosis(life: Life) -> None:
    life.days(20, 23)
    find(life, 1, 0)
    (found,) = life.read(lambda work: work.findings.list(life.tenant, model_id=life.model))
    told = finding_report.report(life.house, life.tenant, found.id)
    assert told.finding == found
    assert len(told.days) == 2
    assert told.told[0].heading == "Tenure did"
    with pytest.raises(TenureError) as caught:
        finding_report.report(life.house, "other", found.id)
    assert caught.value.code == "finding.not_found"
