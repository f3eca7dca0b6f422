"""CPU of a batch against the same model asked for every row at once, in memory.

LightGBM, twenty features, from Parquet to Parquet, every prediction logged durably. Answers are
compared; turns are interleaved, ratios are the median of those within a turn.
"""

import tempfile
import time
from contextlib import closing
from pathlib import Path
from statistics import median

import numpy as np
import polars as pl

from benchmarks import endpoints
from benchmarks.report import Bound, Outcome, check
from tenure.adapters.frameworks.registry import FrameworkRuntimes
from tenure.app import batch
from tenure.services import predict

ROWS, QUICK_ROWS, TURNS = 1_000_000, 200_000, 5
GOALS = {"batch_over_memory": Bound(at_least=0.8)}
LIBRARIES = ("tenure", "lightgbm", "polars", "pyarrow")
MODEL = "acme/lightgbm"
FEATURES = tuple(column.name for column in endpoints.SIGNATURE.features)


def measure(*, quick: bool) -> Outcome:
    """Answer the same rows both ways, in turns."""
    rows = QUICK_ROWS if quick else ROWS
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        root = Path(folder)
        published = endpoints.publish(root / "home")
        with closing(published.house.store):
            asked = root / "asked.parquet"
            _table(rows).write_parquet(asked, row_group_size=100_000)
            turns = [_turn(root, asked, turn) for turn in range(2 if quick else TURNS)]
    batches, memory = zip(*turns, strict=True)
    figures = {
        "rows": float(rows),
        "batch_us_a_row": min(batches) * 1e6 / rows,
        "memory_us_a_row": min(memory) * 1e6 / rows,
        "batch_over_memory": median(m / b for b, m in turns),
    }
    return Outcome("batch", figures, GOALS, {}, LIBRARIES)


def _table(rows: int) -> pl.DataFrame:
    drawn = np.random.default_rng(11).normal(size=(rows, len(FEATURES)))
    values = pl.DataFrame({name: drawn[:, place] for place, name in enumerate(FEATURES)})
    return values.with_columns(id=pl.format("r{}", pl.int_range(pl.len())))


def _turn(root: Path, asked: Path, turn: int) -> tuple[float, float]:
    """Return the CPU seconds of the batch, and of one call with all rows in memory."""
    out = root / f"out-{turn}.parquet"
    before = time.process_time()
    with batch.opened(root / "home") as desk:
        predict.batch(desk, MODEL, batch.rows_of(asked), batch.to_file(out))
        spent = time.process_time() - before
        release = desk.releases.load(desk.releases.index().releases[MODEL])
        files = {name: desk.blobs.get(one) for name, one in release.arms[0].files.items()}
    predictor = FrameworkRuntimes().load(release.arms[0].runtime, files, release.signature)
    table = pl.read_parquet(asked, columns=list(FEATURES)).to_arrow()
    before = time.process_time()
    expected = np.asarray(predictor.predict_table(table))[:, 0]
    in_memory = time.process_time() - before
    said = pl.read_parquet(out)["probability"].to_numpy()
    check(np.allclose(said, expected, rtol=0, atol=1e-12), "a batch answers otherwise")
    return spent, in_memory
