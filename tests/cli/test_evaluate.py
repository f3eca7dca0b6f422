"""`tenure evaluate`: files in, figures out, and an exit code that scripts can trust."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl
import pytest

from tenure.cli.main import main

DRAW = np.random.default_rng(12)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("evaluate")
    x = DRAW.normal(size=1_500)
    late = (x + DRAW.normal(size=1_500) > 0).astype(int)
    data = lightgbm.Dataset(x[:, None], late, feature_name=["x"])
    settings = {"objective": "binary", "verbosity": -1, "num_threads": 1}
    booster = lightgbm.train(settings, data, 10)
    booster.save_model(str(folder / "model.txt"))
    rows = pl.DataFrame({"x": x, "late": late, "p": booster.predict(x[:, None])})
    rows.write_csv(folder / "rows.csv")
    rows.with_columns(late=pl.lit(0)).write_parquet(folder / "one.parquet")
    return folder


@dataclass
class Done:
    code: int
    out: str
    err: str


Run = Callable[..., Done]


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> Done:
        monkeypatch.chdir(folder)
        with pytest.raises(SystemExit) as ended:
            main(["evaluate", *arguments])
        said = capsys.readouterr()
        return Done(int(ended.value.code or 0), said.out, said.err)

    return run


def test_a_model_file_is_judged_in_the_jail_and_says_what_its_answers_would(
    folder: Path, run: Run
) -> None:
    done = run(
        "model.txt", "rows.csv", "--target", "late", "--ignore", "p", "--explain", "-o", "json"
    )
    assert done.code == 0, done.err
    said = json.loads(done.out)
    assert (said["explanation"]["method"], said["explanation"]["scale"]) == ("exact", "log odds")
    assert said["subject"]["runtime"].startswith("lightgbm")
    assert said["robustness"][0]["column"] == "x"
    again = run("rows.csv", "--target", "late", "--prediction", "p", "-o", "json")
    figures = [one["measured"]["figures"][0] for one in (said, json.loads(again.out))]
    assert figures[0]["interval"]["value"] == pytest.approx(figures[1]["interval"]["value"])


def test_what_is_required_decides_the_exit(folder: Path, run: Run) -> None:
    asked = ("rows.csv", "--target", "late", "--prediction", "p", "--report", "e.html")
    done = run(*asked, "--require", "auc>=0.5")
    assert done.code == 0, done.err
    assert done.out.splitlines()[0].split() == [
        "FIGURE",
        "VALUE",
        "LOW",
        "HIGH",
        "BASELINE",
        "NOTE",
    ]
    assert "required auc >= 0.5: holds" in done.err
    assert (folder / "e.html").read_text("utf-8").startswith("<!doctype html>")
    done = run(*asked, "--require", "auc>=0.999")
    assert done.code == 5
    assert "does not hold" in done.err
    done = run(*asked, "--require", "mae<=1")
    assert done.code == 8


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["rows.csv", "--target", "late"], 2, "evaluate.no_answers"),
        (["none.txt", "rows.csv", "--target", "late"], 3, "evaluate.not_found"),
        (["none.csv", "--target", "late", "--prediction", "p"], 3, "evaluate.not_found"),
        (["one.parquet", "--target", "late", "--prediction", "p", "--task", "binary"], 2, "always"),
        (["rows.csv", "--target", "lat", "--prediction", "p"], 2, "evaluate.missing_column"),
        (["rows.csv", "--target", "late", "--prediction", "p", "--value", "x=1"], 2, "bad_outcome"),
        (["rows.csv", "--target", "late", "--prediction", "p", "--value", "tp"], 2, "tp=10"),
        (["a", "b", "c", "--target", "late"], 2, "cli.usage"),
        (["rows.csv", "--prediction", "p"], 2, "cli.usage"),
    ],
)
def test_a_failure_has_its_own_exit(run: Run, arguments: list[str], code: int, words: str) -> None:
    done = run(*arguments)
    assert done.code == code, done.err
    assert words in done.err
