"""MLflow's scoring protocol over real HTTP: the same answers, log and refusals as V2's."""

from collections.abc import Callable
from typing import Any

import httpx
import pandas as pd
import pytest

from tests.serving.asking import refused
from tests.serving.conftest import Served
from tests.serving.small import Home, expected, logged

FRAME = pd.DataFrame(
    {
        "distance": [1.5, 2.5],
        "gust": [0.5, float("nan")],
        "stops": pd.array([1, None], dtype="Int64"),
        "delayed": [True, False],
        "origin": ["JFK", "EWR"],
        "booked": pd.to_datetime(["2013-03-01T10:00:00Z", None]),
    }
)
ANSWERS = [
    expected([1.5, 0.5, 1.0, 1.0, "JFK", 1362132000.0], shift=1),
    expected([2.5, None, None, 0.0, "EWR", None], shift=1),
]
MIXED = "/v2/models/mixed/invocations"
LATE = "/v2/models/late/invocations"


def in_json(frame: pd.DataFrame, form: str) -> str:
    """A frame as MLflow's clients write it."""
    orient: Any = {"dataframe_split": "split", "dataframe_records": "records"}[form]
    return f'{{"{form}": {frame.to_json(orient=orient, date_format="iso")}}}'


@pytest.mark.parametrize("form", ["dataframe_split", "dataframe_records"])
def test_a_frame_is_answered_row_by_row(client: httpx.Client, form: str) -> None:
    response = client.post(
        MIXED, content=in_json(FRAME, form), headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 200, response.text
    assert response.json() == {"predictions": ANSWERS}
    assert response.headers["x-tenure-version"] == "1"


def test_a_frame_as_csv_is_answered_in_json_or_csv(client: httpx.Client) -> None:
    kind = {"Content-Type": "text/csv; charset=utf-8"}
    content = FRAME.to_csv(index=False)
    answer = client.post(MIXED, content=content, headers={**kind, "Accept": "application/json"})
    assert answer.json() == {"predictions": ANSWERS}
    answer = client.post(MIXED, content=content, headers={**kind, "Accept": "text/csv, */*"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text == "probability\n" + "".join(f"{value!r}\n" for value in ANSWERS)


@pytest.mark.parametrize("form", ["inputs", "instances"])
def test_rows_are_answered(client: httpx.Client, form: str) -> None:
    rows: list[list[Any]] = [[0.1, 0.2, 0.3, 0.4], [1, 2, 3, 4]]
    for path in (LATE, "/t/DL" + LATE, "/v2/models/late/versions/1/invocations"):
        answer = client.post(path, json={form: rows})
        assert answer.json() == {"predictions": [expected(row, shift=1) for row in rows]}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (LATE, {"inputs": [[1, 2]]}, 400, "request.bad_shape"),
        (LATE, {"inputs": {"x0": [1]}}, 400, "request.missing_input"),
        (LATE, {"inputs": {"y": [1]}}, 400, "request.unknown_input"),
        (LATE, {"inputs": [["a", 1, 2, 3]]}, 400, "feature.bad_value"),
        (LATE, {"inputs": [[None, 1, 2, 3]]}, 400, "feature.bad_value"),
        (LATE, {"inputs": []}, 400, "request.no_rows"),
        (LATE, {"instances": [[0]] * 70_000}, 413, "request.too_many_rows"),
        (LATE, {"dataframe_records": [{}] * 70_000}, 413, "request.too_many_rows"),
        (LATE.replace("late", "secret-name"), {"inputs": [[1]]}, 404, "model.not_found"),
        (LATE.replace("/inv", "/versions/9/inv"), {"inputs": [[1]]}, 404, "version.not_found"),
    ],
)
def test_mistakes_have_the_shape_and_code_of_v2(
    client: httpx.Client, path: str, body: Any, status: int, code: str
) -> None:
    assert refused(client.post(path, json=body), status) == code


def test_other_media_and_methods_are_refused(client: httpx.Client) -> None:
    answer = client.post(LATE, content=b"x", headers={"Content-Type": "application/x-parquet"})
    assert refused(answer) == "request.media_type"
    assert client.get(LATE).headers["allow"] == "POST"


def test_the_header_names_the_request_in_answer_and_log(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release())
    served = serve(home)
    with served.client() as client:
        named = {"X-Request-Id": "r-7"}
        body = {
            "dataframe_split": {
                "columns": ["x0", "x1", "x2", "x3", "flight", "day", "at"],
                "data": [[1, 2, 3, 4, "DL1", 5, "2013-03-01"]],
            }
        }
        answer = client.post(LATE, json=body, headers=named)
        assert answer.headers["x-request-id"] == "r-7"
        assert client.post(LATE, json={}, headers=named).headers["x-request-id"] == "r-7"
        unnamed = client.post(LATE, json=body)
        assert unnamed.headers["x-request-id"]
    served.stop()
    rows = [row for row in logged(home.root) if row["request_id"] == "r-7"]
    assert [(row["status"], row["key"]) for row in rows] == [
        ("ok", "DL1\x1f5"),
        ("request.malformed", None),
    ]
