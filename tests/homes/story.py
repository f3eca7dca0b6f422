"""A small home's life, told to whatever Tenure is installed: `python story.py FOLDER`.

Only the command line and HTTP are used, so that revisions of long ago and of tomorrow can tell it.
acme/late is live, its concept turns, a finding opens and a second version takes over; bolt/late
waits for a person's approval; both have a challenger, quarantined rows and keys of their own.
`seen.json` keeps what could be looked at, and one answer.
"""

import csv
import json
import math
import os
import random
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
DAYS, TURN, A_DAY = 34, 19, 60
FROM, TO = "2024-01-15", "2024-02-01"
SPEC = """spec = 1
[model]
name = "late"
task = "binary"
[data]
target = "late"
time = "at"
key = ["id"]
ignore = ["tenant"]
[labels]
event_time = "known"
expected_after = "6h"
final_after = "1d"
[train]
recipe = "linear"
windows = ["4d", "all"]
[gate]
holdout = "3d"
[retrain]
on = ["finding:accuracy"]
schedule = { cron = "0 3 25 * *", zone = "UTC" }
cool_down = "1d"
[challengers.static]
[tenants.acme.data]
source = "acme.csv"
[tenants.bolt.data]
source = "bolt.csv"
[tenants.bolt.gate.signed]
require = "approvals"
count = 1
"""
LISTS = [
    *("model", "dataset", "study", "run", "version", "deployment", "decision", "finding"),
    *("quarantine", "key", "job", "tenant", "clock"),
]


def rows() -> list[dict[str, object]]:
    """Return a stream of both tenants' rows: `late` follows x, and the other way since day TURN."""
    chance = random.Random(5)  # noqa: S311  # a test's own draw
    found: list[dict[str, object]] = []
    for number in range(DAYS * A_DAY):
        at = BEGIN + number * timedelta(days=1) / A_DAY
        x, y = chance.gauss(0, 1), chance.gauss(0, 1)
        slope = -3.0 if number >= TURN * A_DAY else 3.0
        late = chance.random() < 1 / (1 + math.exp(-(slope * x + 0.5 * y)))
        found.append(
            {
                "tenant": "acme" if chance.random() < 0.55 else "bolt",
                "id": f"r{number:04}",
                "at": f"{at:%Y-%m-%dT%H:%M:%SZ}",
                "known": f"{at + timedelta(hours=5):%Y-%m-%dT%H:%M:%SZ}",
                "x": round(x, 3),
                "y": round(y, 3),
                "colour": "red" if y > 0 else "blue",
                "late": "yes" if late else "no",
            }
        )
    return found


def tenure(*arguments: str, code: int = 0) -> str:
    """Run a command of the Tenure beside this Python; return what it printed."""
    program = Path(sys.executable).with_name("tenure")
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != code:
        sys.exit(f"tenure {' '.join(arguments)}: {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def ask(url: str, key: str, body: object) -> Any:
    """Return what a POST of JSON answers."""
    head = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), head)  # noqa: S310  # our own house
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        return json.load(answer)


def is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1):  # noqa: S310
            return True
    except (urllib.error.URLError, OSError):
        return False


QUESTION = {
    "id": "asked-before",
    "inputs": [
        {"name": "x", "shape": [2], "datatype": "FP64", "data": [0.4, -1.2]},
        {"name": "y", "shape": [2], "datatype": "FP64", "data": [0.1, 0.9]},
        {"name": "colour", "shape": [2], "datatype": "BYTES", "data": ["red", "blue"]},
        {"name": "id", "shape": [2], "datatype": "BYTES", "data": ["q1", "q2"]},
        {"name": "at", "shape": [2], "datatype": "BYTES", "data": ["2024-02-01T01:00:00Z"] * 2},
    ],
}


def answer(key: str) -> Any:
    """Ask the serving process of a `tenure up` for two predictions."""
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("", 0)) as two:
        ports = [str(probe.getsockname()[1]) for probe in (one, two)]
    program = str(Path(sys.executable).with_name("tenure"))
    up = [program, "up", "--api-port", ports[0], "--serving-port", ports[1]]
    url = f"http://127.0.0.1:{ports[1]}/v2"
    with subprocess.Popen(up) as running:
        while not is_ready(f"{url}/health/ready"):
            time.sleep(0.1)
        given = ask(f"{url}/models/late/infer", key, QUESTION)
        time.sleep(1.0)  # its log is on the disk by then, and has been collected
        running.terminate()
    return given["outputs"]


def tell(folder: Path) -> None:
    """Live the life in a folder: `.tenure` is the home, `seen.json` what one could see."""
    os.chdir(folder)
    for tenant in ("acme", "bolt"):
        table = [row for row in rows() if row["tenant"] == tenant]
        with Path(f"{tenant}.csv").open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, table[0].keys())
            writer.writeheader()
            writer.writerows(table)
    Path("tenure.toml").write_text(SPEC, encoding="utf-8")
    tenure("--yes", "replay", "--from", FROM, "--to", TO)
    Path("bad.csv").write_text("id,late,known\nr0200,perhaps,2024-01-20\n", encoding="utf-8")
    tenure("label", "add", "acme/late", "bad.csv")
    key = tenure("--tenant", "acme", "key", "create", "--role", "developer", "-q").strip()
    seen: dict[str, Any] = {"text of a key": key, "answer": answer(key)}
    for noun in LISTS:
        seen[noun] = json.loads(tenure(noun, "list" if noun != "clock" else "show", "-o", "json"))
    seen["ledger"] = json.loads(tenure("ledger", "list", "--last", "100000", "-o", "json"))
    tenure("ledger", "verify")
    Path("seen.json").write_text(json.dumps(seen, indent=1), encoding="utf-8")


if __name__ == "__main__":
    tell(Path(sys.argv[1]))
