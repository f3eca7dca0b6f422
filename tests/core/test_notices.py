"""Notices: what, since when, how bad, what Tenure does, and what a person can do."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tenure.core.findings import Finding
from tenure.core.incidents import What
from tenure.core.notices import Notice, compose
from tenure.core.studies import Study, StudyState
from tests.core.test_diagnosis import FOUND
from tests.small.house import spec_of

AT = datetime(2024, 3, 1, tzinfo=UTC)
RACING = spec_of(retrain={"on": ["finding:accuracy"]})


def a_finding(number: int = 1, kind: str = "accuracy") -> Finding:
    figures = (0.6, 0.5, 0.55, 0.65, 4211)
    opened = AT + timedelta(days=number)
    text = f"{kind} 0.6 against 0.5 expected"
    found = Finding(f"f_{number}", "acme", "churn", kind, 3, opened, None, *figures, text)
    return replace(found, incident="in_1")


def said(notice: Notice, heading: str) -> list[str]:
    return [text for name, text in notice.lines if name == heading]


def test_a_notice_says_what_since_when_how_bad_what_is_done_and_what_one_can_do() -> None:
    notice = compose(What.OPENED, AT, [a_finding()], ["f_1"], RACING, [])
    assert notice.title == "acme/churn: the accuracy got worse"
    assert said(notice, "what") == ["accuracy 0.6 against 0.5 expected"]
    assert said(notice, "since") == ["2024-03-02 00:00 UTC"]
    assert said(notice, "how bad") == ["0.6000 is 20% above the expected 0.5000, over 4,211 rows"]
    assert said(notice, "Tenure") == [
        "trains candidates and lets them race against the live version"
    ]
    assert "tenure finding show f_1" in said(notice, "you can")
    assert notice.text.startswith("what: accuracy 0.6")


def test_what_is_known_of_why_is_told_with_the_beginning_and_not_with_the_end() -> None:
    known = replace(a_finding(), diagnosis=FOUND)
    notice = compose(What.OPENED, AT, [known], ["f_1"], RACING, [])
    assert said(notice, "most of it") == [FOUND.most_of_it]
    assert said(notice, "what changed") == [FOUND.what_changed]
    closed = replace(known, closed_at=AT + timedelta(days=9), closed_because="it is as it was")
    assert said(compose(What.CLOSED, AT, [closed], ["f_1"], RACING, []), "most of it") == []


def test_it_names_the_race_that_the_finding_asked_for() -> None:
    lost = Study(
        "st_1", "acme", "churn", "champion", StudyState.REFUSED, "finding:f_1", AT,
        reason="no candidate is better",
    )  # fmt: skip
    other = replace(lost, id="st_2", cause="schedule", at=AT + timedelta(days=1))
    notice = compose(What.OPENED, AT, [a_finding()], ["f_1"], RACING, [lost, other])
    assert said(notice, "Tenure") == ["race st_1: refused, no candidate is better"]


def test_it_does_not_promise_a_race_that_nobody_asked_for() -> None:
    notice = compose(What.OPENED, AT, [a_finding()], ["f_1"], spec_of(), [])
    assert said(notice, "Tenure") == ["goes on watching; [retrain] on asks for no race"]


def test_what_comes_to_an_incident_is_told_with_what_was_there() -> None:
    members = [a_finding(1), a_finding(2, "drift")]
    notice = compose(What.WORSENED, AT, members, ["f_2"], RACING, [])
    assert notice.title == "acme/churn: more: the data drifted"
    assert said(notice, "incident") == ["1 other finding since 2024-03-02 00:00 UTC"]
    assert notice.since == members[0].opened_at
    assert [one.id for one in notice.findings] == ["f_2"]


def test_the_end_says_how_it_ended() -> None:
    ended = replace(a_finding(), closed_because="seven good days")
    notice = compose(What.CLOSED, AT, [ended], ["f_1"], RACING, [])
    assert notice.title == "acme/churn: over: the accuracy got worse"
    assert said(notice, "how it ended") == ["seven good days"]


def test_the_same_event_is_the_same_message_and_no_other_is() -> None:
    def name(what: What, at: datetime) -> str:
        return compose(what, at, [a_finding()], ["f_1"], RACING, []).id

    assert name(What.OPENED, AT) == name(What.OPENED, AT)
    later = AT + timedelta(seconds=1)
    assert len({name(What.OPENED, AT), name(What.CLOSED, AT), name(What.OPENED, later)}) == 3
