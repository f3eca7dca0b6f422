"""What a deprecated or retired endpoint tells its clients, in the words of the standards."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from tenure.ports.releases import Notice
from tests.serving.conftest import Served
from tests.serving.small import Home, numeric_body

DEPRECATED, SUNSET = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 12, 24, tzinfo=UTC)


def test_a_deprecated_endpoint_answers_with_dates_and_a_link_to_the_successor(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    notice = Notice(DEPRECATED, SUNSET, "later")
    home.publish(home.release("DL/late", notice=notice), home.release("DL/later"))
    with serve(home).client() as client:
        answer = client.post("/v2/models/late/infer", json=numeric_body())
        assert answer.status_code == 200
        assert answer.headers["deprecation"] == "@1704067200"
        assert answer.headers["sunset"] == "Tue, 24 Dec 2024 00:00:00 GMT"
        assert answer.headers["link"] == '</t/DL/v2/models/later>; rel="successor-version"'
        assert set(answer.json()) == {"model_name", "model_version", "id", "outputs"}
        followed = client.post("/t/DL/v2/models/later/infer", json=numeric_body())
        assert followed.status_code == 200
        assert "deprecation" not in followed.headers


def test_a_retired_endpoint_answers_410_and_says_whom_to_ask(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release("DL/later"))
    gone = {"DL/late": "DL/late was decommissioned; ask 'later' instead"}
    home.point(replace(home.releases.index(), gone=gone))
    with serve(home).client() as client:
        answer = client.post("/v2/models/late/infer", json=numeric_body())
        assert (answer.status_code, answer.json()["code"]) == (410, "model.gone")
        assert "ask 'later' instead" in answer.json()["error"]
