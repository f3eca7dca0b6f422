"""A stored day as a report: the verdicts that were given, the figures of the stored windows."""

import pytest

from tenure.core.calendar import DAY
from tenure.core.errors import TenureError
from tenure.core.shifts import Verdict
from tenure.pages.drift import page
from tenure.services import drift_report, reprofile
from tests.services.test_profiling import windows
from tests.small.life import LIVE, Life
from tests.small.rows import A_DAY


def test_a_judged_day_is_a_report_and_profiles_can_be_asked_for_again(life: Life) -> None:
    with pytest.raises(TenureError, match=r"drift\.no_day"):
        drift_report.report(life.house, life.tenant, life.model)
    life.days(20, 26)
    found, comparison = drift_report.report(life.house, life.tenant, life.model)
    assert found.day == LIVE + 5 * DAY
    assert (comparison.current.name, comparison.current.rows) == (
        "acme/churn, 2024-01-20 to 2024-01-26" if found.days == 7 else "",
        6 * A_DAY,
    )
    assert {one.verdict for one in comparison.columns if one.column in {"x", "y"}} == {
        Verdict.STEADY
    }
    assert "what trained version 1" in page(comparison)
    earlier, _ = drift_report.report(life.house, life.tenant, life.model, LIVE)
    assert earlier.rows == A_DAY
    before = {one.id: one.data for one in windows(life)}
    job = reprofile.ask(life.house, "test", life.tenant, life.model, "to be sure")
    life.work()
    assert sum(one.rows for one in windows(life)) == 6 * A_DAY
    assert {one.facts["rows"] for one in life.told("profiles.rebuilt")} == {6 * A_DAY}
    assert [one.facts["job"] for one in life.told("profiles.asked")] == [job.key]
    assert before.keys() != {one.id for one in windows(life)}  # hours again, until they are folded
