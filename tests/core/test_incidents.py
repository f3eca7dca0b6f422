"""Incidents: what is open together is one, what wavers is one, and people are told of each thing once."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tenure.core.findings import Finding, Mute
from tenure.core.incidents import QUIET, Gathered, What, gather

AT = datetime(2024, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def a_finding(number: int = 1, day: float = 0, closed: float | None = None) -> Finding:
    until = None if closed is None else AT + closed * DAY
    figures = (0.6, 0.5, 0.55, 0.65, 900)
    return Finding(
        f"f_{number}", "DL", "late", "accuracy", 3, AT + day * DAY, until, *figures, "worse"
    )


def muted(finding: Finding, until: float) -> Finding:
    return replace(finding, mute=Mute(AT + until * DAY, "known", "k_1", AT))


class Model:
    """A model's findings, looked at from time to time."""

    def __init__(self, *findings: Finding) -> None:
        self.findings = {one.id: one for one in findings}

    def look(self, day: float) -> Gathered:
        found = gather(list(self.findings.values()), AT + day * DAY)
        assert found is not None
        self.findings |= {one.id: one for one in found.changed}
        return found

    def close(self, number: int, day: float) -> None:
        one = self.findings[f"f_{number}"]
        self.findings[one.id] = replace(one, closed_at=AT + day * DAY)


def told(found: Gathered) -> list[str]:
    return [one.id for one in found.tells] if found.news else []


def test_a_model_without_findings_has_no_incident() -> None:
    assert gather([], AT) is None


def test_findings_of_one_instant_are_one_incident_and_one_message() -> None:
    found = Model(a_finding(1), a_finding(2)).look(0)
    assert (found.news, told(found)) == (What.OPENED, ["f_1", "f_2"])
    assert {one.incident for one in found.changed} == {found.incident}


def test_a_look_that_finds_nothing_new_says_nothing() -> None:
    model = Model(a_finding(1))
    model.look(0)
    again = model.look(0)
    assert (again.news, again.changed, again.over) == (None, (), False)


def test_one_more_finding_worsens_the_incident() -> None:
    model = Model(a_finding(1))
    first = model.look(0)
    model.findings["f_2"] = a_finding(2, day=1)
    more = model.look(1)
    assert (more.news, told(more), more.incident) == (What.WORSENED, ["f_2"], first.incident)


def test_an_incident_is_over_when_all_has_been_closed_for_long_enough() -> None:
    model = Model(a_finding(1), a_finding(2))
    model.look(0)
    model.close(1, 1)
    assert model.look(1).news is None
    model.close(2, 2)
    waits = model.look(2)
    assert (waits.news, waits.over, waits.look_again) == (None, False, AT + 2 * DAY + QUIET)
    ends = model.look(2 + QUIET / DAY)
    assert (ends.news, ends.over, told(ends)) == (What.CLOSED, True, ["f_1", "f_2"])
    assert gather(list(model.findings.values()), AT + 9 * DAY) is None


def test_what_opens_again_before_the_end_belongs_to_the_same_incident() -> None:
    model = Model(a_finding(1))
    first = model.look(0)
    model.close(1, 1)
    model.look(1)
    model.findings["f_2"] = a_finding(2, day=2)
    again = model.look(2)
    assert (again.news, again.incident) == (What.WORSENED, first.incident)
    model.close(2, 3)
    model.look(3)
    model.look(3 + QUIET / DAY)
    model.findings["f_3"] = a_finding(3, day=8)
    anew = model.look(8)
    assert (anew.news, anew.incident != first.incident) == (What.OPENED, True)


def test_nobody_is_told_of_what_is_muted_until_the_mute_ends_by_itself() -> None:
    model = Model(muted(a_finding(1), until=5))
    quiet = model.look(0)
    assert (quiet.news, quiet.look_again) == (None, AT + 5 * DAY)
    assert model.look(4).news is None
    speaks = model.look(5)
    assert (speaks.news, told(speaks)) == (What.OPENED, ["f_1"])


def test_what_was_known_before_its_mute_is_told_again_when_it_ends_and_once_only() -> None:
    model = Model(a_finding(1))
    model.look(0)
    one = model.findings["f_1"]
    model.findings["f_1"] = replace(one, mute=Mute(AT + 5 * DAY, "known", "k_1", AT + DAY))
    assert (model.look(1).news, model.look(4).news) == (None, None)
    assert model.look(5).news is What.WORSENED
    assert model.look(6).news is None


def test_whoever_heard_of_the_beginning_hears_of_the_end_though_it_is_muted() -> None:
    model = Model(a_finding(1))
    model.look(0)
    one = model.findings["f_1"]
    model.findings["f_1"] = replace(one, mute=Mute(AT + 50 * DAY, "known", "k_1", AT + DAY))
    model.close(1, 2)
    model.look(2)
    assert model.look(2 + QUIET / DAY).news is What.CLOSED


def test_a_muted_finding_does_not_silence_the_others() -> None:
    found = Model(muted(a_finding(1), until=5), a_finding(2)).look(0)
    assert (found.news, told(found)) == (What.OPENED, ["f_2"])


def test_an_incident_that_nobody_heard_of_ends_unheard() -> None:
    model = Model(muted(a_finding(1), until=9))
    model.look(0)
    model.close(1, 1)
    model.look(1)
    ends = model.look(1 + QUIET / DAY)
    assert (ends.over, ends.news) == (True, None)


@given(
    spans=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), min_size=1, max_size=8),
    twice=st.booleans(),
)
def test_each_finding_is_told_once_and_each_incident_opens_and_closes_once(
    spans: list[tuple[int, int]], *, twice: bool
) -> None:
    model, news = Model(), list[tuple[What, str]]()
    heard: list[str] = []
    for day in range(40):
        for number, (begins, lasts) in enumerate(spans):
            if begins == day:
                model.findings[f"f_{number}"] = a_finding(number, day)
            if begins + lasts == day:
                model.close(number, day)
        for _ in range(2 if twice else 1):
            if gather(list(model.findings.values()), AT + day * DAY) is None:
                continue
            found = model.look(day)
            if found.news:
                news.append((found.news, found.incident))
                heard += told(found) if found.news is not What.CLOSED else []
    assert sorted(heard) == sorted(model.findings)
    names = {one.incident for one in model.findings.values()}
    for what in (What.OPENED, What.CLOSED):
        assert sorted(one for kind, one in news if kind is what) == sorted(names)
