"""Which format a file has: by what its maker said, by its name, by its first bytes."""

from collections.abc import Callable

from tenure.adapters.frameworks.foreign import (
    catboosts,
    estimators,
    functions,
    graphs,
    lightgbms,
    programs,
    xgboosts,
)
from tenure.adapters.frameworks.foreign.original import Original
from tenure.core.errors import invalid
from tenure.core.signatures import Signature

Open = Callable[[bytes, Signature], Original]

PYTHON = "python"
"""Code: run only where the spec allows Python models."""

FORMATS: dict[str, Open] = {
    "lightgbm": lightgbms.opened,
    "xgboost": xgboosts.opened,
    "catboost": catboosts.opened,
    "onnx": graphs.opened,
    "sklearn": estimators.opened,
    "skops": estimators.skops,
    PYTHON: functions.opened,
    "torch": programs.opened,
}
_SUFFIXES = {
    ".onnx": "onnx",
    ".cbm": "catboost",
    ".ubj": "xgboost",
    ".skops": "skops",
    ".pt2": "torch",
    ".pt": "torch",
    ".pth": "torch",
    ".pkl": "sklearn",
    ".pickle": "sklearn",
    ".joblib": "sklearn",
    ".py": PYTHON,
}
_BEGINNINGS = (
    (b"tree\n", "lightgbm"),
    (b"tree\r\n", "lightgbm"),
    (b"CBM1", "catboost"),
    (b"\x80", "sklearn"),
    (b"\x78", "sklearn"),
    (b"\x1f\x8b", "sklearn"),
    (b"BZh", "sklearn"),
    (b"\xfd7zXZ", "sklearn"),
    (b"\x5d\x00", "sklearn"),
    (b"{", "xgboost"),
)


def opened(data: bytes, name: str, said: str, signature: Signature) -> Original:
    """Open a model file; raise `version.unknown_format` and what its opener raises."""
    found = format_of(data, name, said)
    if found not in FORMATS:
        what = f"the format {found!r} is not known" if found else f"nobody knows what {name} is"
        raise invalid(
            "version.unknown_format", what, hint=f"say it: --format {' | '.join(FORMATS)}"
        )
    return FORMATS[found](data, signature)


def format_of(data: bytes, name: str, said: str) -> str:
    """Return the format that was said, or that a file seems to have; "" when nobody knows."""
    if said:
        return said
    for suffix, found in _SUFFIXES.items():
        if name.lower().endswith(suffix):
            return found
    return next((found for begin, found in _BEGINNINGS if data.startswith(begin)), "")
