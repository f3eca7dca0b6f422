"""`import tenure` costs nothing; the public names come when they are used."""

import subprocess
import sys

import pytest

import tenure

HEAVY = ("httpx", "numpy", "polars", "pyarrow", "pandas", "sqlalchemy", "fastapi", "msgspec")


def loaded_after(code: str) -> set[str]:
    """Return which heavy libraries a fresh process has loaded after running the code."""
    report = f"{code}\nimport sys; print(*[n for n in {HEAVY!r} if n in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", report], capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_tenure_loads_no_library() -> None:
    assert loaded_after("import tenure; tenure.__version__") == set()


def test_the_client_loads_httpx_and_no_frame_library() -> None:
    assert loaded_after("import tenure; tenure.connect; tenure.Client") == {"httpx"}


def test_the_public_names_are_listed_and_there() -> None:
    for name in tenure.__all__:
        assert getattr(tenure, name) is not None
    assert dir(tenure) == sorted(tenure.__all__)


def test_an_unknown_name_is_an_attribute_error() -> None:
    name = "conect"
    with pytest.raises(AttributeError, match="no attribute 'conect'"):
        getattr(tenure, name)
