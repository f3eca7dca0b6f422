"""`tenure drift`: files in, verdicts out, and an exit code that scripts can trust."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from tenure.cli.main import main

DRAW = np.random.default_rng(12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drift")
    rows = {"x": DRAW.normal(size=2_000), "c": DRAW.choice(["a", "b"], 2_000)}
    reference = pl.DataFrame(rows)
    reference.write_parquet(folder / "reference.parquet")
    reference.write_csv(folder / "same.csv")
    moved = reference.with_columns(pl.col("x") + 1)
    moved.write_parquet(folder / "moved.parquet")
    reference.head(20).write_csv(folder / "few.csv")
    (folder / "broken.csv").write_text('x,c\n"1,a\n2,b\n')
    return folder


@dataclass
class Done:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    def run(*arguments: str) -> Done:
        monkeypatch.chdir(folder)
        with pytest.raises(SystemExit) as ended:
            main(["drift", *arguments])
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run


def test_a_drift_is_told_and_exits_with_5(folder: Path, run: Callable[..., Done]) -> None:
    done = run("reference.parquet", "moved.parquet", "--report", "drift.html")
    assert done.returncode == 5, done.stderr
    assert done.stdout.splitlines()[0].split() == [
        "COLUMN",
        "VERDICT",
        "SCORE",
        "PSI",
        "MISSING",
        "WHY",
    ]
    assert done.stdout.splitlines()[1].split()[:2] == ["x", "drifted"]
    assert "1 of 2 columns drifted: x" in done.stderr
    assert (folder / "drift.html").read_text("utf-8").startswith("<!doctype html>")


def test_the_same_rows_as_csv_are_steady(run: Callable[..., Done]) -> None:
    done = run("reference.parquet", "same.csv", "-o", "json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["verdict"] == "steady"
    assert {one["column"]: one["scores"]["psi"] for one in said["columns"]} == {"x": 0, "c": 0}


def test_what_cannot_be_judged_is_not_green(run: Callable[..., Done]) -> None:
    done = run("reference.parquet", "few.csv")
    assert done.returncode == 8, done.stderr
    assert "not enough data" in done.stdout


def test_quiet_prints_what_drifted_alone(run: Callable[..., Done]) -> None:
    done = run("-q", "reference.parquet", "moved.parquet")
    assert (done.returncode, done.stdout, done.stderr) == (5, "x\n", "")


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["reference.parquet", "none.csv"], 3, "drift.not_found"),
        (["reference.parquet", "broken.csv"], 2, "drift.malformed"),
        (["reference.parquet", "same.csv", "--by", "z"], 2, "drift.no_column"),
        (["reference.parquet"], 2, "cli.usage"),
        (["reference.parquet", "same.csv", "--report", "no/such/r.html"], 1, "cannot be written"),
    ],
)
def test_a_failure_has_its_own_exit(
    run: Callable[..., Done], arguments: list[str], code: int, words: str
) -> None:
    done = run(*arguments)
    assert done.returncode == code
    assert words in done.stderr
