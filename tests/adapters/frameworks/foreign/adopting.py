"""A file handed in for the customers of the corpus: what becomes of it, asked once per file."""

import io
from functools import cache

import pyarrow.parquet as pq

from tenure.adapters.frameworks.foreign import compiling
from tenure.core.models import Task
from tenure.ports.training import Adopted, AdoptTask
from tests.adapters.frameworks.foreign import corpus


@cache
def rows_of(kind: Task) -> bytes:
    buffer = io.BytesIO()
    pq.write_table(corpus.table(kind), buffer)
    return buffer.getvalue()


def adopted(data: bytes, name: str, kind: Task = Task.BINARY, said: str = "") -> Adopted:
    task = AdoptTask(data, name, said, corpus.signature(kind), rows_of(kind), 1.0, 2 << 30)
    return compiling.adopt(task)


def proven(data: bytes, name: str, kind: Task = Task.BINARY) -> tuple[str, float]:
    """Return the runtime, and the largest difference as a share of what is allowed."""
    found = adopted(data, name, kind)
    parity = found.proofs["parity"]
    assert parity["label_flips"] == 0
    return found.runtime, float(str(parity["max_difference"])) / float(str(parity["tolerance"]))
