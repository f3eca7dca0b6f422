"""Limits: what is too much is refused early, counted, and nobody else's business."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from tenure.core.errors import TenureError
from tenure.core.limits import Limits
from tenure.serving.assembly import UNBOUNDED, Bounds
from tenure.serving.limits import Allowances, enter, leave
from tests.serving.conftest import Served
from tests.serving.small import Home, logged, numeric_body

URL = "/v2/models/late/infer"
NONE = Limits()


def refused(allowances: Allowances, limits: Limits = NONE, *, size: int = 100) -> str:
    """Ask once; return the code of the refusal, or ""."""
    try:
        enter(allowances.of("DL", "late", limits), size)
    except TenureError as error:
        return error.code
    return ""


def test_a_rate_lets_a_burst_of_a_second_in_and_then_no_more() -> None:
    now = [100.0]
    allowances = Allowances(Limits(rate=50), clock=lambda: now[0])
    assert sum(not refused(allowances) for _ in range(60)) == 50
    assert refused(allowances) == "limit.rate"
    now[0] += 0.1
    assert sum(not refused(allowances) for _ in range(60)) == 5


def test_a_process_grants_its_share_of_a_rate() -> None:
    allowances = Allowances(Limits(rate=100), processes=4, clock=lambda: 1.0)
    assert sum(not refused(allowances) for _ in range(100)) == 25


def test_a_rate_below_one_a_second_lets_one_in() -> None:
    allowances = Allowances(Limits(rate=0.1))
    assert [refused(allowances), refused(allowances)] == ["", "limit.rate"]


def test_a_tenants_own_rate_stands_in_place_of_the_one_for_each_as_soon_as_it_is_known() -> None:
    now = [100.0]
    allowances = Allowances(Limits(rate=50, concurrent=9), clock=lambda: now[0])
    (met,) = allowances.of("DL", "late", NONE)
    allowances.grant({"DL": 3})
    assert sum(not refused(allowances) for _ in range(60)) == 3
    assert met.busy == 3
    (stranger,) = allowances.of("B6", "late", NONE)
    assert stranger is not met
    allowances.grant({})
    now[0] += 1
    for _ in range(3):
        leave((met,))
    assert sum(not refused(allowances) for _ in range(5)) == 5


def test_only_so_many_are_under_way_and_who_leaves_makes_room() -> None:
    allowances = Allowances(Limits(concurrent=2))
    assert [refused(allowances) for _ in range(3)] == ["", "", "limit.concurrent"]
    leave(allowances.of("DL", "late", NONE))
    assert [refused(allowances) for _ in range(2)] == ["", "limit.concurrent"]


def test_a_models_limits_tighten_its_tenants() -> None:
    allowances = Allowances(Limits(concurrent=3, payload_bytes=1000))
    tight = Limits(concurrent=1, payload_bytes=200)
    assert refused(allowances, tight, size=300) == "limit.payload"
    assert [refused(allowances, tight), refused(allowances, tight)] == ["", "limit.concurrent"]
    assert [refused(allowances) for _ in range(3)] == ["", "", "limit.concurrent"]
    assert refused(allowances, Limits(payload_bytes=5000), size=3000) == "limit.payload"


def test_what_was_refused_by_one_limit_takes_nothing_of_another() -> None:
    allowances = Allowances(Limits(concurrent=5))
    for _ in range(10):
        refused(allowances, Limits(rate=0.1))
    (tenant, _) = allowances.of("DL", "late", Limits(rate=0.1))
    assert tenant.busy == 1


def test_tenants_have_limits_of_their_own() -> None:
    allowances = Allowances(Limits(concurrent=1))
    enter(allowances.of("DL", "late", NONE), 1)
    enter(allowances.of("B6", "late", NONE), 1)
    with pytest.raises(TenureError):
        enter(allowances.of("DL", "other", NONE), 1)


@pytest.fixture
def bounded(home: Home, serve: Callable[..., Served]) -> Served:
    slow = home.release("DL/slow", arms=(home.arm(1, seconds=0.3),))
    noisy = home.release("DL/late", limits=Limits(rate=0.01))
    home.publish(noisy, slow, home.release("B6/late"))
    each = Limits(concurrent=2, payload_bytes=50_000)
    return serve(home, Bounds(UNBOUNDED.memory_bytes, each))


def test_a_noisy_tenant_is_told_and_a_quiet_one_is_answered(bounded: Served) -> None:
    with bounded.client("DL") as noisy, bounded.client("B6") as quiet:
        answers = [noisy.post(URL, json=numeric_body()) for _ in range(20)]
        for _ in range(5):
            assert quiet.post(URL, json=numeric_body()).status_code == 200
    assert answers[0].status_code == 200
    refusals = answers[1:]
    assert {answer.status_code for answer in refusals} == {429}
    assert {answer.json()["code"] for answer in refusals} == {"limit.rate"}
    assert {answer.headers["retry-after"] for answer in refusals} == {"1"}
    bounded.stop()
    rows = [row for row in logged(bounded.home.root) if row["tenant"] == "DL"]
    assert len(rows) == 1  # what was refused is no prediction


def test_too_many_at_once_are_told_to_come_back(bounded: Served) -> None:
    def ask(_: int) -> int:
        with bounded.client("DL") as client:
            return client.post("/v2/models/slow/infer", json=numeric_body(300)).status_code

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(6)))
    assert answers.count(429) >= 1
    assert answers.count(200) >= 2
    assert set(answers) == {200, 429}
    assert ask(0) == 200


def test_a_payload_over_the_limit_is_refused(bounded: Served) -> None:
    with bounded.client("DL") as client:
        response = client.post(URL, content=b" " * 60_000)
        assert (response.status_code, response.json()["code"]) == (413, "limit.payload")
        chunks = (b" " * 1000 for _ in range(60))
        response = client.post(URL, content=chunks)
        assert (response.status_code, response.json()["code"]) == (413, "limit.payload")
