"""Whatever a client sends: an answer or a clear refusal, never a failure of ours."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.serving.conftest import Served
from tests.serving.fuzzing import cases
from tests.serving.small import MIXED

NAMES = [column.name for column in MIXED.features]
DATATYPES = ["FP64", "FP32", "FP16", "INT8", "INT64", "UINT8", "UINT64", "BOOL", "BYTES", "X", ""]

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=-(10**400), max_value=10**400)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["JFK", "2013-03-01T10:00:00Z", "2013-03-01", "24:00", "\x1f", "\x00"])
)
anything = st.recursive(
    scalars,
    lambda deeper: (
        st.lists(deeper, max_size=4) | st.dictionaries(st.text(max_size=5), deeper, max_size=3)
    ),
    max_leaves=12,
)
tensors = st.fixed_dictionaries(
    {
        "name": st.sampled_from([*NAMES, "flight", "day", "at", "x", ""]) | st.text(max_size=9),
        "shape": st.lists(st.integers(-2, 4), max_size=3) | st.just([2**62, 2**62]) | anything,
        "datatype": st.sampled_from(DATATYPES) | st.text(max_size=5),
        "data": st.lists(scalars, max_size=4) | anything,
    },
    optional={"parameters": anything},
)
near_misses = st.fixed_dictionaries(
    {"inputs": st.lists(tensors, max_size=9)},
    optional={"id": scalars, "outputs": anything, "parameters": anything},
)


@st.composite
def one_wrong(draw: st.DrawFn) -> dict[str, Any]:
    """A good request of two rows with one tensor replaced."""
    good: dict[str, tuple[str, list[Any]]] = {
        "distance": ("FP64", [1.0, 2.5]),
        "gust": ("FP64", [None, 3]),
        "stops": ("INT64", [1, None]),
        "delayed": ("BOOL", [True, False]),
        "origin": ("BYTES", ["JFK", "LAX"]),
        "booked": ("INT64", [0, None]),
        "flight": ("BYTES", ["a", "b"]),
        "day": ("INT64", [1, 2]),
        "at": ("BYTES", ["2013-03-01", "2013-03-01T10:00:00+01:00"]),
    }
    name = draw(st.sampled_from(sorted(good)))
    good[name] = (
        draw(st.sampled_from(DATATYPES)),
        draw(st.lists(scalars, min_size=2, max_size=2)),
    )
    return {
        "inputs": [
            {"name": key, "shape": [2], "datatype": kind, "data": data}
            for key, (kind, data) in good.items()
        ]
    }


def settled(response: httpx.Response) -> None:
    body = response.json()
    if response.status_code == 200:
        (output,) = body["outputs"]
        assert all(0 <= value <= 1 for value in output["data"])
    else:
        assert response.status_code in {400, 413}, response.text
        assert isinstance(body["error"], str)
        assert body["code"].startswith(("request.", "feature.", "key.", "time."))


@pytest.fixture(scope="module")
def lasting(shared: Served) -> Iterator[httpx.Client]:
    with shared.client() as client:
        yield client


@pytest.fixture(scope="module")
def asked(lasting: httpx.Client) -> Callable[[bytes], httpx.Response]:
    return lambda content: lasting.post("/v2/models/mixed/infer", content=content)


calmly = cases(150)


@calmly
@given(body=near_misses | one_wrong() | anything)
def test_any_json_is_answered_or_refused(asked: Any, body: Any) -> None:
    settled(asked(json.dumps(body).encode()))


@calmly
@given(content=st.binary(max_size=60))
def test_any_bytes_are_answered_or_refused(asked: Any, content: bytes) -> None:
    settled(asked(content))


@calmly
@given(body=one_wrong(), cut=st.floats(0, 1), flip=st.integers(0, 255))
def test_any_damaged_request_is_answered_or_refused(
    asked: Any, body: Any, cut: float, flip: int
) -> None:
    content = bytearray(json.dumps(body).encode())
    content[int(cut * (len(content) - 1))] = flip
    settled(asked(bytes(content)))


@cases(40)
@given(path=st.text(max_size=30), method=st.sampled_from(["GET", "POST", "PUT", "HEAD"]))
def test_any_address_is_answered_or_refused(lasting: httpx.Client, path: str, method: str) -> None:
    for prefix in ("/", "/v2/", "/v2/models/", "/t/", "/v2/models/late/versions/"):
        response = lasting.request(method, prefix + quote(path, safe=""))
        assert response.status_code in {200, 400, 404, 405}
