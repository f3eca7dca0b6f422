"""Traces of inferences: from the caller's span to the model and its shadows, at a real collector."""

import json
import re
from collections.abc import Iterator
from contextlib import closing

import pytest
import redis

from tenure.adapters.telemetry.access import AccessFile
from tenure.adapters.telemetry.otlp import OtlpTracer
from tenure.app.telemetry import Told
from tenure.core.traces import parse
from tests.serving.asking import MATRIX
from tests.serving.conftest import Served, served
from tests.serving.rpc.test_service import Caller, question
from tests.serving.small import KEYS, Home, logged, numeric_body
from tests.serving.test_door import HEAD, KEY, connected, remembered
from tests.serving.test_lookups import INFER as CHURN
from tests.serving.test_lookups import PROFILE, churn
from tests.serving.test_lookups import body as asking_for
from tests.small.collector import Collector, Seen

INFER = "/v2/models/late/infer"
TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
PARENT = f"00-{TRACE}-{SPAN}-01"
BODY = json.dumps({"inputs": [MATRIX]}).encode()


def told(number: int, flags: str = "01") -> str:
    return f"00-{number:032x}-{SPAN}-{flags}"


def traced(parent: str, body: bytes = BODY, *, before: bool = True) -> bytes:
    """A request with a trace in its head, before or after the length."""
    head = HEAD % (KEY, len(body))
    line = b"TraceParent: %b\r\n" % parent.encode()
    place = b"Content-Type" if before else b"Accept"
    return head.replace(place, line + place) + body


@pytest.fixture
def watched(home: Home, collector: Collector) -> Iterator[Served]:
    shadows = (home.arm(1), home.arm(1, "static"), home.arm(2, "blind"))
    home.publish(
        home.release(arms=shadows),
        home.release("DL/poisoned", arms=(home.arm(1, poison=66.0),)),
        home.release("B6/secret-name"),
    )
    log = AccessFile(home.root / "access.jsonl")
    with served(home, told=Told(log, OtlpTracer("tenure-serving", "p-1"))) as found:
        found.wait_for(1)
        yield found


def of(spans: list[Seen], name: str) -> Seen:
    (found,) = [span for span in spans if span.name == name]
    return found


def test_a_request_its_model_and_its_shadow_are_spans_of_the_callers_trace(
    watched: Served, collector: Collector
) -> None:
    with watched.client() as client:
        headers = {"traceparent": PARENT, "tracestate": "vendor=1"}
        answer = client.post(INFER, json=numeric_body(2, id="rq-1"), headers=headers)
    request, model, shadow = (
        of(collector.wait_for(3), name)
        for name in ("POST /v2/models/{model}/infer", "predict", "shadow")
    )
    assert {one.trace_id for one in (request, model, shadow)} == {TRACE}
    assert (request.parent_id, request.state, request.kind) == (SPAN, "vendor=1", 2)
    assert model.parent_id == shadow.parent_id == request.span_id
    said = parse(answer.headers["traceresponse"])
    assert said is not None
    assert (said.trace_id, said.span_id, said.sampled) == (TRACE, request.span_id, True)
    assert request.start_ns <= model.start_ns <= model.end_ns <= request.end_ns
    assert model.end_ns <= shadow.start_ns <= shadow.end_ns
    assert request.attributes == {
        "tenure.tenant": "DL",
        "tenure.model": "late",
        "tenure.version": 1,
        "tenure.lane": "champion",
        "tenure.request_id": "rq-1",
        "tenure.rows": 2,
        "http.request.method": "POST",
        "http.route": "/v2/models/{model}/infer",
        "http.response.status_code": 200,
        "http.request.body.size": len(answer.request.content),
    }
    assert model.attributes == {
        "tenure.version": 1,
        "tenure.lane": "champion",
        "tenure.rows": 2,
    }
    assert shadow.attributes["tenure.lane"] == "blind"


def test_grpc_carries_a_trace_in_its_metadata(watched: Served, collector: Collector) -> None:
    caller = Caller(watched.grpc)
    _, trailing = caller.call("ModelInfer", question(), ("traceparent", PARENT))
    refusal = caller.refused("ModelInfer", question(inputs=[]), ("traceparent", told(7)))
    caller.close()
    assert refusal[0] == "INVALID_ARGUMENT"
    spans = collector.wait_for(4)
    sound, failed = sorted(
        (span for span in spans if span.name.endswith("/ModelInfer")), key=lambda s: s.start_ns
    )
    assert (sound.trace_id, sound.parent_id, sound.error) == (TRACE, SPAN, "")
    assert trailing["traceresponse"] == f"00-{TRACE}-{sound.span_id}-01"
    assert sound.attributes["rpc.response.status_code"] == "0"
    assert (failed.trace_id, failed.error) == (f"{7:032x}", "request.no_inputs")


def test_what_the_caller_does_not_sample_is_not_sampled(
    watched: Served, collector: Collector
) -> None:
    with watched.client() as client:
        quiet = client.post(INFER, json=numeric_body(), headers={"traceparent": told(5, "00")})
        client.post(INFER, json=numeric_body(), headers={"traceparent": PARENT})
    assert quiet.headers["traceresponse"].startswith(f"00-{5:032x}-")
    assert quiet.headers["traceresponse"].endswith("-00")
    assert {span.trace_id for span in collector.wait_for(3)} == {TRACE}


def test_a_request_without_a_trace_begins_one(watched: Served, collector: Collector) -> None:
    with watched.client() as client:
        bad = {"traceparent": "00-nonsense"}
        answers = [client.post(INFER, json=numeric_body(), headers=h) for h in ({}, bad)]
    collector.wait_for(6)
    requests = [span for span in collector.spans if span.kind == 2]
    assert {span.parent_id for span in requests} == {""}
    assert {span.trace_id for span in requests} == {
        answer.headers["traceresponse"].split("-")[1] for answer in answers
    }


def test_log_and_access_log_hold_the_trace_whichever_way_it_came(
    watched: Served, home: Home, collector: Collector
) -> None:
    with connected(watched) as line:
        for number in range(1, 5):
            line.send(traced(told(number)))
            line.answer()
    with watched.client() as client:
        client.post(INFER, json=numeric_body(20), headers={"traceparent": told(5)})
        client.post(INFER, content=b"{", headers={"traceparent": told(6)})
    watched.stop()
    rows = logged(home.root)
    champion = [row["trace_id"] for row in rows if row["lane"] == "champion"]
    numbers = [1, 2, 3, 4, *[5] * 20, 6]
    assert champion == [f"{number:032x}" for number in numbers]
    assert sorted(row["trace_id"] for row in rows if row["lane"] == "blind") == champion[:-1]
    lines = [json.loads(one) for one in (home.root / "access.jsonl").read_text().splitlines()]
    assert [one["trace_id"] for one in lines] == [f"{n:032x}" for n in range(1, 7)]
    ids = {span.trace_id for span in collector.spans}
    assert ids == {f"{n:032x}" for n in range(1, 7)}


def test_a_model_that_fails_is_a_failed_span(watched: Served, collector: Collector) -> None:
    with watched.client() as client:
        body = {"inputs": [{**MATRIX, "data": [66.0, 1, 1, 1]}]}
        path = "/v2/models/poisoned/infer"
        assert client.post(path, json=body, headers={"traceparent": PARENT}).status_code == 500
    spans = collector.wait_for(2)
    assert [(span.name, span.error) for span in spans] == [
        ("predict", "model.failed"),
        ("POST /v2/models/{model}/infer", "model.failed"),
    ]


def test_no_secret_and_no_value_is_told(watched: Served, collector: Collector) -> None:
    value = 0.7654321
    with watched.client() as client:
        body = {"inputs": [{**MATRIX, "data": [value] * 4}]}
        answer = client.post(INFER, json=body).json()
        client.post("/v2/models/secret-name/infer", json=body, headers={"traceparent": PARENT})
    collector.wait_for(3)
    watched.stop()
    text = repr(collector.spans) + repr(collector.bodies)
    output = str(answer["outputs"][0]["data"][0])
    for never in (*KEYS.values(), "tnr_", "B6", "secret-name", str(value), output):
        assert never not in text


def test_without_a_collector_the_log_knows_the_callers_trace_and_nothing_else_changes(
    home: Home,
) -> None:
    home.publish(home.release())
    with served(home) as running, running.client() as client:
        running.wait_for(1)
        plain = client.post(INFER, json=numeric_body())
        named = client.post(INFER, json=numeric_body(), headers={"traceparent": PARENT})
        assert set(plain.headers) == set(named.headers)
        with connected(running) as line:
            for number in range(1, 4):
                line.send(traced(told(number)))
                assert "traceresponse" not in line.answer()[1]
        running.stop()
    found = [row.get("trace_id") for row in logged(home.root)]
    assert found == [None, TRACE, *(f"{number:032x}" for number in range(1, 4))]


@pytest.mark.parametrize("before", [True, False])
def test_a_head_with_a_trace_is_known_again_whatever_its_ids(*, before: bool) -> None:
    known = remembered(traced(PARENT, b"{}", before=before)[:-2])
    assert known is not None
    for number, body in ((1, b"{}"), (2, b""), (3, b"x" * 1234)):
        assert known.body_of(traced(told(number), body, before=before)) == body
        assert known.traceparent == told(number).encode()
    for odd in (
        told(1).upper(),
        told(1)[:-1],
        told(1) + "0",
        told(1).replace("-", "\r", 1),
        f"ff-{TRACE}-{SPAN}-01"[:-1] + "\n",
        " " + told(1)[1:],
    ):
        assert known.body_of(traced(odd, b"{}", before=before)) is None
    assert known.body_of(HEAD % (KEY, 2) + b"{}") is None
    assert known.body_of(traced(told(1), b"{}", before=not before)) is None
    for cut in range(len(traced(told(1), b"{}", before=before))):
        assert known.body_of(traced(told(1), b"{}", before=before)[:cut]) is None


@pytest.mark.parametrize("twice", [f"{PARENT}\r\ntraceparent: {PARENT}", "00-nonsense", "a" * 55])
def test_a_head_with_no_trace_or_two_goes_the_ordinary_way(twice: str) -> None:
    assert remembered(traced(twice, b"")) is None


@pytest.mark.parametrize("before", [True, False])
def test_the_short_way_is_kept_while_the_trace_changes(watched: Served, *, before: bool) -> None:
    """Each way writes the headers in an order of its own."""
    lasts, outputs = [], []
    with connected(watched) as line:
        for number in range(1, 12):
            line.send(traced(told(number), before=before))
            status, headers, body = line.answer()
            assert status == 200
            assert re.fullmatch(rf"00-{number:032x}-[0-9a-f]{{16}}-01", headers["traceresponse"])
            lasts.append(list(headers)[-1])
            outputs.append(body["outputs"])
        line.send(traced(told(98), before=before) + traced(told(99), before=before))
        outputs += [line.answer()[2]["outputs"] for _ in range(2)]
    assert lasts == ["traceresponse", *["content-length"] * 10]
    assert all(one == outputs[0] for one in outputs)


def test_look_ups_are_a_span_and_what_was_found_is_told_to_nobody(
    home: Home, redis_url: str, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEST_LOOKUP_REDIS", redis_url)
    with closing(redis.Redis.from_url(redis_url)) as store:
        store.flushdb()
        store.hset("DL:customer:4711", mapping={"plan": "gold", "days": 30})
    home.publish(churn(home, PROFILE))
    tracer = OtlpTracer("tenure-serving", "p-1")
    with served(home, told=Told(None, tracer)) as found, found.client() as client:
        found.wait_for(1)
        headers = {"traceparent": PARENT}
        assert client.post(CHURN, json=asking_for("4711"), headers=headers).status_code == 200
        spans = collector.wait_for(3)
    looked, model = of(spans, "look up"), of(spans, "predict")
    assert (looked.trace_id, looked.parent_id) == (TRACE, model.parent_id)
    assert looked.end_ns <= model.start_ns
    assert looked.attributes == {"tenure.rows": 1}
    assert not [one for one in ("4711", "gold", "customer") if one in repr(collector.bodies)]
