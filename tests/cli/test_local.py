"""The command line on a home that nobody runs: the same API in process, work in the foreground."""

import io
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest

from tenure.cli.main import main


@dataclass(frozen=True)
class Said:
    """What a command left: exit code, stdout, stderr."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


def run_in(folder: Path, *arguments: str) -> Said:
    out, err = io.StringIO(), io.StringIO()
    with (
        chdir(folder),
        redirect_stdout(out),
        redirect_stderr(err),
        pytest.raises(SystemExit) as left,
    ):
        main(arguments)
    return Said(int(left.value.code or 0), out.getvalue(), err.getvalue())


def write_rows(folder: Path) -> None:
    """Rows to learn from, and labels for rows that nobody predicted."""
    n = 1200
    hours = pl.datetime_range(pl.datetime(2024, 1, 1), pl.datetime(2024, 3, 1), "1h", eager=True)
    rows = pl.DataFrame(
        {
            "id": [f"r{i}" for i in range(n)],
            "at": hours[:n],
            "size": [float(i % 17) for i in range(n)],
            "colour": ["red" if i % 3 else "blue" for i in range(n)],
            "late": [int((i % 17) + 5 * (i % 3 == 0) > 9) for i in range(n)],
        }
    )
    rows.write_csv(folder / "rows.csv")
    rows.select("id", "late").head(3).write_csv(folder / "labels.csv")


@dataclass(frozen=True)
class Story:
    """A folder in which a model was declared step by step, and what each step said."""

    folder: Path
    said: dict[str, Said]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("local")
    write_rows(folder)
    steps = {
        "init": ("init", "rows.csv", "--target", "late", "--time", "at", "--key", "id"),
        "init again": ("init", "rows.csv", "--target", "late"),
        "apply too early": ("apply",),
        "plan": ("plan", "--out", "plan.json"),
        "plan for programs": ("plan", "-o", "jsonl"),
        "apply the plan": ("apply", "plan.json", "--wait"),
        "apply it again": ("apply", "plan.json"),
        "plan again": ("plan",),
        "apply without a plan": ("apply", "-q"),
        "train": ("study", "start", "acme/late", "--reason", "new fares"),
        "train the fleet": ("fleet", "train", "--reason", "new fares"),
    }
    return Story(folder, {name: run_in(folder, *step) for name, step in steps.items()})


@pytest.fixture
def run(story: Story) -> Run:
    return lambda *arguments: run_in(story.folder, *arguments)


def test_init_writes_a_spec_from_the_columns_of_a_file(story: Story) -> None:
    assert (story.said["init"].code, story.said["init"].out) == (0, "tenure.toml\n")
    text = (story.folder / "tenure.toml").read_text()
    assert 'task   = "binary"' in text
    assert '# colour = { type = "category" }' in text
    again = story.said["init again"]
    assert again.code == 6
    assert again.err.startswith("error[init.exists]: tenure.toml: is there already")


def test_init_names_the_columns_when_the_target_is_missing(run: Run) -> None:
    said = run("init", "rows.csv", "-f", "other.toml")
    assert said.code == 2
    assert "--target with one of: id, at, size, colour, late" in said.err
    said = run("init", "rows.csv", "--target", "lat", "-f", "other.toml")
    assert said.code == 2
    assert said.err.startswith("error[init.unknown_column]: rows.csv: there is no column 'lat'")


def test_init_refuses_a_time_that_nobody_can_read(run: Run) -> None:
    said = run("init", "rows.csv", "--target", "late", "--time", "colour", "-f", "other.toml")
    assert said.code == 2
    assert "no value of 'colour' is a time, such as 'blue'" in said.err
    assert "times are written 2013-01-31" in said.err


def test_a_tenant_is_not_made_by_a_spelling_mistake(story: Story) -> None:
    said = story.said["apply too early"]
    assert (said.code, said.err.splitlines()) == (
        3,
        [
            "error[tenant.not_found]: there is no tenant 'acme'",
            "  tenure --yes apply creates it; so does: tenure tenant create acme",
        ],
    )


def test_plan_shows_what_apply_would_do(story: Story) -> None:
    said = story.said["plan"]
    assert said.code == 2
    assert said.out.splitlines()[:3] == [
        "acme/late: new",
        "  + create the tenant acme",
        "  + import the dataset",
    ]
    assert json.loads(story.said["plan for programs"].out)["jobs"][1] == "import the dataset"


def test_apply_waits_until_a_version_serves(story: Story) -> None:
    said = story.said["apply the plan"]
    assert (said.code, said.err.splitlines()[-1]) == (0, "acme/late: version 1 is live")
    assert "dataset of 1,200 rows" in said.out


def test_a_plan_is_applied_once(story: Story) -> None:
    said = story.said["apply it again"]
    assert (said.code, said.err.splitlines()[0]) == (
        6,
        "error[plan.stale]: acme/late: the house has changed since the plan was made",
    )


def test_applying_twice_is_applying_once(story: Story) -> None:
    said = story.said["plan again"]
    assert (said.code, said.out) == (0, "acme/late: nothing to do\n")
    said = story.said["apply without a plan"]
    assert (said.code, said.out) == (0, "acme/late\n")


def test_a_person_may_have_a_model_trained_again_and_waits_for_the_verdict(story: Story) -> None:
    said = story.said["train"]
    assert (said.code, said.err) == (0, "")
    assert said.out.startswith("study st_")
    assert "of acme/late is refused: " in said.out


def test_the_fleet_is_trained_with_a_verdict_for_each(story: Story) -> None:
    said = story.said["train the fleet"]
    assert said.code == 0
    assert said.err.splitlines() == ["1 of 1 models race", "1/1 acme/late: refused"]
    assert said.out.splitlines()[1].split()[:2] == ["acme/late", "refused"]


def test_a_fleet_of_nobody_is_no_fleet(run: Run) -> None:
    said = run("fleet", "train", "early", "--reason", "x")
    assert (said.code, said.err.splitlines()[0]) == (
        3,
        "error[fleet.empty]: no model is called 'early'",
    )


def test_what_was_inferred_is_locked_beside_the_spec(story: Story) -> None:
    lock = (story.folder / "tenure.lock").read_text()
    assert '[tenants.acme.late.features.colour]\ntype = "category"' in lock


def test_plan_explains_every_value(run: Run) -> None:
    said = run("plan", "--explain", "-o", "json")
    values = {row["path"]: row for row in json.loads(said.out)}
    assert said.code == 0
    assert values["data.target"] == {
        "tenant": "acme",
        "path": "data.target",
        "value": "late",
        "origin": "tenure.toml:10",
    }
    assert values["labels.final_after"]["origin"] == "default"


def test_a_plan_for_other_rows_is_stale(run: Run, story: Story) -> None:
    text = (story.folder / "tenure.toml").read_text().replace("rows.csv", "others.csv")
    (story.folder / "others.toml").write_text(text)
    rows = (story.folder / "rows.csv").read_bytes()
    (story.folder / "others.csv").write_bytes(rows)
    run("plan", "-f", "others.toml", "--out", "others.json")
    (story.folder / "others.csv").write_bytes(rows + b"r1200,2024-03-02,1.0,red,0\n")
    said = run("apply", "others.json")
    assert (said.code, "the rows have changed" in said.err) == (6, True)


def test_what_is_no_plan_is_refused(run: Run) -> None:
    assert run("apply", "labels.csv").err.startswith("error[plan.malformed]: labels.csv")


def test_a_wrong_spec_is_told_with_its_line(run: Run, story: Story) -> None:
    text = (story.folder / "tenure.toml").read_text().replace("recipe", "recip")
    (story.folder / "wrong.toml").write_text(text)
    said = run("plan", "-f", "wrong.toml")
    assert said.code == 2
    assert said.err.startswith("error[spec.unknown_key]: wrong.toml:")
    assert 'did you mean "recipe"?' in said.err


def test_a_spec_that_is_not_there_names_the_command_that_writes_one(tmp_path: Path) -> None:
    said = run_in(tmp_path, "plan")
    assert said.code == 3
    assert "tenure init data.csv writes one" in said.err


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (("model", "list", "-q"), "acme/late\n"),
        (("version", "list", "-q"), "acme/late/1\n"),
        (("deployment", "list", "late", "-o", "csv"), "champion,1,live"),
        (("dataset", "list", "-o", "json"), '"rows": 1200'),
        (("study", "list", "--state", "promoted"), "onboarding"),
        (("run", "list", "-o", "jsonl"), '"state": "succeeded"'),
        (("job", "list", "--state", "done"), "study"),
        (("decision", "list"), "passed"),
        (("finding", "list", "--open"), "OPENED AT"),
        (("clock", "show"), "wall"),
        (("ledger", "list", "--last", "1"), "acme"),
        (("model", "show", "acme/late"), "version 1 live (champion)"),
        (("version", "show", "late/1"), "version acme/late/1: approved"),
        (("key", "create", "--role", "viewer", "-q"), "tnr_"),
        (("key", "list"), "viewer"),
        (("key", "list", "--house"), "local"),
    ],
)
def test_every_noun_can_be_looked_at(run: Run, command: tuple[str, ...], shown: str) -> None:
    said = run(*command)
    assert (said.code, said.err if said.code else "") == (0, "")
    assert shown in said.out


def test_things_are_shown_by_their_bare_id(run: Run) -> None:
    study = run("study", "list", "-q").out.split()[0]
    decision = run("decision", "list", "-q").out.split()[0]
    training = run("run", "list", "-q").out.split()[0]
    assert f"study {study} of acme/late: promoted" in run("study", "show", study).out
    assert f"run {training} of acme/late" in run("run", "show", training).out
    assert f"run {training}" in run("run", "show", f"acme/late/{training}").out
    assert run("decision", "show", decision).out == run("explain", decision).out != ""
    for command in (("study", "show"), ("run", "show"), ("finding", "show"), ("explain",)):
        assert run(*command, "nothing").code == 3


def test_labels_are_posted_from_a_file(run: Run) -> None:
    said = run("label", "add", "acme/late", "labels.csv")
    assert (said.code, said.out) == (0, "3 labels taken in\n")
    assert run("label", "add", "acme/late", "tenure.toml").code == 2
    assert run("quarantine", "list").code == 0


def test_the_ledger_is_verified(run: Run) -> None:
    said = run("ledger", "verify", "-o", "json")
    assert said.code == 0
    assert all(row["ok"] for row in json.loads(said.out))
    assert said.err.endswith("verified\n")


def test_what_a_ledger_hands_out_is_verified_by_others(run: Run, story: Story) -> None:
    key = run("ledger", "key").out.strip()
    assert run("ledger", "checkpoint", "-q").code == 0
    kept = story.folder / "kept.checkpoint"
    kept.write_text(json.loads(run("ledger", "checkpoint", "-o", "json").out)[1]["note"])
    assert run("key", "create", "--role", "viewer").code == 0
    continued = run("ledger", "checkpoint", "--since", str(kept), "--key", key)
    assert (continued.code, "continue the checkpoint" in continued.out) == (0, True)
    assert run("ledger", "export", "story.ledger").code == 0
    assert run("ledger", "prove", "3", "--out", "3.tlog-proof").code == 0
    elsewhere = story.folder / "elsewhere"  # no home there
    elsewhere.mkdir()
    for file in ("story.ledger", "3.tlog-proof"):
        said = run_in(elsewhere, "ledger", "verify", "--file", f"../{file}", "--key", key)
        assert said.code == 0, said.err
    assert list(elsewhere.iterdir()) == []
    unsure = run_in(elsewhere, "ledger", "verify", "--file", "../story.ledger")
    assert (unsure.code, unsure.err.splitlines()[-1].partition(":")[0]) == (
        0,
        "its key was not compared with one that you trust",
    )
    assert run_in(elsewhere, "ledger", "verify", "--file", "../3.tlog-proof").code == 2
    for file in ("story.ledger", "3.tlog-proof"):
        path = story.folder / file
        path.write_bytes(path.read_bytes().replace(b"a", b"b", 1))
        said = run_in(elsewhere, "ledger", "verify", "--file", f"../{file}", "--key", key)
        assert said.code == 5, said.out


def test_a_version_that_does_not_wait_cannot_be_approved(run: Run) -> None:
    said = run("version", "approve", "acme/late/1", "--reason", "looks fine")
    assert (said.code, said.err.split(":")[0]) == (6, "error[approval.not_waiting]")
    assert run("version", "show", "acme/late").code == 2


def test_a_first_version_cannot_be_rolled_back(run: Run) -> None:
    said = run("deployment", "rollback", "acme/late", "--reason", "looks odd")
    assert said.code == 6
    assert said.err.startswith("error[deployment.")


def test_with_several_tenants_one_has_to_be_named(tmp_path: Path) -> None:
    assert run_in(tmp_path, "tenant", "create", "one", "-q").out == "one\n"
    run_in(tmp_path, "tenant", "create", "two")
    said = run_in(tmp_path, "model", "show", "late")
    assert (said.code, said.err.splitlines()) == (
        2,
        ["error[tenant.not_named]: say whose thing is meant", "  --tenant one"],
    )
    assert run_in(tmp_path, "model", "list", "-q", "--tenant", "two").code == 0
    assert run_in(tmp_path, "model", "show", "two/late").code == 3


def test_doctor_finds_the_home_in_order(run: Run) -> None:
    said = run("doctor", "-o", "json")
    marks = {mark["what"]: mark for mark in json.loads(said.out)}
    assert marks["database"]["found"].startswith("SQLite")
    assert {m["state"] for w, m in marks.items() if w not in {"port", "disk"}} <= {"ok", "warn"}
    assert said.code in {0, 1}


def test_predict_answers_the_rows_of_a_file(run: Run, story: Story) -> None:
    said = run("predict", "acme/late", "rows.csv", "--out", "answers.parquet")
    assert (said.code, said.out) == (0, "acme/late answered 1,200 rows → answers.parquet\n")
    answers = pl.read_parquet(story.folder / "answers.parquet")
    assert answers.columns == ["request_id", "row", "id", "probability", "version"]
    assert answers["id"].to_list() == [f"r{i}" for i in range(1200)]
    again = run("predict", "acme/late", "rows.csv", "--out", "answers.parquet")
    assert (again.code, again.err.splitlines()[0]) == (
        6,
        "error[batch.exists]: answers.parquet is there already",
    )


def test_predict_says_what_it_needs(run: Run) -> None:
    for arguments, code in {
        ("acme/late", "--out", "x.parquet"): "batch.no_rows_named",
        ("acme/late", "rows.csv"): "batch.no_out",
        ("acme/late", "--query-file", "q.sql", "--out", "x.parquet"): "batch.no_query",
        ("acme/late", "rows.csv", "--out-table", "answers"): "batch.no_url",
        ("acme/none", "rows.csv", "--out", "x.parquet"): "model.not_found",
    }.items():
        said = run("predict", *arguments)
        assert said.code != 0
        assert said.err.startswith(f"error[{code}]"), said.err


def test_predict_goes_on_after_kill_9(run: Run, story: Story) -> None:
    file, out = story.folder / "asked.parquet", story.folder / "resumed.parquet"
    pl.read_csv(story.folder / "rows.csv").write_parquet(file, row_group_size=2)
    command = ["predict", "acme/late", file.name, "--out", out.name]
    with subprocess.Popen(
        [sys.executable, "-m", "tenure.cli.main", *command],
        cwd=story.folder,
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    ) as process:
        parts = story.folder / "resumed.parquet.parts"
        while process.poll() is None and len(list(parts.glob("part-*"))) < 20:
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL
    assert not out.exists()
    said = run(*command)
    assert said.code == 0
    assert said.err.startswith("going on after ")
    assert pl.read_parquet(out)["id"].to_list() == [f"r{i}" for i in range(1200)]
