"""Findings begin and end with their line in the ledger, and one of a kind is open at a time."""

from tenure.core.calendar import DAY
from tenure.core.findings import Finding
from tenure.core.spec.parse import from_dict
from tenure.services import findings
from tests.small.life import LIVE, Life


def test_a_finding_begins_and_ends_in_the_ledger(life: Life) -> None:
    with life.house.store.work() as work:
        model = work.models.get(life.tenant, life.model)
        spec = from_dict(model.spec)
        red = Finding("f_1", life.tenant, life.model, "drift", 1, LIVE, None, 2, 1, 2, 2, 90, "red")
        findings.begin(life.house, work, spec, red, {"columns": "x"})
        assert findings.find_open(work, model, "drift") == red
        assert findings.find_open(work, model, "accuracy") is None
        findings.end(life.house, work, spec, red, "it is quiet", LIVE + DAY)
        assert findings.find_open(work, model, "drift") is None
    assert life.told("finding.opened")[-1].facts["columns"] == "x"
    assert life.told("finding.closed")[-1].facts == {"kind": "drift", "why": "it is quiet"}
