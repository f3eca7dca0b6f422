"""A job is a span at the collector, however it ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tenure.adapters.clocks.system import SystemClock
from tenure.adapters.telemetry.otlp import OtlpTracer
from tenure.core import traces
from tenure.core.jobs import Job, JobKind, NewJob
from tenure.ports.traces import Cause, causing
from tenure.services import tenants
from tenure.services.house import House
from tenure.worker.loop import Worker
from tenure.worker.tracing import spanning
from tests.small.collector import Collector
from tests.small.house import close_house, open_house


@pytest.fixture
def house(sqlite_url: str, tmp_path: Path) -> Iterator[House]:
    made = open_house(tmp_path, sqlite_url, SystemClock())
    tenants.create(made, "test", "acme")
    with made.store.work() as work:
        work.jobs.add([NewJob("acme", JobKind.POLL_LABELS, "no-model", {"model_id": "none"})])
    yield made
    close_house(made)


def test_the_worker_tells_of_each_attempt(house: House, collector: Collector) -> None:
    tracer = OtlpTracer("tenure-worker", "p-1")
    Worker(house, tracer=tracer).run_until_settled()
    tracer.close()
    with house.store.read() as work:
        (job,) = work.jobs.list("acme")
    (span,) = collector.spans
    assert (span.name, span.parent_id, span.error) == ("job poll_labels", "", "model.not_found")
    assert span.service == "tenure-worker"
    assert span.attributes == {
        "tenure.tenant": "acme",
        "tenure.model": "none",
        "tenure.job": str(job.id),
        "tenure.job.kind": "poll_labels",
        "tenure.job.attempts": 1,
        "error.type": "model.not_found",
    }


def test_a_job_stands_below_the_request_that_asked_for_it_and_so_do_its_own_jobs(
    house: House, collector: Collector
) -> None:
    asked = traces.parse(f"00-{'a' * 32}-{'b' * 16}-01", "vendor=1")
    assert asked is not None
    with causing(Cause(asked)), house.store.work() as work:
        work.jobs.add([NewJob("acme", JobKind.STUDY, "race", {})])
    tracer = OtlpTracer("tenure-worker", "p-1")
    with spanning(tracer, job_named(house, "race")), house.store.work() as work:
        work.jobs.add([NewJob("acme", JobKind.TRAIN, "run", {})])
        work.jobs.add([NewJob("acme", JobKind.STUDY, "next race", {})])
    with spanning(tracer, job_named(house, "run")):
        pass
    tracer.close()

    assert job_named(house, "race").trace == f"{asked.traceparent} vendor=1"
    assert job_named(house, "next race").trace == "", "the next of its kind begins a new trace"
    spans = {span.name: span for span in collector.spans}
    study, train = spans["job study"], spans["job train"]
    assert (study.trace_id, study.parent_id) == (asked.trace_id, asked.span_id)
    assert (train.trace_id, train.parent_id) == (asked.trace_id, study.span_id)


def job_named(house: House, key: str) -> Job:
    with house.store.read() as work:
        return next(job for job in work.jobs.list("acme") if job.key == key)


def test_what_goes_well_has_no_error_and_what_is_not_sampled_no_span(
    house: House, collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    with house.store.read() as work:
        (job,) = work.jobs.list("acme")
    tracer = OtlpTracer("tenure-worker", "p-1")
    with spanning(tracer, job):
        pass
    tracer.close()
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_off")
    silent = OtlpTracer("tenure-worker", "p-1")
    with spanning(silent, job), spanning(None, job):
        pass
    silent.close()
    assert [span.error for span in collector.spans] == [""]
