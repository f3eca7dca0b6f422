"""The command line on a home that nobody runs: the same API in process, work in the foreground."""

import json
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from tenure.cli.main import main

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with rows to learn from, and labels for rows that nobody predicted."""
    place = tmp_path_factory.mktemp("local")
    n = 1200
    rows = pl.DataFrame(
        {
            "id": [f"r{i}" for i in range(n)],
            "at": pl.datetime_range(
                pl.datetime(2024, 1, 1), pl.datetime(2024, 3, 1), "1h", eager=True
            )[:n],
            "size": [float(i % 17) for i in range(n)],
            "colour": ["red" if i % 3 else "blue" for i in range(n)],
            "late": [int((i % 17) + 5 * (i % 3 == 0) > 9) for i in range(n)],
        }
    )
    rows.write_csv(place / "rows.csv")
    rows.select("id", "late").head(3).write_csv(place / "labels.csv")
    return place


@pytest.fixture
def run(folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command in the folder; return exit code, stdout and stderr."""
    monkeypatch.chdir(folder)

    def call(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(arguments)
        said = capsys.readouterr()
        return int(left.value.code or 0), said.out, said.err

    return call


def test_init_writes_a_spec_from_the_columns_of_a_file(run: Run, folder: Path) -> None:
    code, out, _ = run("init", "rows.csv", "--target", "late", "--time", "at", "--key", "id")
    assert (code, out) == (0, "tenure.toml\n")
    text = (folder / "tenure.toml").read_text()
    assert 'task   = "binary"' in text
    assert '# colour = { type = "category" }' in text
    code, _, err = run("init", "rows.csv", "--target", "late")
    assert (code, err.splitlines()[0]) == (6, "error[init.exists]: tenure.toml: is there already")


def test_init_names_the_columns_when_the_target_is_missing(run: Run) -> None:
    code, _, err = run("init", "rows.csv", "-f", "other.toml")
    assert code == 2
    assert "--target with one of: id, at, size, colour, late" in err
    code, _, err = run("init", "rows.csv", "--target", "lat", "-f", "other.toml")
    assert (code, err.splitlines()[0]) == (
        2,
        "error[init.unknown_column]: rows.csv: there is no column 'lat'",
    )


def test_a_tenant_is_not_made_by_a_spelling_mistake(run: Run) -> None:
    code, _, err = run("apply")
    assert (code, err.splitlines()) == (
        3,
        [
            "error[tenant.not_found]: there is no tenant 'acme'",
            "  tenure --yes apply creates it; so does: tenure tenant create acme",
        ],
    )


def test_plan_shows_what_apply_would_do(run: Run, folder: Path) -> None:
    code, out, _ = run("plan", "--out", "plan.json")
    assert code == 2
    assert out.splitlines()[:3] == [
        "acme/late: new",
        "  + create the tenant acme",
        "  + import the dataset",
    ]
    assert (folder / "plan.json").exists()
    code, out, _ = run("plan", "-o", "jsonl")
    assert json.loads(out)["jobs"][1] == "import the dataset"


def test_plan_explains_every_value(run: Run) -> None:
    code, out, _ = run("plan", "--explain", "-o", "json")
    values = {row["path"]: row for row in json.loads(out)}
    assert code == 0
    assert values["data.target"] == {
        "tenant": "acme",
        "path": "data.target",
        "value": "late",
        "origin": "tenure.toml:10",
    }
    assert values["labels.final_after"]["origin"] == "default"


def test_apply_waits_until_a_version_serves(run: Run, folder: Path) -> None:
    code, out, err = run("apply", "plan.json", "--wait")
    assert (code, err.splitlines()[-1]) == (0, "acme/late: version 1 is live")
    assert "dataset of 1,200 rows" in out
    code, out, err = run("apply", "plan.json")
    assert (code, err.splitlines()[0]) == (
        6,
        "error[plan.stale]: acme/late: the house has changed since the plan was made",
    )
    assert run("plan")[:2] == (0, "acme/late: nothing to do\n")
    assert run("apply", "-q")[:2] == (0, "acme/late\n")
    assert (
        '[tenants.acme.late.features.colour]\ntype = "category"'
        in (folder / "tenure.lock").read_text()
    )


def test_a_plan_for_other_rows_is_stale(run: Run, folder: Path) -> None:
    run("plan", "--out", "plan.json")
    rows = (folder / "rows.csv").read_bytes()
    (folder / "rows.csv").write_bytes(rows + b"r1200,2024-03-02,1.0,red,0\n")
    code, _, err = run("apply", "plan.json")
    (folder / "rows.csv").write_bytes(rows)
    assert (code, "the rows have changed" in err) == (6, True)


def test_a_wrong_spec_is_told_with_its_line(run: Run, folder: Path) -> None:
    (folder / "wrong.toml").write_text(
        (folder / "tenure.toml").read_text().replace("recipe", "recip")
    )
    code, _, err = run("plan", "-f", "wrong.toml")
    assert code == 2
    assert err.startswith("error[spec.unknown_key]: wrong.toml:")
    assert 'did you mean "recipe"?' in err


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
    code, out, err = run(*command)
    assert (code, err if code else "") == (0, "")
    assert shown in out


def test_things_are_shown_by_their_bare_id(run: Run) -> None:
    study = run("study", "list", "-q")[1].strip()
    decision = run("decision", "list", "-q")[1].strip()
    training = run("run", "list", "-q")[1].split()[0]
    assert f"study {study} of acme/late: promoted" in run("study", "show", study)[1]
    assert f"run {training} of acme/late" in run("run", "show", training)[1]
    assert f"run {training}" in run("run", "show", f"acme/late/{training}")[1]
    assert run("decision", "show", decision)[1] == run("explain", decision)[1]
    for command in (("study", "show"), ("run", "show"), ("finding", "show"), ("explain",)):
        assert run(*command, "nothing")[0] == 3


def test_labels_of_unknown_rows_wait_and_are_counted(run: Run) -> None:
    code, _, _ = run("label", "add", "acme/late", "labels.csv")
    assert code == 0
    assert run("label", "add", "acme/late", "tenure.toml")[0] == 2
    assert run("quarantine", "list")[0] == 0


def test_the_ledger_is_verified(run: Run) -> None:
    code, out, err = run("ledger", "verify", "-o", "json")
    assert code == 0
    assert all(row["ok"] for row in json.loads(out))
    assert err.endswith("verified\n")


def test_a_version_that_does_not_wait_cannot_be_approved(run: Run) -> None:
    code, _, err = run("version", "approve", "acme/late/1", "--reason", "looks fine")
    assert (code, err.split(":")[0]) == (6, "error[approval.not_waiting]")
    assert run("version", "show", "acme/late")[0] == 2


def test_a_second_tenant_makes_a_bare_name_ambiguous(run: Run) -> None:
    run("tenant", "create", "other")
    code, _, err = run("model", "show", "late")
    assert (code, err.splitlines()) == (
        2,
        ["error[tenant.not_named]: say whose thing is meant", "  --tenant acme"],
    )
    assert run("model", "show", "late", "--tenant", "acme")[0] == 0
    assert run("model", "list", "-q", "--tenant", "other")[:2] == (0, "")


def test_doctor_finds_the_home_in_order(run: Run) -> None:
    code, out, _ = run("doctor", "-o", "json")
    marks = {mark["what"]: mark for mark in json.loads(out)}
    assert marks["database"]["found"].startswith("SQLite")
    assert {m["state"] for w, m in marks.items() if w not in {"port", "disk"}} <= {"ok", "warn"}
    assert code in {0, 1}
