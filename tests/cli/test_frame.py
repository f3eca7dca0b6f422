"""The frame: global options everywhere, failures with the right words and exit code."""

from collections.abc import Sequence

import pytest

from tenure.cli.exits import EXIT
from tenure.cli.main import main
from tenure.core.errors import Kind


def run(arguments: Sequence[str]) -> int:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    return int(left.value.code or 0)


def test_every_kind_of_failure_has_an_exit_code() -> None:
    assert set(EXIT) == set(Kind)


def test_gate_says_no_is_told_from_tool_is_broken() -> None:
    assert (EXIT[Kind.REFUSED], EXIT[Kind.FAILED]) == (5, 1)


def test_an_unknown_command_names_the_nearest(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["modle"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        'error[cli.usage]: There is no "tenure modle". Did you mean "model"?',
        "  try: tenure --help",
    ]
    assert run(["model", "lst"]) == 2
    assert 'There is no "tenure model lst". Did you mean "list"?' in capsys.readouterr().err


def test_an_unknown_option_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["plan", "--wrong"]) == 2
    assert "try: tenure plan --help" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["-o", "jsonl", "config", "show"],
        ["config", "show", "-o", "jsonl"],
        ["-o", "json", "config", "show", "-o", "jsonl"],
    ],
)
def test_global_options_stand_before_or_after_the_command(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(arguments) == 0
    assert capsys.readouterr().out.splitlines()[0] == '{"name": "home", "value": ".tenure"}'


def test_config_shows_origins(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENURE_API_PORT", "9000")
    assert run(["--home", "elsewhere", "config", "show", "--origin", "-o", "csv"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["name,value,origin", "home,elsewhere,flag --home"]
    assert "api.port,9000,environment TENURE_API_PORT" in lines


def test_a_wrong_setting_is_told_as_every_error_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENURE_WORKERS", "many")
    assert run(["config", "show"]) == 2
    assert capsys.readouterr().err.startswith(
        "error[settings.bad_value]: environment TENURE_WORKERS: workers = 'many'"
    )


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"]) == 0
    assert capsys.readouterr().out.startswith("tenure 0.")


def test_without_a_command_help_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    run([])
    assert "Usage: tenure" in "".join(capsys.readouterr())


def test_a_server_that_is_not_there_is_told_from_a_refusal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(["--server", "http://127.0.0.1:9", "tenant", "list"]) == 7
    assert capsys.readouterr().err.startswith("error[server.unreachable]")


def test_the_spec_schema_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    import json

    assert run(["spec", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["title"] == "tenure.toml"
