"""What is said of why: since when, which rows, what changed; and what is not known is said too."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from tenure.core.columns import Role
from tenure.core.deployments import CHAMPION, Deployment, DeploymentState
from tenure.core.diagnosis import Diagnosis, Part, deployed, since_when, violations
from tenure.core.outcomes import Window
from tenure.core.shifts import Shift, Verdict

DAY = timedelta(days=1)
AT = datetime(2013, 6, 1, tzinfo=UTC)
PART = Part((("origin", "LGA"),), 0.61, 0.33, 0.3, 400, 0.4, 0.7, 0.001)
FOUND = Diagnosis(AT, AT + 7 * DAY, 4211, 9000, 0.579, 0.472, 120, (PART,))


def window(place: int, loss: float, labelled: int = 100) -> Window:
    day = AT + place * DAY
    total = loss * labelled
    return Window("w", "DL", "late", CHAMPION, 1, day, labelled, labelled, total, 0.0, day)


def shift(name: str, usual: float | None, weight: float = 1.0) -> Shift:
    return Shift(name, Role.FEATURE, Verdict.DRIFTED, 3.0, usual, 0.01, weight)


def since(losses: list[float]) -> int | None:
    return since_when([window(n, loss) for n, loss in enumerate(losses)], 0.45, 0.5)


def test_it_is_worse_since_the_day_that_divides_the_days_into_two_levels() -> None:
    assert since([0.4, 0.5, 0.4, 0.7, 0.65, 0.8, 0.7]) == 3
    assert since([0.46, 0.52, 0.51, 0.52, 0.5, 0.52, 0.9, 1.0]) == 6
    assert since([0.9, 0.9, 0.8]) == 0  # never as expected
    assert since([0.4] * 5) is None
    assert since([0.9, 0.1, 0.9]) == 2
    assert since_when([], 0.45, 0.5) is None
    empty = [window(0, 0.4), window(1, 0.9), window(2, 0.0, labelled=0)]
    assert since_when(empty, 0.45, 0.5) == 1


def test_parts_are_told_with_their_shares() -> None:
    assert FOUND.most_of_it == "origin = LGA (61% of the excess, 33% of the rows)"
    assert FOUND.compared == (
        "4,211 labelled rows since 2013-06-01 (mean loss 0.5790) with 9,000 rows before (0.4720)"
    )


def test_nothing_found_and_nothing_looked_for_are_told_apart() -> None:
    nothing = replace(FOUND, parts=())
    assert nothing.most_of_it == (
        "no part of the rows stands out (120 parts looked at): it got worse all over"
    )
    assert replace(nothing, why_not="no features were logged").most_of_it == (
        "not known: no features were logged"
    )


def test_what_changed_names_calibrated_drift_deployments_and_violations() -> None:
    assert FOUND.what_changed == ("drift was not judged; no deployment; no contract violation")
    drifted = tuple(shift(name, 1.0) for name in ("precip", "humid", "wind_gust", "temp"))
    happened = (
        *deployed([deployment(3, AT + DAY)], AT, AT + 7 * DAY),
        violations(AT, {"feature.bad_value": 212, "request.no_rows": 3}, 4000),
    )
    told = replace(FOUND, drifted=drifted, happened=happened)
    assert told.what_changed == (
        "precip, humid, wind_gust and 1 more drifted (calibrated on quiet history); "
        "version 3 went live 2013-06-02 00:00; "
        "212 feature.bad_value, 3 request.no_rows of 4,000 answers on 2013-06-01"
    )
    beside = replace(FOUND, drifted=(shift("seldom", None), shift("unused", 1.0, weight=0.0)))
    assert beside.what_changed.startswith("nothing that the model uses drifted")


def deployment(version: int, live_at: datetime) -> Deployment:
    return Deployment(
        id=f"d_{version}",
        tenant_id="DL",
        model_id="late",
        environment="production",
        lane=CHAMPION,
        version=version,
        state=DeploymentState.LIVE,
        cause="",
        planned_at=live_at,
        live_at=live_at,
    )


def test_only_what_happened_in_the_span_to_the_champions_lane_counts() -> None:
    beside = replace(deployment(4, AT), lane="static")
    many = [deployment(2, AT - DAY), beside, replace(deployment(5, AT + DAY), canary_at=AT)]
    found = deployed(many, AT, AT + 7 * DAY)
    assert [one.words for one in found] == [
        "version 5 went live 2013-06-02 00:00",
        "version 5 began to answer a share 2013-06-01 00:00",
    ]
