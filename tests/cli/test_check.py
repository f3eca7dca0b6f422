"""`tenure check` says what a CI can know, and `tenure test` what it brought."""

import json
from pathlib import Path

import polars as pl
import pytest

from tests.cli.test_local import Said, run_in, write_rows

SPEC = """spec = 1
[model]
tenant = "acme"
name = "late"
task = "binary"
[data]
source = "rows.csv"
target = "late"
time = "at"
key = ["id"]
[features]
size = { type = "float", max = 99 }
[train]
recipe = "linear"
windows = ["all"]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a spec and its rows, other rows that do not fit, and no home."""
    folder = tmp_path_factory.mktemp("check")
    write_rows(folder)
    (folder / "tenure.toml").write_text(SPEC)
    rows = pl.read_csv(folder / "rows.csv")
    rows.with_columns(size=pl.lit("much")).write_csv(folder / "words.csv")
    rows.with_columns(size=pl.col("size") * 10).write_csv(folder / "large.csv")
    return folder


def checked(folder: Path, old: str, new: str) -> Said:
    (folder / "checked.toml").write_text(SPEC.replace(old, new, 1))
    return run_in(folder, "check", "-f", "checked.toml", "--no-tests", "--home", "nowhere")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("recipe", "recip", "[spec.unknown_key]"),
        ("rows.csv", "words.csv", "[dataset.no_rows]"),
        ("rows.csv", "large.csv", "of the rows are put aside: "),
        ("[train]", '[gate.b]\nrequire = "beats_basline"\n[train]', "beats_basline"),
    ],
)
def test_what_refuses_is_told_with_exit_code_five(
    folder: Path, old: str, new: str, words: str
) -> None:
    said = checked(folder, old, new)
    assert (said.code, words in said.out) == (5, True), said.out


def test_without_a_home_no_policy_is_asked(folder: Path) -> None:
    said = checked(folder, "", "")
    assert (said.code, said.err) == (0, "3 checks hold\n")
    assert "no server and no home to ask" in said.out
    assert not (folder / "nowhere").exists()


def test_what_it_writes_is_brought_and_looked_back_at(folder: Path) -> None:
    assert run_in(folder, "--yes", "apply").code == 0
    assert run_in(folder, "check", "--junit", "check.xml", "--no-tests").code == 0
    brought = run_in(folder, "test", "import", "acme/late", "check.xml", "--commit", "abc")
    assert (brought.code, brought.err) == (0, "")
    assert "abc" in run_in(folder, "test", "list", "late").out
    assert "acme/late::contract" in run_in(folder, "test", "history", "late").out
    names = run_in(folder, "test", "slowest", "late", "-o", "jsonl").out.splitlines()
    assert {json.loads(one)["outcomes"] for one in names} == {"P"}
    for verb in ("flaky", "regressed"):
        assert run_in(folder, "test", verb, "late", "-q").out == ""
