"""LightGBM's C interface, for answering: load a model's text, predict one row or many.

Serving calls the library of the LightGBM package by ctypes without importing the package, which
would also import scikit-learn, scipy and pandas (seconds, 100 MB). A row takes microseconds by
`LGBM_BoosterPredictForMatSingleRowFast`. Where the library is not found, the package itself does
the work, slower.
"""

import ctypes
import importlib.util
import weakref
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from tenure.adapters.frameworks.encode import Floats, broken

_FLOAT64 = 1  # C_API_DTYPE_FLOAT64
_NORMAL = 0  # C_API_PREDICT_NORMAL
_CONTRIBUTIONS = 3  # C_API_PREDICT_CONTRIB
_ONE_THREAD = b"num_threads=1"
_FEW_ROWS = 64
"""So few rows are answered without letting other threads run: it takes less than getting a turn again."""
_LIBRARIES = ("lib/lib_lightgbm.so", "lib/lib_lightgbm.dylib", "bin/lib_lightgbm.dll")
FILE = "model.txt"


class Booster(Protocol):
    """A loaded ensemble. `features` and `width` are counts per row, in and out."""

    features: int
    width: int

    def one(self, values: list[float]) -> list[float]:
        """Return the outputs of one row."""
        ...

    def block(self, block: bytes, rows: int) -> list[float]:
        """Return the outputs of float64 rows, row-major, one row's after the other's."""
        ...

    def many(self, matrix: Floats) -> Floats:
        """Return the outputs of many rows, [rows, width]; the matrix is row-major."""
        ...

    def contributions(self, matrix: Floats) -> Floats:
        """Return Shapley values of many rows, [rows, width, features + 1], the constant last.

        Those of trees, by the counts of the training rows in their leaves (Lundberg et al. 2020,
        "path-dependent"): they add up to the sums of the trees before link and average.
        """
        ...


def load(text: bytes) -> Booster:
    """Return the model that LightGBM wrote as `text`; raise `runtime.broken_files`."""
    if b"\nend of trees" not in text:
        raise broken(FILE, "the model's text is cut off")
    library = _library()
    return PackageBooster(text) if library is None else NativeBooster(text, library)


class NativeBooster:
    """By ctypes. Not thread-safe: one buffer each for the row and its outputs."""

    def __init__(self, text: bytes, library: ctypes.CDLL) -> None:
        self._lib = library
        handle, count = ctypes.c_void_p(), ctypes.c_int()
        self._call(
            "LGBM_BoosterLoadModelFromString", text, ctypes.byref(count), ctypes.byref(handle)
        )
        self._handle = handle
        weakref.finalize(self, library.LGBM_BoosterFree, handle)
        self.features = self._count("LGBM_BoosterGetNumFeature")
        self.width = self._count("LGBM_BoosterGetNumClasses")
        self._row = (ctypes.c_double * self.features)()
        self._out = (ctypes.c_double * self.width)()
        self._length = ctypes.c_int64()
        self._length_at = ctypes.byref(self._length)
        self._fast = self._prepare()
        # a row takes a few µs: letting other threads run meanwhile would cost more than it gives
        self._holding = ctypes.PyDLL(None, handle=library._handle)  # noqa: SLF001  # ctypes offers no other way
        self._predict = self._holding.LGBM_BoosterPredictForMatSingleRowFast

    def one(self, values: list[float]) -> list[float]:
        self._row[:] = values  # type: ignore[assignment]  # ctypes takes floats
        if self._predict(self._fast, self._row, self._length_at, self._out):
            raise broken(FILE, self._said())
        return self._out[:]

    def block(self, block: bytes, rows: int) -> list[float]:
        if rows == 1:
            if self._predict(self._fast, block, self._length_at, self._out):
                raise broken(FILE, self._said())
            return self._out[:]
        outputs = (ctypes.c_double * (rows * self.width))()
        self._many(block, rows, outputs)
        return outputs[:]

    def many(self, matrix: Floats) -> Floats:
        rows, outputs = np.ascontiguousarray(matrix), np.empty((len(matrix), self.width))
        if len(rows):
            self._many(_address(rows), len(rows), _address(outputs))
        return outputs

    def contributions(self, matrix: Floats) -> Floats:
        rows = np.ascontiguousarray(matrix)
        found = np.empty((len(rows), self.width, self.features + 1))
        if len(rows):
            self._many(_address(rows), len(rows), _address(found), _CONTRIBUTIONS)
        return found

    def _many(self, rows_at: Any, rows: int, outputs_at: Any, what: int = _NORMAL) -> None:
        quick = what == _NORMAL and rows <= _FEW_ROWS
        failed = (self._holding if quick else self._lib).LGBM_BoosterPredictForMat(
            self._handle,
            rows_at,
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(rows),
            ctypes.c_int32(self.features),
            ctypes.c_int(1),  # row-major
            ctypes.c_int(what),
            ctypes.c_int(0),  # from the first …
            ctypes.c_int(-1),  # … to the last tree
            _ONE_THREAD,
            self._length_at,
            outputs_at,
        )
        if failed:
            raise broken(FILE, self._said())

    def _prepare(self) -> ctypes.c_void_p:
        fast = ctypes.c_void_p()
        self._call(
            "LGBM_BoosterPredictForMatSingleRowFastInit",
            self._handle,
            ctypes.c_int(_NORMAL),
            ctypes.c_int(0),
            ctypes.c_int(-1),
            ctypes.c_int(_FLOAT64),
            ctypes.c_int32(self.features),
            _ONE_THREAD,
            ctypes.byref(fast),
        )
        weakref.finalize(self, self._lib.LGBM_FastConfigFree, fast)
        return fast

    def _count(self, function: str) -> int:
        found = ctypes.c_int()
        self._call(function, self._handle, ctypes.byref(found))
        return found.value

    def _call(self, function: str, *arguments: Any) -> None:
        if getattr(self._lib, function)(*arguments):
            raise broken(FILE, self._said())

    def _said(self) -> str:
        return str(self._lib.LGBM_GetLastError().decode(errors="replace"))


class PackageBooster:
    """By the Python package, where its library lies in an unknown place."""

    def __init__(self, text: bytes) -> None:
        import lightgbm

        try:
            self._booster = lightgbm.Booster(model_str=text.decode())
        except lightgbm.basic.LightGBMError as error:
            raise broken(FILE, str(error)) from error
        self.features = int(self._booster.num_feature())
        self.width = int(self._booster.num_model_per_iteration())

    def one(self, values: list[float]) -> list[float]:
        answered: list[float] = self.many(np.array([values], dtype=np.float64))[0].tolist()
        return answered

    def block(self, block: bytes, rows: int) -> list[float]:
        answered: list[float] = (
            self.many(np.frombuffer(block, "<f8").reshape(rows, -1)).ravel().tolist()
        )
        return answered

    def many(self, matrix: Floats) -> Floats:
        outputs: NDArray[np.float64] = self._booster.predict(matrix, num_threads=1)
        return outputs.reshape(len(matrix), self.width)

    def contributions(self, matrix: Floats) -> Floats:
        found: NDArray[np.float64] = self._booster.predict(matrix, pred_contrib=True, num_threads=1)
        return found.reshape(len(matrix), self.width, -1)


@cache
def _library() -> ctypes.CDLL | None:
    """Return LightGBM's shared library, or None when it is not where its wheels put it."""
    found = importlib.util.find_spec("lightgbm")
    for folder in (found.submodule_search_locations or ()) if found else ():
        for name in _LIBRARIES:
            path = Path(folder) / name
            if path.is_file():
                library = ctypes.CDLL(str(path))
                library.LGBM_GetLastError.restype = ctypes.c_char_p
                return library
    return None


def _address(array: Floats) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)
