"""Sixteen tenants in one replay: three tasks, no key, text categories, and one that comes late.

Everything is real: `tenure replay` in a process of its own, its house, HTTP, the jail.
"""

import json
import subprocess
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.compiled import compiled
from tests.small.rows import BEGIN, DAY, stream

BLUEPRINT = """
spec = 1
[model]
name = "churn"
task = "binary"
[data]
target = "left"
time = "at"
key = ["id"]
ignore = ["kind", "price"]
[labels]
event_time = "known"
final_after = "1d"
[train]
recipe = "linear"
windows = ["all"]
[gate]
holdout = "5d"
[retrain]
schedule = { cron = "0 0 15 * *" }
cool_down = "1d"
[challengers.static]
[tenants.many.model]
task = "multiclass"
[tenants.many.data]
target = "kind"
ignore = ["left", "price"]
[tenants.number.model]
task = "regression"
[tenants.number.data]
target = "price"
ignore = ["left", "kind"]
[tenants.keyless.data]
key = []
"""
PLAIN = [f"t{i:02}" for i in range(11)]
NAMES = ["many", "number", "keyless", "late", "never", *PLAIN]
LIVE = 25
LAST = 57
SHORT = 28
"""The last day of most streams; the clock goes on for all."""


def days(name: str) -> int:
    return (SHORT if name in PLAIN else LAST) - LIVE


def rows_of(name: str, seed: int) -> pl.DataFrame:
    rows = stream(LIVE + days(name), word=name, seed=seed, a_day=12)
    before = pl.col("at") < BEGIN + LIVE * DAY
    if name == "late":  # a fifth of the rows at first: too few, and enough a month later
        return rows.filter(~before | (pl.int_range(pl.len()) % 5 == 0))
    if name == "never":  # nobody ever left
        return rows.with_columns(left=pl.lit("no"))
    return rows


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, programs: Path) -> Path:
    place = tmp_path_factory.mktemp("many")
    parts = [BLUEPRINT]
    for seed, name in enumerate(NAMES):
        rows_of(name, seed).write_csv(place / f"{name}.csv", datetime_format="%+")
        head = f"[tenants.{name}.data]\n"
        source = f'source = "{name}.csv"\n'
        if head in parts[0]:
            parts[0] = parts[0].replace(head, head + source)
        else:
            parts.append(head + source)
    (place / "tenure.toml").write_text("\n".join(parts))
    since = (BEGIN + LIVE * DAY).date().isoformat()
    command = ("replay", "--from", since, "--step", "10d", "--report", "out")
    done = subprocess.run(
        [str(programs / "tenure"), *command],
        cwd=place,
        env=compiled(),
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    (place / "words.txt").write_text(done.stderr)
    (place / "screen.txt").write_text(done.stdout)
    return place


@pytest.fixture(scope="module")
def tenants(folder: Path) -> dict[str, Any]:
    report: dict[str, Any] = json.loads((folder / "out" / "report.json").read_text())
    assert sorted(report["tenants"]) == sorted(NAMES)
    found: dict[str, Any] = report["tenants"]
    return found


def test_every_tenant_that_serves_is_asked_each_row_and_learns_each_truth(
    tenants: dict[str, Any],
) -> None:
    for name in ("many", "number", "keyless", *PLAIN):
        one = tenants[name]
        assert one["predictions"] == days(name) * 12, name
        assert one["labels"] == one["predictions"], name
        assert one["tenure"]["n"] == one["static"]["n"] == one["labels"]
        assert one["retrains"]["tried"] == 1, name


def test_each_task_is_judged_by_its_own_metric(tenants: dict[str, Any]) -> None:
    assert tenants["many"]["metric"] == tenants["t00"]["metric"] == "log_loss"
    assert tenants["number"]["metric"] == "mae"
    assert 0 < tenants["many"]["tenure"]["log_loss"] < 1.0986  # a third each
    assert tenants["number"]["tenure"]["mae"] < 5
    assert tenants["t00"]["tenure"]["auc"] > 0.8


def test_who_has_too_few_rows_serves_a_month_later(tenants: dict[str, Any], folder: Path) -> None:
    words = (folder / "words.txt").read_text()
    assert "late/churn: rests until more rows are known: " in words
    assert "late/churn: serves since 2024-02-25" in words
    late = tenants["late"]
    assert late["predictions"] == late["labels"] == (LAST - LIVE - 30) * 12
    assert "resting" not in late


def test_who_never_serves_has_a_row_that_says_why(tenants: dict[str, Any], folder: Path) -> None:
    assert tenants["never"]["predictions"] == 0
    assert "always" in tenants["never"]["resting"]
    (row,) = (
        line
        for line in (folder / "screen.txt").read_text().splitlines()
        if line.split()[:1] == ["never"]
    )
    assert "rests: the target 'left' is always no" in row
    assert "It rests: " in (folder / "out" / "report.html").read_text()
