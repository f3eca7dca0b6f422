"""What starting costs: `tenure --help`, `import tenure`, and a command against a running server.

Beside them in turns: bare python, a bare click command in the same environment, and in a full run
the help of mlflow and dvc from environments of their own. The least of several runs counts.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers import environment
from benchmarks.processes import Spent, free_port, spent
from benchmarks.report import Bound, Outcome, check

HEAVY = ("numpy", "sqlalchemy", "pyarrow", "polars", "fastapi", "rich", "httpx")
TENURE = str(Path(sys.executable).with_name("tenure"))
CLICK = str(Path(__file__).parent / "peers" / "click_app.py")
PEERS = {"mlflow": "mlflow-skinny", "dvc": "dvc"}
GOALS = {
    "help_cpu_s": Bound(at_most=0.2),
    "help_heavy_modules": Bound(at_most=0),
    "import_heavy_modules": Bound(at_most=0),
    "command_cpu_s": Bound(at_most=0.4),
}
WALL_GOALS = {"help_wall_s": Bound(at_most=0.2), "command_wall_s": Bound(at_most=0.4)}
AIMS = {"help_cpu_s": Bound(at_most=0.15), "import_cpu_s": Bound(at_most=0.05)}
QUIET = 1.5
"""Wall time over CPU time of bare python; above, others use the machine and wall time says little."""
_LOADED = """
import json, sys
try:
    {begin}
except SystemExit as end:
    assert not end.code, end.code
print("\\n" + json.dumps([name for name in {heavy!r} if name in sys.modules]))
"""


@dataclass(frozen=True, slots=True)
class Start:
    """A command, and a word that its output has to hold."""

    command: Sequence[str]
    says: str = ""


def measure(*, quick: bool) -> Outcome:
    """Time every command in turns, after checking what it says."""
    with tempfile.TemporaryDirectory(prefix="tenure-bench-") as folder:
        home, env = Path(folder) / "home", _environment(Path(folder) / "compiled")
        with _up(home, env):
            starts = _starts(home, peers=not quick)
            least = _least(starts, env, 5 if quick else 15)
    figures = {f"{name}_{kind}_s": v for name, one in least.items() for kind, v in _both(one)}
    figures["help_over_click"] = least["help"].cpu / least["click"].cpu
    for name in sorted(PEERS.keys() & least.keys()):
        figures[f"{name}_over_help"] = least[name].cpu / least["help"].cpu
    begin = {
        "help": "from tenure.cli.main import main; main(['--help'])",
        "import": "import tenure",
    }
    for name, words in begin.items():
        figures[f"{name}_heavy_modules"] = len(_heavy(words, env))
    figures["wall_over_cpu"] = least["python"].wall / least["python"].cpu
    goals = GOALS | (WALL_GOALS if figures["wall_over_cpu"] <= QUIET else {})
    peers = {PEERS[n]: environment.version(n, PEERS[n]) for n in sorted(PEERS.keys() & least)}
    return Outcome("cli", figures, goals, AIMS, ("tenure", "click"), peers)


def _starts(home: Path, *, peers: bool) -> dict[str, Start]:
    starts = {
        "python": Start([sys.executable, "-c", "pass"]),
        "click": Start([sys.executable, CLICK, "--help"], "--home TEXT"),
        "help": Start([TENURE, "--help"], "apply"),
        "import": Start([sys.executable, "-c", "import tenure"]),
        "command": Start([TENURE, "--home", str(home), "tenant", "list", "-q"], "acme"),
    }
    if peers:
        for name in PEERS:
            program = str(environment.ready(name) / name)
            starts[name] = Start([program, "--help"], "artifacts" if name == "mlflow" else "repro")
    return starts


def _least(starts: Mapping[str, Start], env: Mapping[str, str], times: int) -> dict[str, Spent]:
    """Return per command the least CPU and the least wall time."""
    for start in starts.values():  # also compiles what is not compiled yet
        said = spent(start.command, env).output
        check(start.says in said, f"{start.command} does not say {start.says!r} but {said!r}")
    seen: dict[str, list[Spent]] = {name: [] for name in starts}
    for _ in range(times):
        for name, start in starts.items():
            seen[name].append(spent(start.command, env))
    return {
        name: Spent(min(one.cpu for one in runs), min(one.wall for one in runs), "")
        for name, runs in seen.items()
    }


def _both(one: Spent) -> tuple[tuple[str, float], tuple[str, float]]:
    return ("cpu", one.cpu), ("wall", one.wall)


def _heavy(begin: str, env: Mapping[str, str]) -> list[str]:
    """Return which heavy modules are loaded after these words."""
    program = _LOADED.format(begin=begin, heavy=HEAVY)
    said = spent([sys.executable, "-c", program], env).output
    loaded: list[str] = json.loads(said.splitlines()[-1])
    return loaded


@contextmanager
def _up(home: Path, env: Mapping[str, str]) -> Iterator[None]:
    """Run a private `tenure up` with one tenant."""
    ports = ["--api-port", str(free_port()), "--serving-port", str(free_port())]
    command = [TENURE, "--home", str(home), "-o", "json", "up", *ports]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=env) as process:
        try:
            assert process.stdout is not None  # noqa: S101  # asked for above
            check(process.stdout.readline(), "tenure up did not start")
            spent([TENURE, "--home", str(home), "tenant", "create", "acme"], env)
            yield
        finally:
            process.send_signal(signal.SIGTERM)


def _environment(compiled: Path) -> dict[str, str]:
    """Return an environment in which Python keeps what it has compiled, as it does for a user."""
    ours = {n: v for n, v in os.environ.items() if not n.startswith("TENURE_")}
    ours.pop("PYTHONDONTWRITEBYTECODE", None)
    return {**ours, "PYTHONPYCACHEPREFIX": str(compiled)}
