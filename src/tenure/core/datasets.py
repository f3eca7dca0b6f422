"""Dataset versions: immutable, content-addressed states of a table.

A version is a manifest: a schema and an ordered list of Parquet segments. Its digest covers
both, so equal content in equal order has one name.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from tenure.core import digests


class ColumnType(StrEnum):
    """How a column is understood. Categories are text, booleans are 0 and 1."""

    FLOAT = "float"
    INT = "int"
    BOOL = "bool"
    CATEGORY = "category"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its type, whether nulls are allowed, and for categories the known levels."""

    name: str
    type: ColumnType
    nulls: bool = True
    levels: tuple[str, ...] = ()
    unit: str = ""
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True, slots=True)
class Segment:
    """One immutable Parquet object of a dataset version."""

    digest: str
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class DatasetVersion:
    """One state of a model's dataset. Columns are: key…, time, features…, target, known_at.

    `known_until` (business time) says that every label known by then is in the version.
    """

    id: str  # short form of the digest, derived: ds_…
    tenant_id: str
    model_id: str
    number: int
    digest: str
    segments: tuple[Segment, ...]
    rows: int
    known_until: datetime
    created_at: datetime
    parent: str | None = None
    quarantined: dict[str, int] | None = None  # reason → rows left out at import


def manifest_digest(columns: tuple[Column, ...], segments: tuple[Segment, ...]) -> str:
    """Return the digest that names a version with these columns and segments."""
    return digests.of_value(
        {
            "format": 1,
            "columns": [[c.name, c.type.value] for c in columns],
            "segments": [[s.digest, s.rows] for s in segments],
        }
    )
