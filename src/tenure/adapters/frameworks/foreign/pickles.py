"""Pickles and joblib files, read against a list of what they may ask for. Only ever in the jail.

A pickle is a program. This reader knows the few instructions that data needs, and hands out only
names of `_NAMES`, estimators of scikit-learn and a few boosters; whatever else is asked for ends
the reading before it is called. What scanners miss, the jail has to hold.
"""

import bz2
import io
import lzma
import pickle
import zlib
from importlib import import_module
from typing import Any, ClassVar

from joblib.numpy_pickle import NumpyArrayWrapper, NumpyUnpickler

from tenure.adapters.frameworks.foreign.original import unreadable, unsafe
from tenure.core.errors import TenureError

_INSTRUCTIONS = [
    "APPEND",
    "APPENDS",
    "BINBYTES",
    "BINBYTES8",
    "BINFLOAT",
    "BINGET",
    "BININT",
    "BININT1",
    "BININT2",
    "BINPUT",
    "BINUNICODE",
    "BINUNICODE8",
    "BUILD",
    "BYTEARRAY8",
    "EMPTY_DICT",
    "EMPTY_LIST",
    "EMPTY_SET",
    "EMPTY_TUPLE",
    "FRAME",
    "FROZENSET",
    "ADDITEMS",
    "GLOBAL",
    "LONG1",
    "LONG4",
    "LONG_BINGET",
    "LONG_BINPUT",
    "MARK",
    "MEMOIZE",
    "NEWFALSE",
    "NEWOBJ",
    "NEWOBJ_EX",
    "NEWTRUE",
    "NONE",
    "POP",
    "POP_MARK",
    "DUP",
    "PROTO",
    "REDUCE",
    "SETITEM",
    "SETITEMS",
    "SHORT_BINBYTES",
    "SHORT_BINUNICODE",
    "BINSTRING",
    "SHORT_BINSTRING",
    "STACK_GLOBAL",
    "STOP",
    "TUPLE",
    "TUPLE1",
    "TUPLE2",
    "TUPLE3",
]
_NAMES = {
    "builtins": {"bytearray", "bytes", "complex", "frozenset", "object", "range", "set", "slice"},
    "_codecs": {"encode"},
    "copyreg": {"_reconstructor"},
    "collections": {"OrderedDict", "defaultdict"},
    "numpy.ma": {"MaskedArray"},
    "numpy.ma.core": {"MaskedArray", "_mareconstruct"},
    "scipy.interpolate._bsplines": {"BSpline"},
    "sklearn.feature_selection._univariate_selection": {"chi2", "f_classif", "f_regression"},
    "sklearn.metrics._scorer": {"_PassthroughScorer"},
    "sklearn.model_selection._split": {"KFold", "StratifiedKFold", "TimeSeriesSplit"},
    "functools": {"partial"},  # of what is on this list
    "numpy": {
        "dtype",
        "ndarray",
        "str_",
        "bool_",
        "int64",
        "int32",
        "float64",
        "float32",
        "object_",
    },
    "numpy._core.multiarray": {"_reconstruct", "scalar"},
    "numpy.core.multiarray": {"_reconstruct", "scalar"},
    "numpy._core.numeric": {"_frombuffer"},
    "numpy.core.numeric": {"_frombuffer"},
    "numpy.random._pickle": {"__bit_generator_ctor", "__generator_ctor", "__randomstate_ctor"},
    "numpy.random._mt19937": {"MT19937"},
    "numpy.random._pcg64": {"PCG64"},
    "numpy.random.bit_generator": {"SeedSequence", "__pyx_unpickle_SeedSequence"},
    "scipy.sparse._csr": {"csr_matrix", "csr_array"},
    "scipy.sparse._csc": {"csc_matrix", "csc_array"},
    "sklearn.calibration": {"_CalibratedClassifier", "_SigmoidCalibration"},
    "sklearn.ensemble._hist_gradient_boosting.predictor": {"TreePredictor"},
    "sklearn.metrics._dist_metrics": {"newObj", "EuclideanDistance64", "ManhattanDistance64"},
    "sklearn.neighbors._ball_tree": {"newObj", "BallTree", "BallTree64"},
    "sklearn.neighbors._kd_tree": {"newObj", "KDTree", "KDTree64"},
    "sklearn.neural_network._stochastic_optimizers": {"AdamOptimizer", "SGDOptimizer"},
    "sklearn.tree._tree": {"Tree"},
    "sklearn.utils._bunch": {"Bunch"},
    "sklearn.utils.validation": {"check_array"},
    "lightgbm.basic": {"Booster"},
    "lightgbm.sklearn": {"LGBMClassifier", "LGBMRegressor"},
    "xgboost.core": {"Booster"},
    "xgboost.sklearn": {"XGBClassifier", "XGBRegressor"},
    "catboost.core": {"CatBoostClassifier", "CatBoostRegressor"},
}
HINT = (
    "save it with skops or convert it to ONNX; code of your own is served as a "
    "Python model: --format python"
)
_CLASSES_OF = ("sklearn._loss._loss", "sklearn._loss.link", "sklearn._loss.loss")
_NEVER = ("sklearn.datasets", "sklearn.externals", "sklearn.utils._test", "sklearn.experimental")
_MOST_BYTES = 2 << 30  # of a compressed file; the jail's memory limit comes first as a rule
_COMPRESSED: tuple[tuple[bytes, Any], ...] = (
    (b"\x78", lambda: zlib.decompressobj(wbits=47)),  # zlib or gzip, as the header says
    (b"\x1f\x8b", lambda: zlib.decompressobj(wbits=47)),
    (b"BZh", bz2.BZ2Decompressor),
    (b"\xfd7zXZ", lambda: lzma.LZMADecompressor(memlimit=_MOST_BYTES)),
    (b"\x5d\x00", lambda: lzma.LZMADecompressor(lzma.FORMAT_ALONE, memlimit=_MOST_BYTES)),
)
_OLD = {"__builtin__": "builtins", "copy_reg": "copyreg"}


def read(data: bytes) -> Any:
    """Return what a pickle or joblib file holds; raise `version.unsafe_file`, `version.unreadable`."""
    try:
        return _Reader(_plain(data)).load()
    except TenureError:
        raise
    except MemoryError:
        raise
    except Exception as error:  # a broken pickle may raise anything
        raise unreadable("pickle", f"{type(error).__name__}: {error}") from error


def written(model: Any) -> bytes:
    """Return a fitted model as the pickle that `read` reads."""
    return pickle.dumps(model, protocol=4)


class _Reader(NumpyUnpickler):  # type: ignore[misc]  # joblib has no types
    """Python's own unpickler, with fewer instructions and fewer names."""

    dispatch: ClassVar[dict[int, Any]] = {
        code: (
            NumpyUnpickler.dispatch[code]
            if code in {getattr(pickle, name)[0] for name in _INSTRUCTIONS}
            else lambda self, code=code: self.refuse(f"the instruction {bytes([code])!r}")
        )
        for code in NumpyUnpickler.dispatch
    }

    def __init__(self, data: bytes) -> None:
        super().__init__("", io.BytesIO(data), ensure_native_byte_order=True)

    def find_class(self, module: str, name: str) -> Any:
        module = _OLD.get(module, module)
        if (module, name) == ("joblib.numpy_pickle", "NumpyArrayWrapper"):
            return _Array
        if is_known(module, name):
            return getattr(import_module(module), name)
        return self.refuse(f"{module[:80]}.{name[:80]}")

    def load_build(self) -> None:
        if isinstance(self.stack[-2], type):
            self.refuse("changing a class")
        super().load_build()

    dispatch[pickle.BUILD[0]] = load_build

    def refuse(self, what: str) -> None:
        raise unsafe(what, HINT)


class _Array(NumpyArrayWrapper):  # type: ignore[misc]  # joblib has no types
    """An array of joblib's; one of objects is a pickle of its own and is read as such."""

    def read_array(self, unpickler: Any, ensure_native_byte_order: Any) -> Any:
        if not self.dtype.hasobject:
            return super().read_array(unpickler, ensure_native_byte_order)
        inner = _Reader(b"")
        pickle._Unpickler.__init__(inner, unpickler.file_handle)  # noqa: SLF001
        return inner.load()


def is_known(module: str, name: str) -> bool:
    """Return whether a model may hold this."""
    return name in _NAMES.get(module, ()) or _is_estimator(module, name)


def _is_estimator(module: str, name: str) -> bool:
    if not module.startswith("sklearn.") or module.startswith(_NEVER) or ".tests" in module:
        return module == "numpy" and _is_ufunc(name)
    if module in _CLASSES_OF and name.startswith("__pyx_unpickle_Cy"):
        return True  # makes one of the module's losses from its numbers
    try:
        found = getattr(import_module(module), name, None)
    except ImportError:
        return False
    if not isinstance(found, type) or not found.__module__.startswith("sklearn."):
        return False
    from sklearn.base import BaseEstimator

    return issubclass(found, BaseEstimator) or module in _CLASSES_OF or _is_binner(module, name)


def _is_binner(module: str, name: str) -> bool:
    return (module, name) == ("sklearn.ensemble._hist_gradient_boosting.binning", "_BinMapper")


def _is_ufunc(name: str) -> bool:
    import numpy as np

    return isinstance(getattr(np, name, None), np.ufunc)


def _plain(data: bytes) -> bytes:
    """Return the bytes of a file that joblib may have compressed."""
    if data[:1] == b"\x80":
        return data
    for begin, reader in _COMPRESSED:
        if data.startswith(begin):
            plain = _unpacked(reader(), data)
            if plain[:1] != b"\x80":
                raise unreadable("pickle", "what is compressed does not begin like one")
            return plain
    raise unreadable(
        "pickle",
        "it does not begin like one (protocol 2 or later; compressed with zlib, gzip, bz2, lzma, "
        "xz or not)",
    )


def _unpacked(reader: Any, data: bytes) -> bytes:
    try:
        plain: bytes = reader.decompress(data, _MOST_BYTES)
    except (zlib.error, OSError, lzma.LZMAError) as error:
        raise unreadable("compressed file", error) from error
    if not reader.eof:
        raise unreadable("compressed file", "it is cut off, or larger than 2 GiB")
    return plain
