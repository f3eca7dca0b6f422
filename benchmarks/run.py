"""`make bench NAME=cli [QUICK=1]`: run one benchmark, or list them when none is named.

A quick run asks the nearest peer only and leaves the committed results alone. The last line on
stdout is JSON; the exit code is 1 when a goal was missed.
"""

import ast
import importlib
import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NAMES = (
    "batch",
    "cli",
    "serving",
    "loop",
    "streams",
    "density",
    "telemetry",
    "rollback",
    "soak",
    "drift",
    "estimates",
    "ledger",
    "alarms",
    "evaluate",
    "explain",
)


def main(arguments: list[str]) -> int:
    """Run the named benchmark; return the exit code."""
    if not arguments:
        _list()
        return 0
    name = arguments[0]
    if name not in NAMES:
        print(f"there is no benchmark {name!r}; known: {', '.join(NAMES)}", file=sys.stderr)
        return 2
    from benchmarks import report

    quick = os.environ.get("QUICK", "0") not in {"", "0"}
    outcome: report.Outcome = importlib.import_module(f"benchmarks.{name}").measure(quick=quick)
    for line in report.table(outcome):
        print(line)
    if not quick:
        report.store(outcome, ROOT / "benchmarks" / "results")
    print(report.last_line(outcome))
    return 0 if outcome.met else 1


def _list() -> None:
    for name in NAMES:
        tree = ast.parse((ROOT / "benchmarks" / f"{name}.py").read_text("utf-8"))
        print(f"{name:<10} {(ast.get_docstring(tree) or '').partition(chr(10))[0]}")


if __name__ == "__main__":
    sys.path[0] = str(ROOT)  # modules here are `benchmarks.…`, as the type checker sees them
    sys.exit(main([argument for argument in sys.argv[1:] if argument]))
