"""What is told of a finding: why, what Tenure did, what people can do, and the days around it."""

from dataclasses import replace
from datetime import timedelta

from tenure.core.accounts import Account, account
from tenure.core.findings import Finding
from tenure.core.spec.values import Spec
from tenure.core.studies import Study, StudyState
from tests.core.test_diagnosis import AT, DAY, FOUND, deployment, window
from tests.small.ring import a_spec

OPENED = AT + 7 * DAY
RED = Finding(
    "f_1", "DL", "late", "accuracy", 1, OPENED, None, 0.6, 0.5, 0.5, 0.7, 300, "worse",
    diagnosis=FOUND,
)  # fmt: skip
RACE = Study("st_1", "DL", "late", "champion", StudyState.PROMOTED, "finding:f_1", OPENED)


def told(finding: Finding, *races: Study, spec: Spec | None = None) -> Account:
    deployed = [replace(deployment(3, OPENED + timedelta(hours=5)), cause="st_1")]
    windows = [window(0, 0.4), window(1, 0.6), window(2, 0.0, labelled=0)]
    return account(finding, spec or a_spec(), windows, races, deployed)


def lines(account: Account, heading: str) -> list[str]:
    return [one.said for one in account.told if one.heading == heading]


def test_a_race_is_told_with_what_it_won_and_where_its_version_stands() -> None:
    won = replace(RACE, runs=("r_1", "r_2"), version=3, champion=1, best_minus_champion=-0.041)
    found = told(RED, won, replace(RACE, id="st_0", cause="schedule"))
    (did,) = lines(found, "Tenure did")
    assert did == (
        "race st_1 of 2 windows on 2013-06-08: version 3 beats version 1 by 0.0410; "
        "live since 2013-06-08 05:00"
    )
    assert lines(found, "you can")[0] == "tenure version show DL/arrival-delay/3"
    assert [one.words for one in found.happened] == [
        "it began to be worse",
        "the finding was opened",
        "race st_1: promoted",
    ]


def test_a_refused_race_says_why_and_without_one_it_is_said_what_comes() -> None:
    refused = replace(RACE, state=StudyState.REFUSED, reason="it does not gain")
    assert lines(told(RED, refused), "Tenure did") == [
        "race st_1 of 0 windows on 2013-06-08: refused: it does not gain"
    ]
    assert lines(told(RED), "Tenure did") == ["has asked for a race"]
    drift = replace(RED, kind="drift", diagnosis=None)
    assert lines(told(drift), "Tenure did") == ["goes on watching; [retrain] on asks for no race"]
    assert lines(told(drift), "most of it") == []


def test_what_is_closed_is_not_muted_and_days_without_labels_are_left_out() -> None:
    closed = replace(RED, closed_at=OPENED + DAY, closed_because="it is as it was")
    found = told(closed)
    assert not any("mute" in one for one in lines(found, "you can"))
    assert found.happened[-1].words == "the finding was closed: it is as it was"
    assert [(one.loss, one.labelled) for one in found.days] == [(0.4, 100), (0.6, 100)]
