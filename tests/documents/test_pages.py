"""README, tutorial and guides do what they say: every block is run, every output compared."""

import difflib
from pathlib import Path

import pytest

from tests.documents.pages import PageError, Step, matches, steps
from tests.documents.reader import INSTALLED, Reader, reading

ROOT = Path(__file__).parents[2]
PAGES = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "docs" / "guides").glob("*.md")),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_does_what_it_says(page: Path, tmp_path: Path, programs: Path) -> None:
    with reading(tmp_path, INSTALLED if page.stem == "README" else programs) as reader:
        for step in steps(page):
            _follow(page, reader, step)


def _follow(page: Path, reader: Reader, step: Step) -> None:
    code, said = reader.follow(step)
    place = f"{page.relative_to(ROOT)}:{step.line}: {step.text.strip()}"
    assert code == step.exit_code, f"{place}\nended with {code}:\n{said}"
    if step.expected is not None and not matches(step.expected, said):
        lines = difflib.unified_diff(step.expected.splitlines(), said.splitlines(), "page", "run")
        pytest.fail(f"{place}\n" + "\n".join(lines))


def write(folder: Path, text: str) -> Path:
    page = folder / "page.md"
    page.write_text(text.replace("'''", "```"), "utf-8")
    return page


def test_a_wrong_output_and_a_failing_command_are_noticed(tmp_path: Path) -> None:
    page = write(tmp_path, "'''console\n$ echo one\ntwo\n'''\n'''shell\nfalse\n'''\n")
    wrong, failing = steps(page)
    with reading(tmp_path) as reader:
        assert not matches(wrong.expected or "", reader.follow(wrong)[1])
        assert reader.follow(failing)[0] == 1


def test_a_page_is_one_story(tmp_path: Path) -> None:
    """The shell goes on, and so does Python; what is hidden runs, what is `norun` does not."""
    page = write(
        tmp_path,
        "<!-- run\nmkdir deep; cd deep\n-->\n'''toml deep/file.toml\nx = 1\n'''\n"
        "'''console\n$ cat \\\n  file.toml\nx = 1\n$ ls none  # exit 2\nls: …\n'''\n"
        "'''python\nx = 41\n'''\n'''python\nprint(x + 1)\n'''\n'''output\n42\n'''\n"
        "'''shell norun\nexit 7\n'''\n'''text\nwords\n'''\n",
    )
    found = steps(page)
    assert [one.kind for one in found] == ["shell", "file", "shell", "shell", "python", "python"]
    with reading(tmp_path) as reader:
        for step in found:
            code, said = reader.follow(step)
            assert code == step.exit_code, said
            assert step.expected is None or matches(step.expected, said), said


@pytest.mark.parametrize(
    "text", ["'''\nls\n'''\n", "'''bsah\nls\n'''\n", "'''console\nls\n'''\n", "'''output\n1\n'''\n"]
)
def test_a_block_that_says_nothing_known_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(PageError):
        steps(write(tmp_path, text))
