"""Dataset versions: immutable, content-addressed states of a table.

A version is a manifest: a schema and an ordered list of Parquet segments. Its digest covers
both, so equal content in equal order has one name.
"""

from dataclasses import dataclass
from datetime import datetime

from tenure.core import digests
from tenure.core.columns import Column, ColumnType
from tenure.core.signatures import Signature

__all__ = ["Column", "ColumnType", "DatasetVersion", "Segment", "manifest_digest"]


@dataclass(frozen=True, slots=True)
class Segment:
    """One immutable Parquet object of a dataset version."""

    digest: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """One state of a model's dataset.

    Columns of a segment: `__key` (text), `__time` and `__known_at` (timestamps, UTC), `__label`
    (number or class index), then the features under their own names. `known_until` (business
    time) says that every label known by then is in the version.
    """

    id: str  # short form of the digest, derived: ds_…
    tenant_id: str
    model_id: str
    number: int
    digest: str
    segments: tuple[Segment, ...]
    rows: int
    signature: Signature
    known_until: datetime
    created_at: datetime
    parent: str | None = None
    source_digest: str = ""  # of the bytes that were imported
    quarantined: dict[str, int] | None = None  # reason → rows left out at import
    reading: str = ""  # digest of the parts of the spec by which the bytes were read


def manifest_digest(columns: tuple[Column, ...], segments: tuple[Segment, ...]) -> str:
    """Return the digest that names a version with these columns and segments."""
    return digests.of_value(
        {
            "format": 1,
            "columns": [[c.name, c.type.value] for c in columns],
            "segments": [[s.digest, s.rows] for s in segments],
        }
    )
