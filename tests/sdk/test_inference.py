"""Frames become V2 tensors, and V2 answers become sequences."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pyarrow as pa
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tenure.app.inprocess import InProcessTransport
from tenure.core.errors import TenureError
from tenure.sdk import frames, inference
from tenure.sdk.http import Http

INPUTS = {"wind": "FP64", "origin": "BYTES", "seats": "INT64", "night": "BOOL", "at": "BYTES"}
PATH = "/t/DL/v2/models/delay"


def tensors(columns: dict[str, Any]) -> dict[str, Any]:
    table = frames.table_of(columns)
    return {t["name"]: t for t in inference.tensors(table, INPUTS)}


def test_columns_are_sent_in_the_datatype_that_the_model_asks_for() -> None:
    found = tensors(
        {
            "wind": [1, None],
            "origin": ["EWR", None],
            "seats": [3, 4],
            "night": [True, None],
            "at": [datetime(2024, 1, 1, 2, tzinfo=UTC), None],
        }
    )
    assert found["wind"] == {"name": "wind", "shape": [2], "datatype": "FP64", "data": [1.0, None]}
    assert found["origin"]["data"] == ["EWR", None]
    assert found["seats"]["data"] == [3, 4]
    assert found["night"]["data"] == [True, None]
    assert found["at"]["data"] == ["2024-01-01T02:00:00+00:00", None]


def test_numbers_may_stand_for_categories_and_times_without_a_zone_are_utc() -> None:
    found = tensors({"origin": [12, 13], "at": [datetime(2024, 1, 1), None]})  # noqa: DTZ001
    assert found["origin"]["data"] == ["12", "13"]
    assert found["at"]["data"][0] == "2024-01-01T00:00:00+00:00"


def test_dictionary_and_all_null_columns_are_sent_as_their_values() -> None:
    column = pa.array(["a", "b", None]).dictionary_encode()
    found = tensors({"origin": column, "wind": pa.nulls(3)})
    assert found["origin"]["data"] == ["a", "b", None]
    assert found["wind"]["data"] == [None, None, None]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_nan_and_infinity_are_refused_with_their_column(bad: float) -> None:
    with pytest.raises(TenureError) as caught:
        tensors({"wind": pl.Series([1.0, bad])})
    assert (caught.value.code, caught.value.where) == ("frame.not_finite", "column wind")


def test_text_where_a_number_belongs_is_refused_with_its_column() -> None:
    with pytest.raises(TenureError) as caught:
        tensors({"wind": ["strong"]})
    assert (caught.value.code, caught.value.where) == ("frame.bad_type", "column wind")


@pytest.fixture
def asked() -> list[dict[str, Any]]:
    """Bodies that the server was sent."""
    return []


@pytest.fixture
def serving(asked: list[dict[str, Any]]) -> Iterator[Http]:
    """A server that speaks V2: it answers wind / 10, and three classes for `kinds`."""

    async def metadata(request: Request) -> Response:
        inputs = [{"name": n, "datatype": d, "shape": [-1]} for n, d in INPUTS.items()]
        return JSONResponse({"name": request.path_params["model"], "inputs": inputs})

    async def infer(request: Request) -> Response:
        body = await request.json()
        asked.append(body)
        wind = next(t["data"] for t in body["inputs"] if t["name"] == "wind")
        rows = len(wind)
        out = [{"name": "probability", "shape": [rows], "data": [w / 10 for w in wind]}]
        if request.path_params["model"] == "kinds":
            out = [
                {"name": "probability", "shape": [rows, 3], "data": [0.2, 0.3, 0.5] * rows},
                {"name": "label", "shape": [rows], "data": ["c"] * rows},
            ]
        if request.path_params["model"] == "minutes":
            out = [{"name": "value", "shape": [rows], "data": wind}]
        answer = {"model_version": "4", "id": body.get("id", "issued"), "outputs": out}
        return JSONResponse(answer)

    async def explain(request: Request) -> Response:
        wind = (await request.json())["inputs"][0]["data"]
        rows, wide = len(wind), request.path_params["model"] == "kinds"

        def told(name: str, values: list[float]) -> dict[str, Any]:
            data = [v for value in values for v in [value] * (3 if wide else 1)]
            return {"name": name, "shape": [rows, 3] if wide else [rows], "data": data}

        parts = [told("base_value", [1.0] * rows), told("raw_score", [1 + w for w in wind])]
        said = {"link": "logit", "method": "tree_shapley"}
        outputs = [*parts, told("wind", wind)]
        return JSONResponse(
            {"model_version": "4", "id": "", "parameters": said, "outputs": outputs}
        )

    routes = [
        Route("/t/DL/v2/models/{model}", metadata),
        Route("/t/DL/v2/models/{model}/explain", explain, methods=["POST"]),
        Route("/t/DL/v2/models/{model}/infer", infer, methods=["POST"]),
    ]
    client = Http("http://localhost", None, transport=InProcessTransport(Starlette(routes=routes)))
    yield client
    client.close()


def ask(serving: Http, model: str, columns: dict[str, Any], **more: Any) -> inference.Answer:
    options = {"request_id": None, "batch": 100, **more}
    table = frames.table_of(columns)
    return inference.predict(serving, f"/t/DL/v2/models/{model}", table, **options)


def test_an_answer_has_a_number_for_each_row(serving: Http) -> None:
    answer = ask(serving, "delay", {"wind": [1.0, 2.0]})
    assert list(answer) == [0.1, 0.2]
    assert (len(answer), answer[1], answer.version) == (2, 0.2, "4")
    assert answer.ids == [("issued", 0), ("issued", 1)]
    assert answer.labels is None


def test_a_multiclass_answer_has_a_number_for_each_class_and_a_label(serving: Http) -> None:
    answer = ask(serving, "kinds", {"wind": [1.0, 2.0]})
    assert list(answer) == [[0.2, 0.3, 0.5], [0.2, 0.3, 0.5]]
    assert answer.labels == ["c", "c"]


def test_a_regression_answers_values(serving: Http) -> None:
    assert list(ask(serving, "minutes", {"wind": [7.0]})) == [7.0]


def test_columns_that_the_model_does_not_take_stay_at_home(
    serving: Http, asked: list[dict[str, Any]]
) -> None:
    ask(serving, "delay", {"late": [True], "wind": [1.0]})
    assert [tensor["name"] for tensor in asked[0]["inputs"]] == ["wind"]


def test_many_rows_go_in_several_requests_that_are_named_in_order(
    serving: Http, asked: list[dict[str, Any]]
) -> None:
    answer = ask(serving, "kinds", {"wind": [1.0] * 5}, request_id="r", batch=2)
    assert [body["id"] for body in asked] == ["r", "r.1", "r.2"]
    assert answer.ids == [("r", 0), ("r", 1), ("r.1", 0), ("r.1", 1), ("r.2", 0)]
    assert answer.labels == ["c"] * 5
    assert len(answer) == 5


def test_a_frame_without_any_input_is_refused_with_what_is_taken(serving: Http) -> None:
    with pytest.raises(TenureError) as caught:
        ask(serving, "delay", {"late": [True]})
    assert caught.value.code == "frame.missing_columns"
    assert "wind" in caught.value.hint


@pytest.mark.parametrize("model", ["delay", "kinds"])
def test_an_explanation_has_a_contribution_per_feature_for_each_row(
    serving: Http, model: str
) -> None:
    table = frames.table_of({"wind": [0.5, 2.0, 3.0], "colour": ["a", "b", "c"]})
    found = inference.explain(serving, f"/t/DL/v2/models/{model}", table, batch=2)
    wide = (lambda v: [v] * 3) if model == "kinds" else (lambda v: v)
    assert list(found) == [{"wind": wide(0.5)}, {"wind": wide(2.0)}, {"wind": wide(3.0)}]
    assert (found.base[2], found.scores[2]) == (wide(1.0), wide(4.0))
    assert (len(found), found.link, found.version) == (3, "logit", "4")
