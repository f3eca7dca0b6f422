"""Every finished day is judged once, in order, and the next one is asked for."""

from tenure.core.jobs import JobKind, JobState
from tenure.core.outcomes import Window
from tests.small.life import Life
from tests.small.rows import BEGIN, DAY


def windows(life: Life) -> list[Window]:
    found = life.read(lambda work: work.windows.list(life.tenant, model_id=life.model))
    return [one for one in found if one.lane == "champion"]


def test_a_day_is_judged_when_its_labels_are_final_and_not_before(life: Life) -> None:
    life.days(20, 21)
    assert windows(life) == []
    life.days(21, 22)
    (first,) = windows(life)
    assert first.day == BEGIN + 20 * DAY
    assert 0 < first.labelled <= first.predictions
    assert first.first_judged_at == first.day + 2 * DAY


def test_days_are_judged_one_by_one_however_late_the_worker_is(life: Life) -> None:
    for day in range(20, 25):
        life.answer(BEGIN + day * DAY, BEGIN + (day + 1) * DAY)
        life.label(BEGIN + day * DAY, BEGIN + (day + 1) * DAY)
    life.advance(BEGIN + 25 * DAY)
    assert [one.day for one in windows(life)] == [BEGIN + day * DAY for day in range(20, 24)]
    waiting = [j for j in life.jobs(JobState.READY) if j.kind is JobKind.OBSERVE]
    assert [job.due_at for job in waiting] == [BEGIN + 26 * DAY]


def test_a_calm_model_has_no_finding(life: Life) -> None:
    life.days(20, 26)
    assert life.told("finding.opened") == []
    (detector,) = life.read(lambda work: work.detectors.list(life.tenant))
    assert detector.version == 1
