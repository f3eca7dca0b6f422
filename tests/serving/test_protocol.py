"""Open Inference Protocol V2 over REST: every demand of its text, asked over real HTTP.

There is no public conformance suite; these are the demands of kserve/open-inference-protocol,
`inference_rest.md`, and good manners beyond it.
"""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests.serving.asking import MATRIX, good, infer, refused
from tests.serving.conftest import Served
from tests.serving.small import MIXED, Home, expected, numeric_body, tensor


def test_the_server_says_its_name_version_and_extensions(client: httpx.Client) -> None:
    body = client.get("/v2").json()
    assert body["name"] == "tenure"
    assert isinstance(body["version"], str)
    assert body["extensions"] == ["binary_tensor_data"]


@pytest.mark.parametrize(("page", "key"), [("live", "live"), ("ready", "ready")])
def test_health_needs_no_key(client: httpx.Client, page: str, key: str) -> None:
    response = httpx.get(f"{client.base_url}/v2/health/{page}")
    assert (response.status_code, response.json()) == (200, {key: True})
    assert httpx.head(f"{client.base_url}/v2/health/{page}").status_code == 200


def test_a_model_describes_its_tensors(client: httpx.Client) -> None:
    body = client.get("/v2/models/mixed").json()
    assert (body["name"], body["versions"]) == ("mixed", ["1"])
    assert body["platform"].count("_") == 1
    features = {t["name"]: t["datatype"] for t in body["inputs"] if "parameters" not in t}
    assert features == {
        "distance": "FP64",
        "gust": "FP64",
        "stops": "INT64",
        "delayed": "BOOL",
        "origin": "BYTES",
        "booked": "BYTES",
    }
    assert all(t["shape"] == [-1] for t in body["inputs"])
    assert body["outputs"] == [{"name": "probability", "datatype": "FP64", "shape": [-1]}]


def test_a_model_tells_optional_inputs_apart(client: httpx.Client) -> None:
    inputs = client.get("/v2/models/late").json()["inputs"]
    roles = {t["name"]: t["parameters"]["role"] for t in inputs if "parameters" in t}
    assert roles == {"flight": "key", "day": "key", "at": "time"}


def test_a_time_that_is_a_part_of_the_key_is_described_once(
    home: Home, serve: Callable[[Home], Served]
) -> None:
    home.publish(home.release(key_columns=("place", "at")))
    with serve(home).client() as client:
        inputs = client.get("/v2/models/late").json()["inputs"]
    roles = [(t["name"], t["parameters"]["role"]) for t in inputs if "parameters" in t]
    assert roles == [("place", "key"), ("at", "key")]


@pytest.mark.parametrize("path", ["/v2/models/late", "/v2/models/late/versions/1"])
def test_a_model_says_that_it_is_ready(client: httpx.Client, path: str) -> None:
    assert client.get(f"{path}/ready").json() == {"name": "late", "ready": True}
    assert client.get(path).status_code == 200


def test_the_pinned_versions_are_listed(client: httpx.Client) -> None:
    assert client.get("/v2/models/late").json()["versions"] == ["1", "7"]


@pytest.mark.parametrize("path", ["", "/ready", "/versions/1", "/versions/1/ready"])
def test_an_unknown_model_is_an_error(client: httpx.Client, path: str) -> None:
    assert refused(client.get(f"/v2/models/nope{path}"), 404) == "model.not_found"


@pytest.mark.parametrize("path", ["", "/ready"])
def test_an_unknown_version_is_an_error(client: httpx.Client, path: str) -> None:
    response = client.get(f"/v2/models/late/versions/none{path}")
    assert refused(response, 404) == "version.not_found"


def test_an_answer_names_model_version_and_request(client: httpx.Client) -> None:
    response = infer(client, {"id": "42", "inputs": [MATRIX]})
    body = good(response)
    assert (body["model_name"], body["model_version"], body["id"]) == ("late", "1", "42")
    assert response.headers["x-request-id"] == "42"
    assert response.headers["x-tenure-version"] == "1"
    (output,) = body["outputs"]
    assert (output["name"], output["shape"], output["datatype"]) == ("probability", [1], "FP64")
    assert output["data"] == [expected(MATRIX["data"], shift=1)]


def test_an_id_is_issued_when_none_was_given(client: httpx.Client) -> None:
    ids = [good(infer(client, {"inputs": [MATRIX], **more}))["id"] for more in ({}, {"id": ""})]
    assert all(ids)
    assert ids[0] != ids[1]


def test_nested_data_equals_flat_data(client: httpx.Client) -> None:
    flat = good(infer(client, {"inputs": [MATRIX]}))
    nested = good(infer(client, {"inputs": [{**MATRIX, "data": [MATRIX["data"]]}]}))
    column = {"inputs": [{**t, "shape": [1, 1]} for t in numeric_body()["inputs"]]}
    deeper = {"inputs": [{**t, "data": [t["data"]]} for t in column["inputs"]]}
    assert nested["outputs"] == flat["outputs"]
    assert good(infer(client, column))["outputs"] == good(infer(client, deeper))["outputs"]


def test_a_batch_is_answered_row_by_row(client: httpx.Client) -> None:
    body = good(infer(client, numeric_body(3)))
    assert body["outputs"][0]["shape"] == [3]
    assert body["outputs"][0]["data"] == [expected([0.1 * i] * 4, shift=1) for i in range(3)]


def test_columns_and_a_matrix_are_the_same_question(client: httpx.Client) -> None:
    columns = {"inputs": [tensor(f"x{i}", [v]) for i, v in enumerate(MATRIX["data"])]}
    assert (
        good(infer(client, columns))["outputs"]
        == good(infer(client, {"inputs": [MATRIX]}))["outputs"]
    )


def test_a_matrix_may_come_with_key_and_time(client: httpx.Client) -> None:
    sides = [tensor("flight", ["DL1"], "BYTES"), tensor("day", ["d"], "BYTES")]
    assert good(infer(client, {"inputs": [*sides, MATRIX]}))


@pytest.mark.parametrize("datatype", ["FP32", "FP16"])
def test_shorter_floats_are_taken(client: httpx.Client, datatype: str) -> None:
    good(infer(client, {"inputs": [{**MATRIX, "datatype": datatype}]}))


@pytest.mark.parametrize("datatype", ["INT8", "UINT64"])
def test_integers_are_taken_for_floats(client: httpx.Client, datatype: str) -> None:
    good(infer(client, {"inputs": [{**MATRIX, "datatype": datatype, "data": [1, 2, 3, 4]}]}))


def test_parameters_are_taken_wherever_the_protocol_has_them(client: httpx.Client) -> None:
    given = {"text": "x", "count": 1, "share": 0.5, "flag": True}
    body = {
        "inputs": [{**MATRIX, "parameters": given}],
        "outputs": [{"name": "probability", "parameters": {"binary_data": False}}],
        "parameters": given,
    }
    good(infer(client, body))


@pytest.mark.parametrize("value", [None, [1], {"a": 1}])
def test_parameters_of_other_kinds_are_refused(client: httpx.Client, value: object) -> None:
    response = infer(client, {"inputs": [MATRIX], "parameters": {"x": value}})
    assert refused(response) == "request.malformed"


def test_a_requested_output_is_honoured(client: httpx.Client) -> None:
    body = good(infer(client, {"inputs": [MATRIX], "outputs": [{"name": "probability"}]}))
    assert [output["name"] for output in body["outputs"]] == ["probability"]
    assert good(infer(client, {"inputs": [MATRIX], "outputs": []}))["outputs"]


def test_an_unknown_requested_output_is_an_error(client: httpx.Client) -> None:
    response = infer(client, {"inputs": [MATRIX], "outputs": [{"name": "no-such-output"}]})
    assert refused(response) == "request.unknown_output"


@pytest.mark.parametrize("version", ["1", "7"])
def test_a_version_in_the_path_answers_itself(client: httpx.Client, version: str) -> None:
    body = good(infer(client, {"inputs": [MATRIX]}, f"/v2/models/late/versions/{version}/infer"))
    assert body["model_version"] == version
    shifted = expected(MATRIX["data"], shift=float(version))
    assert body["outputs"][0]["data"] == [shifted]


@pytest.mark.parametrize("version", ["2", "no-such-version", ""])
def test_a_version_that_does_not_answer_is_an_error(client: httpx.Client, version: str) -> None:
    """Version 2 runs in the shadow only: it was never approved to answer."""
    response = infer(client, {"inputs": [MATRIX]}, f"/v2/models/late/versions/{version}/infer")
    assert refused(response, 404) == "version.not_found"


def test_every_kind_of_column_is_read(client: httpx.Client) -> None:
    body = {
        "inputs": [
            tensor("distance", [100.5, 7.0]),
            tensor("gust", [None, 3.5], "FP32"),
            tensor("stops", [1, None], "INT64"),
            tensor("delayed", [True, None], "BOOL"),
            tensor("origin", ["JFK", "never seen"], "BYTES"),
            tensor("booked", ["2013-03-01T10:00:00-05:00", None], "BYTES"),
        ]
    }
    found = good(infer(client, body, "/v2/models/mixed/infer"))
    booked = 1362150000.0
    assert found["outputs"][0]["data"] == [
        expected([100.5, None, 1.0, 1.0, "JFK", booked], shift=1),
        expected([7.0, 3.5, None, None, "never seen", None], shift=1),
    ]


@pytest.mark.parametrize(
    ("name", "datatype", "data"),
    [
        ("distance", "FP64", [None]),
        ("distance", "FP64", [-1.0]),
        ("distance", "BYTES", ["100"]),
        ("distance", "BOOL", [True]),
        ("distance", "FP64", [True]),
        ("distance", "FP64", ["x"]),
        ("distance", "FP64", [[1.0]]),
        ("distance", "FP64", [{}]),
        ("distance", "FP64", [10**400]),
        ("distance", "FP32", [1e39]),
        ("distance", "FP16", [70000.0]),
        ("distance", "INT8", [128]),
        ("distance", "UINT8", [-1]),
        ("distance", "INT64", [2**63]),
        ("distance", "INT64", [1.5]),
        ("distance", "FOO", [1.0]),
        ("distance", "BF16", [1.0]),
        ("stops", "FP64", [1.5]),
        ("delayed", "INT8", [2]),
        ("delayed", "BOOL", [1]),
        ("origin", "BYTES", [1]),
        ("origin", "BYTES", [None]),
        ("origin", "FP64", [1.0]),
        ("booked", "BYTES", ["yesterday"]),
        ("booked", "BYTES", ["9999-12-31T23:59:59-14:00"]),
        ("booked", "INT64", [2**62]),
        ("booked", "FP64", [1.0]),
    ],
)
def test_a_value_that_does_not_fit_is_refused(
    client: httpx.Client, name: str, datatype: str, data: list[Any]
) -> None:
    fitting = {
        "distance": tensor("distance", [1.0]),
        "gust": tensor("gust", [None]),
        "stops": tensor("stops", [1], "INT64"),
        "delayed": tensor("delayed", [True], "BOOL"),
        "origin": tensor("origin", ["JFK"], "BYTES"),
        "booked": tensor("booked", [None], "BYTES"),
        name: tensor(name, data, datatype),
    }
    assert set(fitting) == {column.name for column in MIXED.features}
    response = infer(client, {"inputs": list(fitting.values())}, "/v2/models/mixed/infer")
    assert refused(response) in {"feature.bad_value", "feature.bad_datatype"}
    assert name in response.json()["error"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "request.malformed"),
        ([], "request.malformed"),
        ({"inputs": []}, "request.no_inputs"),
        ({"inputs": None}, "request.malformed"),
        ({"inputs": [{**MATRIX, "shape": [1, 3]}]}, "request.bad_shape"),
        ({"inputs": [{**MATRIX, "shape": [1, 3], "data": [1, 2, 3]}]}, "request.bad_shape"),
        ({"inputs": [{**MATRIX, "shape": [2, 4]}]}, "request.bad_shape"),
        ({"inputs": [{**MATRIX, "shape": [-1, 4]}]}, "request.bad_shape"),
        ({"inputs": [{**MATRIX, "shape": [0, 4], "data": []}]}, "request.no_rows"),
        ({"inputs": [{**MATRIX, "shape": [1, 4, 1]}]}, "request.bad_shape"),
        ({"inputs": [{**MATRIX, "shape": []}]}, "request.bad_shape"),
        ({"inputs": [{**MATRIX, "data": [[1, 2], [3, 4]]}]}, "request.bad_shape"),
        ({"inputs": [{**MATRIX, "datatype": "FOO"}]}, "feature.bad_datatype"),
        ({"inputs": [{**MATRIX, "datatype": "BYTES"}]}, "feature.bad_datatype"),
        ({"inputs": [{**MATRIX, "data": [None] * 4}]}, "feature.bad_value"),
        ({"inputs": [{**MATRIX, "data": ["x"] * 4}]}, "feature.bad_value"),
        ({"inputs": [{**MATRIX, "data": "x"}]}, "request.malformed"),
        ({"inputs": [{"name": "x0", "shape": [1], "datatype": "FP64"}]}, "request.bad_shape"),
        ({"inputs": numeric_body()["inputs"][:3]}, "request.missing_input"),
        ({"inputs": numeric_body()["inputs"] * 2}, "request.repeated_input"),
        (
            {"inputs": [*numeric_body(2)["inputs"][:3], tensor("x3", [1.0])]},
            "request.unequal_rows",
        ),
        ({"inputs": [*numeric_body()["inputs"], tensor("x9", [1.0])]}, "request.unknown_input"),
        ({**numeric_body(), "id": 7}, "request.malformed"),
        ({**numeric_body(), "id": "a\nb"}, "request.bad_id"),
        ({**numeric_body(), "id": "a" * 201}, "request.bad_id"),
    ],
)
def test_a_malformed_request_is_refused(client: httpx.Client, body: Any, code: str) -> None:
    assert refused(infer(client, body)) == code


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"null", b"[" * 5000, b"{} x"])
def test_what_is_not_json_is_refused(client: httpx.Client, content: bytes) -> None:
    response = client.post("/v2/models/late/infer", content=content)
    assert refused(response) == "request.malformed"


@pytest.mark.parametrize("word", ["NaN", "Infinity", "-Infinity"])
def test_nan_and_infinity_are_refused_with_the_way_out(client: httpx.Client, word: str) -> None:
    content = json.dumps({"inputs": [MATRIX]}).replace("0.1", word)
    response = client.post("/v2/models/late/infer", content=content)
    assert refused(response) == "request.not_finite"
    assert "null" in response.json()["error"]


def test_the_nearest_input_is_named(client: httpx.Client) -> None:
    body = {"inputs": [tensor("distanse", [1.0])]}
    response = infer(client, body, "/v2/models/mixed/infer")
    assert refused(response) == "request.unknown_input"
    assert 'did you mean "distance"?' in response.json()["error"]


def test_what_is_missing_is_named(client: httpx.Client) -> None:
    response = infer(client, {"inputs": numeric_body()["inputs"][1:]})
    assert "x0" in response.json()["error"]


def test_a_compressed_body_is_refused_in_words(client: httpx.Client) -> None:
    response = client.post(
        "/v2/models/late/infer", content=b"\x1f\x8b", headers={"Content-Encoding": "gzip"}
    )
    assert refused(response) == "request.encoded"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/v2/models/late/infer", "POST"),
        ("POST", "/v2/models/late", "GET"),
        ("DELETE", "/v2/models/late/ready", "GET"),
        ("PUT", "/v2", "GET"),
        ("POST", "/v2/health/live", "GET"),
        ("POST", "/metrics", "GET"),
    ],
)
def test_a_wrong_method_is_told_the_right_one(
    client: httpx.Client, method: str, path: str, allowed: str
) -> None:
    response = client.request(method, path)
    assert refused(response, 405) == "page.wrong_method"
    assert response.headers["allow"] == allowed


@pytest.mark.parametrize(
    "path", ["/", "/v2/", "/v2/models", "/v2/models/", "/v2/models/late/nope", "/v1/x", "/t/DL"]
)
def test_an_unknown_address_is_not_found(client: httpx.Client, path: str) -> None:
    assert refused(client.get(path), 404) == "page.not_found"
