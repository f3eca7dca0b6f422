"""The root of a batch: wired like serving, to releases, objects and a log segment of its own.

It needs neither the database nor the home's lock, so it runs beside `tenure up` or without it.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tenure.adapters.blobs.local import LocalBlobs
from tenure.adapters.clocks.system import SystemClock
from tenure.adapters.framelog.writer import SegmentWriter
from tenure.adapters.frameworks.registry import FrameworkRuntimes
from tenure.adapters.jail.hosting import HostedRuntimes
from tenure.adapters.releases.folder import FolderReleases
from tenure.adapters.secrets.references import References
from tenure.adapters.tables import files
from tenure.adapters.tables.polars_tables import PolarsTables
from tenure.adapters.tables.results import ParquetResult
from tenure.adapters.warehouse.sqlalchemy_query import QueryRows
from tenure.adapters.warehouse.sqlalchemy_result import TableResult
from tenure.ports.batches import Sink, Source
from tenure.services.predict import Desk

_SECRETS = References(Path())
"""Whoever runs a batch names what is theirs; relative files are of the folder they are in."""


@contextmanager
def opened(home: Path) -> Iterator[Desk]:
    """Give what a batch needs of a home; its log segment ends with the block."""
    log = SegmentWriter(home / "log", f"batch-{os.getpid()}-{secrets.token_hex(4)}", sync=True)
    runtimes = HostedRuntimes(FrameworkRuntimes())
    try:
        yield Desk(
            releases=FolderReleases(home / "releases"),
            blobs=LocalBlobs(home / "blobs"),
            runtimes=runtimes,
            tables=PolarsTables(),
            log=log,
            clock=SystemClock(),
            secret=secrets.token_bytes,
        )
    finally:
        log.close()
        runtimes.close()


def rows_of(file: Path) -> Source:
    """Return the rows of a Parquet or CSV file."""
    return files.source(file)


def rows_of_query(reference: str, query: str) -> Source:
    """Return the rows of a query against a database named by reference."""
    return QueryRows(reference, query, _SECRETS)


def to_file(out: Path) -> Sink:
    """Return where answers become a Parquet file."""
    return ParquetResult(out)


def to_table(reference: str, table: str) -> Sink:
    """Return where answers become rows of a table."""
    return TableResult(reference, table, _SECRETS)
