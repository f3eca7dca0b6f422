"""Imports only go down the floors, and starting loads nothing heavy."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "sqlalchemy", "pyarrow", "polars", "fastapi", "rich", "lightgbm", "pandas")


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_import_contract_is_kept() -> None:
    tool = Path(sys.executable).with_name("lint-imports")
    found = run(str(tool), "--no-cache")
    assert found.returncode == 0, found.stdout
    assert "10 kept, 0 broken" in found.stdout


@pytest.mark.parametrize(
    "begin",
    [
        "import tenure",
        "from tenure.cli.main import main; main(['--help'])",
    ],
)
def test_starting_loads_nothing_heavy(begin: str) -> None:
    program = f"""
import sys
try:
    {begin}
except SystemExit as end:
    assert not end.code, end.code
loaded = [name for name in {HEAVY!r} if name in sys.modules]
sys.exit("loaded: " + ", ".join(loaded) if loaded else 0)
"""
    found = run(sys.executable, "-c", program)
    assert found.returncode == 0, found.stderr


def test_a_process_of_the_house_starts_without_what_few_of_them_use() -> None:
    """Signing in, secret stores, tuning and training: each is loaded when it is asked for."""
    rare = ("httpx", "joserfc", "optuna", "lightgbm", "scipy")
    program = f"""
import sys
import tenure.app.wiring, tenure.app.serving
sys.exit(", ".join(name for name in {rare!r} if name in sys.modules) or 0)
"""
    found = run(sys.executable, "-c", program)
    assert found.returncode == 0, found.stderr


def test_the_core_and_the_ports_load_no_arrays_but_where_they_compute() -> None:
    """The spec, the policies and the ports are read by faces that must start at once."""
    program = """
import sys
import tenure.core.spec.values, tenure.core.policies, tenure.core.loop, tenure.core.ledger
import tenure.core.accuracy, tenure.core.lifecycle, tenure.core.keys
import tenure.ports.work, tenure.ports.blobs, tenure.ports.releases, tenure.ports.training
sys.exit("numpy" in sys.modules or "polars" in sys.modules or "pyarrow" in sys.modules)
"""
    assert run(sys.executable, "-c", program).returncode == 0
