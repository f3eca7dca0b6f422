"""Sources as syntax trees, parsed once each."""

import ast
import gc
from functools import cache
from pathlib import Path


@cache
def tree(path: Path) -> ast.Module:
    """Return the file's tree.

    The collector rests meanwhile: a finaliser that compiles something in the middle of it makes
    CPython 3.11 miscount its depth (python/cpython#106905).
    """
    text = path.read_text("utf-8")
    collecting = gc.isenabled()
    gc.disable()
    try:
        return ast.parse(text)
    finally:
        if collecting:
            gc.enable()
