"""A small stream whose truth can be learnt, and its spec."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

START = datetime(2024, 1, 1, tzinfo=UTC)
SPEC = """
spec = 1
[model]
tenant = "acme"
name = "late"
task = "binary"
[data]
source = "rows.csv"
target = "late"
time = "at"
key = ["id"]
[labels]
event_time = "known"
expected_after = "6h"
[train]
windows = ["all"]
[train.params]
num_iterations = 20
[gate]
holdout = "7d"
"""


def rows(n: int = 600, hours: float = 1.0) -> pl.DataFrame:
    """Rows an hour apart; two of a hundred never get a truth."""
    at = [START + timedelta(hours=hours * i) for i in range(n)]
    late = [int((i * 7 % 17) + 4 * (i % 3 == 0) + (i % 11) / 5 > 10) for i in range(n)]
    never = [i % 50 == 7 for i in range(n)]
    return pl.DataFrame(
        {
            "id": [f"r{i}" for i in range(n)],
            "at": [one.strftime("%Y-%m-%dT%H:%M:%SZ") for one in at],
            "known": [
                None if gone else (one + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M:%SZ")
                for one, gone in zip(at, never, strict=True)
            ],
            "size": [float(i * 7 % 17) for i in range(n)],
            "colour": ["red" if i % 3 else "blue" for i in range(n)],
            "late": [None if gone else str(one) for one, gone in zip(late, never, strict=True)],
        }
    )


def write(folder: Path, table: pl.DataFrame, spec: str = SPEC) -> Path:
    """Write rows and spec; return the spec's path."""
    table.write_csv(folder / "rows.csv")
    (folder / "tenure.toml").write_text(spec)
    return folder / "tenure.toml"
