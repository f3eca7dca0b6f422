"""Features that are looked up: over every protocol, in real stores, logged with how they came."""

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis

from tenure.core.columns import Column, ColumnType
from tenure.core.lookups import Lookup
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.serving.rpc import open_inference_pb2 as messages
from tests.serving.asking import good, refused
from tests.serving.conftest import Served
from tests.serving.rpc.test_service import Caller, Tensor
from tests.serving.small import Home, MeanPredictor, logged, tensor, wait_until

SIGNATURE = Signature(
    Task.BINARY,
    (
        Column("amount", ColumnType.FLOAT, nulls=False),
        Column("plan", ColumnType.CATEGORY, nulls=False, levels=("free", "gold", "unknown")),
        Column("days", ColumnType.INT, nulls=False, min=0, max=10_000),
        Column("score", ColumnType.FLOAT),
    ),
    "y",
    ("no", "yes"),
)
PROFILE = Lookup(
    "profile",
    "env:TEST_LOOKUP_REDIS",
    ("plan", "days"),
    key="DL:customer:{customer}",
    timeout_ms=2000,
    otherwise={"plan": "unknown", "days": 0},
)
SCORE = Lookup(
    "score",
    "env:TEST_LOOKUP_SQL",
    ("score",),
    query="select region, shop, score from scores where region in :region and shop in :shop",
    timeout_ms=2000,
    otherwise="null",
)
ROW = {"amount": 1.0, "score": 0.25}
INFER = "/v2/models/churn/infer"


@pytest.fixture
def store(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Profiles in Redis."""
    monkeypatch.setenv("TEST_LOOKUP_REDIS", redis_url)
    with closing(redis.Redis.from_url(redis_url)) as found:
        found.flushdb()
        found.hset("DL:customer:1", mapping={"plan": "gold", "days": 30})
        found.hset("DL:customer:2", mapping={"plan": "free", "days": 7})
        found.hset("DL:customer:half", mapping={"plan": "free"})
        found.hset("DL:customer:odd", mapping={"plan": "free", "days": "soon"})
        found.hset("DL:customer:far", mapping={"plan": "free", "days": 20_000})
        found.hset("DL:customer:new", mapping={"plan": "platinum", "days": 1})
        found.hset("B6:customer:1", mapping={"plan": "gold", "days": 9999})
        found.hset("DL:customer:1:secret", mapping={"plan": "gold", "days": 9999})
        found.set("DL:customer:text", "no hash")
        yield found


@pytest.fixture
def scores(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Scores in SQLite."""
    path = tmp_path / "scores.db"
    monkeypatch.setenv("TEST_LOOKUP_SQL", f"sqlite:///{path}")
    with closing(sqlite3.connect(path)) as raw:
        raw.execute("create table scores (region text, shop integer, score real)")
        raw.executemany("insert into scores values (?, ?, ?)", [("n", 1, 0.5), ("s", 2, None)])
        raw.commit()


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def churn(home: Home, *lookups: Lookup, **parts: Any) -> Any:
    given = {"signature": SIGNATURE, "key_columns": ("customer",), "time_column": None, **parts}
    return home.release("DL/churn", lookups=lookups, **given)


@pytest.fixture
def plain(home: Home, store: Any, serve: Callable[..., Served]) -> Served:
    """A model whose profile is looked up."""
    home.publish(churn(home, PROFILE))
    return serve(home)


def body(*customers: Any, **columns: Any) -> dict[str, Any]:
    """A request with these customers, one a row; `amount` is 1 for all."""
    rows = len(customers)
    found = [
        tensor("amount", [1.0] * rows),
        tensor("customer", list(customers), "BYTES"),
        tensor("score", [0.25] * rows),
    ]
    found += [tensor(n, v, "BYTES" if n == "plan" else "INT64") for n, v in columns.items()]
    return {"inputs": found}


def answer(amount: float, plan: str, days: float, score: float | None = 0.25) -> float:
    return MeanPredictor(SIGNATURE, {"shift": 1.0})._one([amount, plan, days, score])[0]


def outputs(client: httpx.Client, asked: dict[str, Any]) -> list[float]:
    found: list[float] = good(client.post(INFER, json=asked))["outputs"][0]["data"]
    return found


def told(served: Served, count: int) -> list[tuple[Any, ...]]:
    """Return plan, days and how of the logged rows, once there are so many."""
    wait_until(lambda: len(logged(served.home.root)) >= count)
    return [
        (row["f:plan"], row["f:days"], row["lookups"] and json.loads(row["lookups"]))
        for row in logged(served.home.root)
    ]


def both(how: str) -> dict[str, str]:
    return {"plan": how, "days": how}


def test_what_is_not_sent_is_looked_up_and_logged(plain: Served) -> None:
    with plain.client() as client:
        assert outputs(client, body("1")) == [answer(1.0, "gold", 30)]
    assert told(plain, 1) == [("gold", 30.0, both("looked up"))]


def test_rows_of_a_batch_are_looked_up_together(plain: Served) -> None:
    with plain.client() as client:
        found = outputs(client, body("1", "2", "1", "nobody", None))
    expected = [("gold", 30), ("free", 7), ("gold", 30), ("unknown", 0), ("unknown", 0)]
    assert found == [answer(1.0, *values) for values in expected]
    hows = [how["days"] for _, _, how in told(plain, 5)]
    assert hows == ["looked up", "looked up", "looked up", "missing", "missing"]


@pytest.mark.parametrize(
    ("customer", "how"),
    [("odd", "error"), ("far", "error"), ("text", "error"), ("half", "missing")],
)
def test_what_does_not_fit_is_not_used(plain: Served, customer: str, how: str) -> None:
    with plain.client() as client:
        assert outputs(client, body(customer)) == [answer(1.0, "unknown", 0)]
    assert told(plain, 1) == [("unknown", 0.0, both(how))]


def test_what_the_client_sends_wins_and_nobody_is_asked(plain: Served, store: Any) -> None:
    with plain.client() as client:
        sent = body("1", plan=["free"], days=[5])
        assert outputs(client, sent) == [answer(1.0, "free", 5)]
        assert outputs(client, body("1", plan=["free"])) == [answer(1.0, "free", 30)]
    assert told(plain, 2) == [("free", 5.0, None), ("free", 30.0, {"days": "looked up"})]


def test_without_the_key_the_request_is_refused(plain: Served) -> None:
    asked = body("1")
    asked["inputs"] = [one for one in asked["inputs"] if one["name"] != "customer"]
    with plain.client() as client:
        response = client.post(INFER, json=asked)
        assert refused(response) == "request.missing_input"
        assert "customer" in response.json()["error"]
        asked["inputs"] = [*asked["inputs"][:1], tensor("customer", ["1"], "BYTES")]
        response = client.post(INFER, json=asked)  # `score` is nobody's business but the client's
        assert refused(response) == "request.missing_input"
        assert "score" in response.json()["error"]


@pytest.mark.parametrize(
    "odd",
    ["1:secret", "1\r\nHGETALL B6:customer:1", "1\x00", "", "*:", "{1}:", "x:../../B6:customer:1"],
)
def test_a_key_cannot_be_made_another_one(plain: Served, odd: str) -> None:
    with plain.client() as client:
        assert refused(client.post(INFER, json=body(odd))) in {"lookup.bad_key", "key.bad_value"}


@pytest.mark.parametrize("odd", ["*", "?", "[1]", "%31", "1'", '"1"', "B6-customer", " 1", "é"])
def test_signs_that_mean_something_elsewhere_mean_nothing(plain: Served, odd: str) -> None:
    with plain.client() as client:
        assert outputs(client, body(odd)) == [answer(1.0, "unknown", 0)]


def test_categories_that_training_never_saw_are_counted(plain: Served) -> None:
    with plain.client() as client:
        outputs(client, body("new"))
        text = client.get("/metrics").text
    assert 'tenure_category_unseen_total{tenant="DL",model="churn",feature="plan"} 1' in text


def test_figures_tell_how_look_ups_ended(plain: Served) -> None:
    with plain.client() as client:
        outputs(client, body("1", "2", "nobody"))
        text = client.get("/metrics").text
    labels = 'tenant="DL",model="churn",lookup="profile"'
    assert f'tenure_lookup_rows_total{{{labels},how="looked up"}} 2' in text
    assert f'tenure_lookup_rows_total{{{labels},how="missing"}} 1' in text
    assert f"tenure_lookup_calls_total{{{labels}}} 1" in text
    assert f"tenure_lookup_open_breakers{{{labels}}} 0" in text
    with plain.client("B6") as other:
        assert "profile" not in other.get("/metrics").text


def test_metadata_says_what_may_be_left_out(plain: Served) -> None:
    with plain.client() as client:
        inputs = {one["name"]: one for one in client.get("/v2/models/churn").json()["inputs"]}
    assert inputs["plan"]["parameters"] == {
        "optional": True,
        "role": "feature",
        "lookup": "profile",
    }
    assert "parameters" not in inputs["amount"]
    assert inputs["customer"]["parameters"]["role"] == "key"


def test_over_grpc_it_is_the_same(plain: Served) -> None:
    with closing(Caller(plain.grpc)) as caller:
        asked = messages.ModelInferRequest(
            model_name="churn",
            inputs=[
                Tensor(
                    name="amount", shape=[1], datatype="FP64", contents={"fp64_contents": [1.0]}
                ),
                Tensor(
                    name="score", shape=[1], datatype="FP64", contents={"fp64_contents": [0.25]}
                ),
                Tensor(
                    name="customer",
                    shape=[1],
                    datatype="BYTES",
                    contents=messages.InferTensorContents(bytes_contents=[b"1"]),
                ),
            ],
        )
        (output,) = caller.call("ModelInfer", asked)[0].outputs
        assert list(output.contents.fp64_contents) == [answer(1.0, "gold", 30)]
    assert told(plain, 1) == [("gold", 30.0, both("looked up"))]


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (
            "application/json",
            json.dumps({"dataframe_records": [{**ROW, "customer": one} for one in ("1", "2")]}),
        ),
        ("text/csv", "amount,score,customer\n1.0,0.25,1\n1.0,0.25,2\n"),
    ],
)
def test_over_mlflows_protocol_it_is_the_same(plain: Served, kind: str, content: str) -> None:
    with plain.client() as client:
        path = "/v2/models/churn/invocations"
        found = client.post(path, content=content, headers={"Content-Type": kind})
    assert found.status_code == 200, found.text
    assert found.json()["predictions"] == [answer(1.0, "gold", 30), answer(1.0, "free", 7)]


def test_two_stores_complete_one_request(
    home: Home, store: Any, scores: None, serve: Callable[..., Served]
) -> None:
    home.publish(churn(home, PROFILE, SCORE))
    served = serve(home)
    asked = {
        "inputs": [
            tensor("amount", [1.0] * 3),
            tensor("customer", ["1", "2", "9"], "BYTES"),
            tensor("region", ["n", "s", "n"], "BYTES"),
            tensor("shop", [1, 2, 2], "INT64"),
        ]
    }
    with served.client() as client:
        found = outputs(client, asked)
        inputs = {one["name"]: one for one in client.get("/v2/models/churn").json()["inputs"]}
    assert found == [
        answer(1.0, "gold", 30, 0.5),
        answer(1.0, "free", 7, None),
        answer(1.0, "unknown", 0, None),
    ]
    hows = [how for _, _, how in told(served, 3)]
    assert [how["score"] for how in hows] == ["looked up", "looked up", "missing"]
    assert [how["plan"] for how in hows] == ["looked up", "looked up", "missing"]
    assert inputs["shop"]["parameters"]["role"] == "lookup_key"


def test_shadows_answer_with_what_was_looked_up(
    home: Home, store: Any, serve: Callable[..., Served]
) -> None:
    home.publish(churn(home, PROFILE, arms=(home.arm(1), home.arm(2, "blind"))))
    served = serve(home)
    with served.client() as client:
        outputs(client, body("1"))
    wait_until(lambda: len(logged(served.home.root)) == 2)
    shadow = next(row for row in logged(served.home.root) if row["lane"] == "blind")
    assert shadow["output"] == [
        MeanPredictor(SIGNATURE, {"shift": 2.0})._one([1.0, "gold", 30, 0.25])[0]
    ]


def test_nothing_secret_is_written(plain: Served, redis_url: str) -> None:
    with plain.client() as client:
        texts = [client.get("/metrics").text, client.get("/v2/models/churn").text]
        outputs(client, body("1"))
    told(plain, 1)
    files = [path for path in plain.home.root.rglob("*") if path.is_file()]
    texts += [path.read_bytes().decode("latin-1") for path in files]
    assert not any(redis_url.split("//")[1] in text for text in texts)


def test_a_reference_that_is_not_allowed_is_never_resolved(
    home: Home, store: Any, serve: Callable[..., Served]
) -> None:
    home.publish(churn(home))
    served = serve(home)
    foreign = Lookup("profile", "env:HOME", ("plan",), key="DL:{customer}")
    outside = Lookup("profile", "env:TEST_LOOKUP_REDIS", ("plan",), key="B6:customer:{customer}")
    for lookup in (foreign, outside):
        index = home.publish(churn(home, lookup))
        wait_until(lambda: any((a.failed or {}).get("DL/churn") for a in served.acks))
        served.wait_for(index.generation)
