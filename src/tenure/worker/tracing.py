"""A job as a span: whose it was, how often it was tried, how it ended."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tenure.core import traces
from tenure.core.errors import TenureError
from tenure.core.jobs import Job
from tenure.ports.traces import Attributes, Cause, Span, Tracer, causing


@contextmanager
def spanning(tracer: Tracer | None, job: Job) -> Iterator[None]:
    """Tell of what is done for the job in this block, below whoever asked for it.

    What nobody traced asked for is a trace of its own. Jobs that it asks for stand below it.
    """
    name, parent = f"job {job.kind}", traces.of_text(job.trace)
    context = parent if tracer is None else tracer.begin(name, parent)
    with causing(None if context is None else Cause(context, job.kind)):
        if tracer is None or context is None or not context.sampled:
            yield
            return
        began, error = time.time_ns(), ""
        try:
            yield
        except BaseException as failure:
            error = failure.code if isinstance(failure, TenureError) else type(failure).__name__
            raise
        finally:
            above = None if parent is None else parent.span_id
            tracer.put(Span(name, context, above, began, time.time_ns(), _said(job), error=error))


def _said(job: Job) -> Attributes:
    model_id = job.payload.get("model_id")
    said: dict[str, str | int | float | bool] = {
        "tenure.tenant": job.tenant_id,
        "tenure.job": str(job.id),
        "tenure.job.kind": job.kind.value,
        "tenure.job.attempts": job.attempts,
    }
    return said if model_id is None else said | {"tenure.model": str(model_id)}
