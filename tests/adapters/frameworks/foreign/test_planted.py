"""Calls planted anywhere in a model's file, and files damaged anywhere: `make fuzz` tries many.

`make test` tries a few of each. Whatever is planted is refused by name before it is called; a
damaged file is refused in our words, or read, and nothing else happens.
"""

import bz2
import gzip
import io
import lzma
import pickle
import pickletools
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import joblib
import numpy as np
import pytest
import skops.io
from hypothesis import given
from hypothesis import strategies as st
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tenure.adapters.frameworks import trees
from tenure.adapters.frameworks.foreign import estimators, pickles
from tenure.core.errors import TenureError
from tests.adapters.frameworks.foreign import corpus
from tests.serving.fuzzing import cases

ROWS = np.random.default_rng(0).normal(size=(80, 2))
TRUTH = ROWS[:, 0] > 0
MODELS = (
    make_pipeline(StandardScaler(), LogisticRegression()),
    RandomForestClassifier(2),
    HistGradientBoostingClassifier(max_iter=2),
)
CALLED = (
    *("posix system", "os system", "os execv", "subprocess Popen", "pty spawn", "socket socket"),
    *("builtins eval", "builtins exec", "builtins getattr", "builtins __import__", "builtins open"),
    *("builtins map", "builtins filter", "builtins compile", "builtins type", "builtins input"),
    *("pickle loads", "_pickle loads", "marshal loads", "joblib load", "numpy load", "torch load"),
    *("importlib import_module", "runpy run_path", "code InteractiveInterpreter", "pip main"),
    *("timeit timeit", "cProfile run", "pdb run", "bdb Bdb", "profile run", "doctest debug_script"),
    *("operator attrgetter", "operator methodcaller", "functools reduce", "itertools starmap"),
    *(
        "ctypes CDLL",
        "shutil rmtree",
        "webbrowser open",
        "urllib.request urlopen",
        "ast literal_eval",
    ),
    *(
        "sklearn.datasets fetch_openml",
        "sklearn.utils._testing assert_run_python_script_without_output",
    ),
    *("numpy.testing._private.utils runstring", "numpy.f2py.crackfortran getlincoef"),
    *("pandas read_pickle", "pandas.core.computation.eval eval", "tenure.app.jail main"),
)
"""Names that act, and names that fetch what acts: those of published exploits, and then some."""


def in_an_array(evil: bytes) -> bytes:
    """Return a joblib file of an array of objects, whose inner pickle is this one."""
    out = io.BytesIO()
    joblib.dump(np.array([None], object), out)
    whole = out.getvalue()
    return whole[: whole.rindex(b"\x80")] + evil


WRAPS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": bytes,
    "in an array": in_an_array,
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "lzma": lambda data: lzma.compress(data, lzma.FORMAT_ALONE),
}


@cache
def good(place: int) -> bytes:
    """Return a model as a pickle without frames, so that anything can be put between two steps."""
    return pickle.dumps(MODELS[place].fit(ROWS, TRUTH), protocol=2)


@cache
def steps(place: int) -> list[int]:
    """Return where its instructions begin, but for the first one."""
    return [at for _, _, at in pickletools.genops(good(place)) if at]


def calls(name: str, argument: str, how: str) -> bytes:
    """Return instructions that call the name and forget what it said."""
    module, _, function = name.partition(" ")
    text = argument.encode()
    said = b"X%b%b" % (len(text).to_bytes(4, "little"), text)
    fetched = b"c%b\n%b\n" % (module.encode(), function.encode())
    if how == "by names on the stack":
        both = [b"X%b%b" % (len(n).to_bytes(4, "little"), n.encode()) for n in (module, function)]
        fetched = b"".join(both) + b"\x93"
    elif how == "through a partial":
        fetched = b"cfunctools\npartial\n" + fetched + b"\x85R"
    elif how == "as a new object":
        return fetched + said + b"\x85\x810"
    elif how == "as an old instance":
        return b"(" + said + b"i%b\n%b\n0" % (module.encode(), function.encode())
    return fetched + said + b"\x85R0"


HOW = (
    *("called", "by names on the stack", "through a partial"),
    *("as a new object", "as an old instance"),
)


@cases(12)
@given(
    place=st.integers(0, len(MODELS) - 1),
    share=st.floats(0, 1),
    name=st.sampled_from(CALLED),
    how=st.sampled_from(HOW),
    wrap=st.sampled_from(sorted(WRAPS)),
)
def test_a_call_planted_anywhere_in_a_model_is_refused_before_it_is_made(  # what is drawn
    tmp_path_factory: pytest.TempPathFactory,
    place: int,
    share: float,
    name: str,
    how: str,
    wrap: str,
) -> None:
    mark = tmp_path_factory.getbasetemp() / "was here"
    model, at = good(place), steps(place)
    step = at[min(int(share * len(at)), len(at) - 1)]
    evil = model[:step] + calls(name, f"touch '{mark}'", how) + model[step:]
    with pytest.raises(TenureError) as caught:
        pickles.read(WRAPS[wrap](evil))
    assert caught.value.code == "version.unsafe_file", (name, how)
    assert not mark.exists()


@cache
def sound(kind: str) -> bytes:
    model = MODELS[0].fit(ROWS, TRUTH)
    if kind == "pickle":
        return pickle.dumps(model, protocol=5)
    if kind == "joblib":
        out = io.BytesIO()
        joblib.dump(MODELS[2].fit(ROWS, TRUTH), out, compress=("gzip", 3))
        return out.getvalue()
    if kind == "skops":
        return bytes(skops.io.dumps(model))
    grown = LGBMClassifier(n_estimators=3, verbosity=-1).fit(ROWS, TRUTH)
    return str(grown.booster_.model_to_string()).encode()


READERS: dict[str, Callable[[bytes], object]] = {
    "pickle": pickles.read,
    "joblib": pickles.read,
    "skops": lambda data: estimators.skops(data, corpus.signature()),
    "lightgbm": trees.from_text,
}


@pytest.mark.parametrize("kind", READERS)
@cases(6)
@given(
    edits=st.lists(
        st.tuples(
            st.floats(0, 1),
            st.sampled_from(["flip", "cut", "twice", "zeros"]),
            st.binary(max_size=9),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_damaged_file_is_refused_in_our_words_or_read(
    kind: str, edits: list[tuple[float, str, bytes]]
) -> None:
    data = bytearray(sound(kind))
    for share, edit, some in edits:
        at, long = int(share * len(data)), max(1, len(some))
        changed = {
            "flip": bytes(one ^ 0x55 for one in data[at : at + long]),
            "cut": b"",
            "twice": bytes(data[at : at + long]) * 2,
            "zeros": some,
        }
        data[at : at + long] = changed[edit]
    assert outcome(READERS[kind], bytes(data)).startswith(
        ("version.", "runtime.broken_files", "read")
    )


def outcome(read: Callable[[bytes], object], data: bytes) -> str:
    try:
        read(data)
    except TenureError as error:
        return error.code
    except MemoryError:  # where it asks for more than there is: the jail's own limit says so
        return "version.out_of_memory"
    return "read"


@pytest.mark.parametrize("kind", READERS)
def test_the_same_files_undamaged_are_read(kind: str, tmp_path: Path) -> None:
    if kind == "skops":  # of two numbers, where the customers have six
        with pytest.raises(TenureError, match="wrong_inputs"):
            READERS[kind](sound(kind))
    else:
        assert READERS[kind](sound(kind)) is not None
