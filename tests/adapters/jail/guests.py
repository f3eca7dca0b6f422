"""Main program of a zygote that hosts Python files only, so that it starts in a moment; their makers."""

import sys
from pathlib import Path

from tenure.adapters.frameworks.foreign import functions, python
from tenure.adapters.frameworks.foreign.original import Files
from tenure.adapters.jail import hosted, hosting, zygote
from tenure.core.columns import Column, ColumnType
from tenure.core.models import Task
from tenure.core.signatures import Signature

PROGRAM = (sys.executable, "-P", str(Path(__file__)))
NUMBERS = Signature(
    Task.BINARY,
    (Column("a", ColumnType.FLOAT), Column("b", ColumnType.FLOAT)),
    "y",
    ("no", "yes"),
)
MIXED = Signature(
    Task.MULTICLASS,
    (Column("a", ColumnType.FLOAT), Column("word", ColumnType.CATEGORY)),
    "y",
    ("x", "y", "z"),
)
MEAN = "def predict(columns):\n    return (columns['a'] + columns['b']) / 2\n"


def files(code: str, signature: Signature = NUMBERS) -> Files:
    """Return the files of a version whose model is this code; it is not run here."""
    original = functions.opened(MEAN.encode(), signature)
    return python.files(code.encode(), python.head(original, signature, "model.py", ""))


def alone(task: int, wire: int) -> int:
    """Host in this process, which nothing confines."""
    return hosted.host(python.load)(task, wire)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        sys.exit(alone(*map(int, sys.argv[1:])))
    zygote.serve({hosting.VERB: hosted.host(python.load)})
