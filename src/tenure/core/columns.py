"""Columns: how a column is understood, on every floor."""

from dataclasses import dataclass
from enum import StrEnum


class ColumnType(StrEnum):
    """How a column is understood. Categories are text, booleans are 0 and 1."""

    FLOAT = "float"
    INT = "int"
    BOOL = "bool"
    CATEGORY = "category"
    TIME = "time"


class Role(StrEnum):
    """What a field is to the model."""

    FEATURE = "feature"
    OUTPUT = "output"
    LABEL = "label"


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
