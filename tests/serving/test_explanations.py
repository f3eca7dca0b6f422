"""`…/explain`: the same questions as `infer`, the same limits, and nothing in the log."""

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest

from tenure.core.limits import Limits
from tenure.serving.assembly import Bounds
from tenure.serving.residence import DEFAULT_BYTES
from tests.serving.asking import MATRIX, infer, refused
from tests.serving.conftest import Served
from tests.serving.small import MIXED, Home, logged, numeric_body, tensor

EXPLAIN = "/v2/models/late/explain"


def explained(response: httpx.Response) -> dict[str, Any]:
    """Return what was added, tensor by tensor."""
    assert response.status_code == 200, response.text
    return {one["name"]: np.array(one["data"]) for one in response.json()["outputs"]}


def test_contributions_and_base_add_up_to_the_score_behind_the_answer(client: httpx.Client) -> None:
    body = numeric_body(5, id="why")
    response = infer(client, body, EXPLAIN)
    found, said = explained(response), response.json()
    base, score, *parts = found.values()
    np.testing.assert_allclose(base + sum(parts), score, rtol=1e-12)
    answers = infer(client, body).json()["outputs"][0]["data"]
    np.testing.assert_allclose(1 / (1 + np.exp(-score)), answers, rtol=1e-9)
    assert list(found) == ["base_value", "raw_score", "x0", "x1", "x2", "x3"]
    assert said["parameters"] == {"method": "linear_shapley", "link": "logit"}
    assert (said["id"], said["model_version"]) == ("why", "1")
    assert response.headers["x-request-id"] == "why"


def test_a_version_that_is_named_is_the_one_that_is_explained(client: httpx.Client) -> None:
    response = infer(client, numeric_body(), "/v2/models/late/versions/7/explain")
    assert response.headers["x-tenure-version"] == "7"
    assert explained(response)["base_value"].tolist() == [7.0]


def test_a_matrix_is_explained_as_it_is_answered(client: httpx.Client) -> None:
    found = explained(infer(client, {"inputs": [MATRIX]}, EXPLAIN))
    np.testing.assert_allclose([found[f"x{i}"][0] for i in range(4)], [0.025, 0.05, 0.075, 0.1])


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"inputs": []}, "request.no_inputs"),
        ({"inputs": [tensor("x0", [1.0])]}, "request.missing_input"),
        ({"inputs": [tensor("y", [1.0])]}, "request.unknown_input"),
        ("soup", "request.malformed"),
    ],
)
def test_a_bad_question_is_refused_as_by_infer(client: httpx.Client, body: Any, code: str) -> None:
    assert refused(infer(client, body, EXPLAIN)) == refused(infer(client, body)) == code


def test_more_rows_than_are_explained_at_once_are_refused(client: httpx.Client) -> None:
    assert refused(infer(client, numeric_body(1_001), EXPLAIN), 413) == "explain.too_many_rows"


def test_a_black_box_says_that_it_is_one(client: httpx.Client) -> None:
    values = {"distance": 1.0, "gust": None, "stops": 0, "delayed": True, "origin": "JFK"}
    kinds = {"stops": "INT64", "delayed": "BOOL", "origin": "BYTES"}
    inputs = [tensor(name, [value], kinds.get(name, "FP64")) for name, value in values.items()]
    inputs.append(tensor("booked", ["2026-11-01T10:00:00Z"], "BYTES"))
    assert len(inputs) == len(MIXED.features)
    assert refused(infer(client, {"inputs": inputs}, "/v2/models/mixed/explain"), 409) == (
        "explain.black_box"
    )


def test_an_explanation_is_counted_and_never_logged_as_a_prediction(
    home: Home, serve: Callable[..., Served]
) -> None:
    home.publish(home.release())
    served = serve(home)
    with served.client() as client:
        explained(infer(client, numeric_body(3), EXPLAIN))
        refused(infer(client, {"inputs": []}, EXPLAIN))
        figures = client.get("/metrics").text
    served.stop()
    labels = 'tenant="DL",model="late",version="1"'
    assert f"tenure_explanation_rows_total{{{labels}}} 3" in figures
    assert f'tenure_explanation_requests_total{{{labels},code="request.no_inputs"}} 1' in figures
    assert "tenure_prediction_requests_total{" not in figures
    assert logged(home.root) == []


def test_an_explanation_takes_from_the_same_allowance_as_a_prediction(
    home: Home, serve: Callable[..., Served]
) -> None:
    home.publish(home.release())
    served = serve(home, Bounds(DEFAULT_BYTES, Limits(rate=1.0, payload_bytes=4_000)))
    with served.client() as client:
        assert infer(client, numeric_body(), EXPLAIN).status_code == 200
        assert refused(infer(client, numeric_body()), 429) == "limit.rate"
        assert refused(infer(client, numeric_body(500), EXPLAIN), 413) == "limit.payload"


def test_a_prediction_does_not_wait_for_an_explanation(
    home: Home, serve: Callable[..., Served]
) -> None:
    """Two explain at a time; what came after many of them is answered before the last."""
    from concurrent.futures import ThreadPoolExecutor

    home.publish(home.release(arms=(home.arm(1, seconds=0.2),)))
    served = serve(home)
    order: list[str] = []

    def ask(path: str, rows: int) -> None:
        with served.client() as client:
            infer(client, numeric_body(rows), path)
            order.append(path)

    with served.client() as client:
        infer(client, numeric_body())  # loaded
    with ThreadPoolExecutor() as pool:
        slow = [pool.submit(ask, EXPLAIN, 2) for _ in range(12)]
        quick = pool.submit(ask, "/v2/models/late/infer", 1)
        for one in (quick, *slow):
            one.result()
    assert len(order) == 13
    assert order[-1] == EXPLAIN
