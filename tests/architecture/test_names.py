"""What no file may be called, and what no file may say."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ME = Path(__file__)
VAGUE = {"utils", "util", "common", "helpers", "helper", "manager", "base", "misc"}
FOLDERS = ("src", "tests", "benchmarks", "docs", "requirements", ".ci", "examples", "deploy")
TEXTS = {".py", ".md", ".toml", ".txt", ".in", ".html", ".css", ".js", ".sql", ".json", ".yml", ""}


def files(*folders: str) -> list[Path]:
    found = [path for folder in folders for path in sorted((ROOT / folder).rglob("*"))]
    return [
        path
        for path in found
        if path.is_file()
        and path.suffix in TEXTS
        and "__pycache__" not in path.parts
        and path != ME
    ]


TOP = [
    path
    for path in sorted(ROOT.glob("*"))
    if path.is_file() and path.suffix in TEXTS and path.name != ".git"  # of a work tree
]
SOURCE = [path for path in files("src") if path.suffix == ".py"]
TESTS = [path for path in files("tests") if path.suffix == ".py"]
EVERYTHING = [*files(*FOLDERS), *TOP]


def lines_with(pattern: str, paths: list[Path]) -> list[str]:
    """Return `file:line` of every line that matches."""
    search = re.compile(pattern).search
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
        for path in paths
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if search(line)
    ]


def test_nothing_has_a_vague_name() -> None:
    vague = [
        str(path.relative_to(ROOT))
        for path in EVERYTHING
        if VAGUE & {part.removesuffix(".py").removeprefix("test_") for part in path.parts}
    ]
    assert vague == []


@pytest.mark.parametrize(
    "pattern",
    [
        r"\bimport pickle|\bfrom pickle|\bimport (cloud|c)pickle|\bimport dill|\bimport joblib",
        r"(?<![.\w])(eval|exec)\(",
        r"shell=True",
        r"\bos\.system\(|\bos\.popen\(",
        r"yaml\.load\(|marshal\.loads?\(",
        r"verify=False",
    ],
)
def test_no_foreign_bytes_are_ever_run(pattern: str) -> None:
    """One module reads pickles, against a list of names, one runs files of code where that is allowed.

    A contract keeps both in the jail.
    """
    home = {"pickle": "pickles.py", "exec": "functions.py"}
    kept = {name for word, name in home.items() if word in pattern}
    sources = [path for path in SOURCE if path.name not in kept]
    assert lines_with(pattern, sources) == []


def test_nothing_is_left_for_later() -> None:
    pattern = r"\b(TODO|FIXME|XXX|HACK)\b|raise NotImplementedError"
    assert lines_with(pattern, [*SOURCE, *TESTS]) == []


def test_no_test_replaces_our_own_code() -> None:
    pattern = (
        r"unittest\.mock|\bMagicMock\b|\bmocker\b|monkeypatch\.setattr\(\s*[\"']?(tenure|house)\b"
        r"|monkeypatch\.setattr\(\s*(?!sys\b|os\b|time\b|socket\b)\w+"
    )
    assert lines_with(pattern, TESTS) == []


def test_no_test_is_passed_over() -> None:
    pattern = r"mark\.(skip|skipif|xfail)\b|pytest\.(skip|xfail|importorskip)\("
    assert lines_with(pattern, TESTS) == []


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    pattern = r"(?<![\w.$}])/(home/\w+|Users/\w+|work/|root/|opt/\w+)"
    assert lines_with(pattern, EVERYTHING) == []


def test_no_file_names_a_registry() -> None:
    pattern = (
        r"pypi\.org|pythonhosted|registry\.npmjs|npmjs\.(org|com)|proxy\.golang|crates\.io|"
        r"--(extra-)?index-url|--find-links"
    )
    assert lines_with(pattern, EVERYTHING) == []
