"""Spans at a collector, as the standard environment variables ask for them."""

from collections import Counter
from collections.abc import Iterator

import pytest

from tenure.adapters.telemetry.otlp import OtlpTracer
from tenure.core.traces import TraceContext
from tenure.ports.traces import Span, SpanKind
from tests.small.collector import Collector, collecting

PARENT = TraceContext("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", True, "vendor=1")
AT = 1_764_254_513_123_456_789


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as found:
        for name, value in found.environment.items():
            monkeypatch.setenv(name, value)
        yield found


def test_a_span_comes_with_its_ids_times_and_words(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-team=blue")
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", "gzip")
    tracer = OtlpTracer("tenure-test", "p-1")
    request = tracer.begin("infer", PARENT)
    part = tracer.begin("predict", request)
    said: dict[str, str | int] = {"tenure.model": "late", "tenure.rows": 3}
    tracer.put(Span("predict", part, request.span_id, AT, AT + 5_000, said, error="model.failed"))
    tracer.put(Span("infer", request, PARENT.span_id, AT, AT + 9_000, {}, SpanKind.SERVER))
    tracer.close()
    inner, outer = sorted(collector.spans, key=lambda span: span.end_ns)
    assert (outer.trace_id, outer.parent_id, outer.state) == (
        PARENT.trace_id,
        PARENT.span_id,
        "vendor=1",
    )
    assert (outer.span_id, outer.kind, outer.error) == (request.span_id, 2, "")
    assert (inner.span_id, inner.parent_id, inner.kind) == (part.span_id, request.span_id, 1)
    assert (inner.start_ns, inner.end_ns, inner.error) == (AT, AT + 5_000, "model.failed")
    assert inner.attributes == {**said, "error.type": "model.failed"}
    assert {span.service for span in (inner, outer)} == {"tenure-test"}
    assert collector.headers[0]["x-team"] == "blue"


def test_who_begins_a_trace_has_no_parent(collector: Collector) -> None:
    tracer = OtlpTracer("tenure-test", "p-1")
    roots = [tracer.begin("job train", None) for _ in range(300)]
    assert len({root.trace_id for root in roots}) == 300
    for root in roots:
        tracer.put(Span("job train", root, None, AT, AT + 1))
    tracer.close()
    assert {(s.trace_id, s.span_id, s.parent_id) for s in collector.spans} == {
        (root.trace_id, root.span_id, "") for root in roots
    }


def test_the_caller_decides_and_otherwise_the_ratio(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "parentbased_traceidratio")
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", "0.2")
    tracer = OtlpTracer("tenure-test", "p-1")
    unwanted = TraceContext(PARENT.trace_id, PARENT.span_id, False)
    assert all(tracer.begin("infer", PARENT).sampled for _ in range(20))
    assert not any(tracer.begin("infer", unwanted).sampled for _ in range(20))
    found = Counter(tracer.begin("infer", None).sampled for _ in range(4000))
    assert 600 < found[True] < 1000  # eight standard deviations
    tracer.close()


@pytest.mark.parametrize(
    ("sampler", "argument", "share"),
    [
        ("parentbased_always_on", "", 1.0),
        ("always_off", "", 0.0),
        ("traceidratio", "0.2", 0.2),
        ("parentbased_traceidratio", "0.2", 0.2),
    ],
)
def test_what_is_not_sampled_has_no_root_and_the_sampler_agrees(
    collector: Collector,
    monkeypatch: pytest.MonkeyPatch,
    sampler: str,
    argument: str,
    share: float,
) -> None:
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", sampler)
    monkeypatch.setenv("OTEL_TRACES_SAMPLER_ARG", argument)
    tracer = OtlpTracer("tenure-test", "p-1")
    roots = [root for _ in range(2000) if (root := tracer.root("infer")) is not None]
    assert abs(len(roots) - 2000 * share) < 150  # eight standard deviations
    ids = [int(root.trace_id, 16) for root in roots]
    assert all(tracer._samples(None, one, "infer") for one in ids)
    assert len(set(ids)) == len(ids)
    assert all(root.sampled for root in roots)
    tracer.close()


def test_a_sampler_that_nobody_knows_is_asked(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracer = OtlpTracer("tenure-test", "p-1")
    known = tracer._usual
    assert (known.share, known.follows) == (1 << 64, True)
    assert type(known).of("Elsewhere{root:AlwaysOnSampler}").share is None
    tracer.close()


def test_the_service_may_have_another_name(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", "predictions")
    tracer = OtlpTracer("tenure-test", "p-1")
    tracer.put(Span("infer", tracer.begin("infer", None), None, AT, AT + 1))
    tracer.close()
    assert [span.service for span in collector.spans] == ["predictions"]


def test_a_collector_that_is_away_keeps_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:9")
    tracer = OtlpTracer("tenure-test", "p-1")
    for _ in range(1000):
        tracer.put(Span("infer", tracer.begin("infer", None), None, AT, AT + 1))
    tracer.close()
    assert not tracer._later._thread.is_alive()
