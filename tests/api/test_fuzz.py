"""Whatever is sent to whatever address: a clear answer, and never a 5xx."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tenure.api import schema

WORDS = st.one_of(
    st.sampled_from(
        ["DL", "B6", "_", "arrival-delay", "champion", "1", "st_1", "wn_1", "0", "-1", "%00", ".."]
    ),
    st.text(max_size=12).map(lambda text: text.encode("utf-8", "replace").decode()),
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["viewer", "2024-01-01T00:00:00Z", "DL", "tenant"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)
FIELDS = st.dictionaries(
    st.sampled_from(
        ["id", "name", "role", "expires_at", "reason", "to", "spec", "source_digest", "labels",
         "predictions", "model", "data", "train"]
    ),
    VALUES,
    max_size=5,
)  # fmt: skip
BODIES = st.one_of(
    st.binary(max_size=60),
    FIELDS.map(lambda value: json.dumps(value).encode()),
    VALUES.map(lambda value: json.dumps(value).encode()),
    st.text(max_size=80).map(lambda text: text.encode("utf-8", "replace")),
    st.just(b"flight,late\nf1,1\nf1,x\n,0\n"),
    st.just(b"PAR1 not really PAR1"),
)
MEDIA = st.sampled_from(
    ["application/json", "text/csv", "application/vnd.apache.parquet", "text/plain", "a/b;c=d", ""]
)
PARAMETERS = st.dictionaries(
    st.sampled_from(
        ["limit", "after", "state", "lane", "kind", "since", "until", "model", "study"]
    ),
    WORDS,
    max_size=3,
)


@pytest.fixture(params=["world", pytest.param("postgres_world", marks=pytest.mark.postgres)])
def anywhere(request: pytest.FixtureRequest) -> Any:
    """A house on each of the databases."""
    return request.getfixturevalue(request.param)


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_no_request_breaks_the_server(anywhere: Any, data: st.DataObject) -> None:
    routes = [(method, path) for method, path, _ in schema.rules(anywhere.app)]
    method, path = data.draw(st.sampled_from(routes))
    parts = [data.draw(WORDS) if part.startswith("{") else part for part in path.split("/")]
    if data.draw(st.booleans()):  # most random tenants are not there, so name one that is
        parts = ["DL" if i == 4 and "tenants" in path else part for i, part in enumerate(parts)]
    address = "/".join(quote(part, safe="%") for part in parts)
    headers = {"Content-Type": data.draw(MEDIA)}
    parameters = data.draw(PARAMETERS)
    body = data.draw(BODIES) if method in {"POST", "PUT"} else None
    answer = anywhere.ask(method, address, params=parameters, content=body, headers=headers)
    assert answer.status_code < 500, (method, address, parameters, body, answer.text)
    if answer.status_code >= 400:
        assert set(answer.json()) == {"code", "message", "where", "hint"}
