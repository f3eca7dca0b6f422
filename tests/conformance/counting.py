"""Counts in a database from a process of its own: `python counting.py URL ROUNDS`.

With `hang` instead of the rounds it writes, says so, and never commits.
"""

import sys
import time
from dataclasses import replace

from tenure.core.columns import Column, ColumnType
from tenure.core.datasets import DatasetVersion
from tenure.core.ledger import Draft, follow
from tenure.core.models import Task
from tenure.core.signatures import Signature
from tenure.ports.work import Store


def counter(rows: int) -> DatasetVersion:
    from datetime import UTC, datetime

    at = datetime(2013, 1, 1, tzinfo=UTC)
    signature = Signature(Task.REGRESSION, (Column("x", ColumnType.FLOAT),), "y")
    return DatasetVersion("counter", "DL", "m", 1, "", (), rows, signature, at, at)


def count(store: Store) -> None:
    """Read, add one, write, and tell the ledger: what every service does."""
    with store.work() as work:
        found = work.datasets.get("DL", "counter", lock=True)
        work.datasets.save("DL", replace(found, rows=found.rows + 1))
        at = found.created_at
        draft = Draft("DL", at, at, "loop", "model.changed", "m", str(found.rows), {})
        work.ledger.append(follow(work.ledger.head("DL"), draft))


def hang(store: Store) -> None:
    """Write, and wait to be killed."""
    with store.work() as work:
        found = work.datasets.get("DL", "counter", lock=True)
        work.datasets.save("DL", replace(found, rows=1_000_000))
        sys.stdout.write("written\n")
        sys.stdout.flush()
        time.sleep(60)


def main() -> None:
    from tenure.adapters.sql.store import SqlStore

    store = SqlStore(sys.argv[1])
    if sys.argv[2] == "hang":
        hang(store)
    for _ in range(int(sys.argv[2])):
        count(store)
    store.close()


if __name__ == "__main__":
    main()
