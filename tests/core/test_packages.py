"""Packages of code: the same files are the same bytes, and no archive leads out of its folder."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenure.core.errors import TenureError
from tenure.core.packages import ENTRY, MOST_BYTES, MOST_FILES, name_of, pack, top_of, unpack

NAMES = st.from_regex(r"[a-z_]{1,8}(/[a-z_]{1,8}){0,2}\.py", fullmatch=True)
FILES = st.dictionaries(NAMES, st.binary(max_size=100), min_size=1, max_size=5)


def archive(name: str, data: bytes = b"x", kind: int = zipfile.ZIP_STORED, times: int = 1) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", kind) as opened:
        for _ in range(times):
            opened.writestr(zipfile.ZipInfo(name), data, kind)
    return written.getvalue()


@given(FILES)
def test_what_was_packed_is_unpacked(files: dict[str, bytes]) -> None:
    assert unpack(pack(files)) == files


@given(FILES)
def test_the_order_of_files_does_not_change_the_name(files: dict[str, bytes]) -> None:
    assert name_of(pack(files)) == name_of(pack(dict(reversed(files.items()))))


@given(FILES, NAMES, st.binary(min_size=101, max_size=110))
def test_another_content_has_another_name(files: dict[str, bytes], name: str, data: bytes) -> None:
    assert name_of(pack(files)) != name_of(pack({**files, name: data}))


@pytest.mark.parametrize(
    "name",
    ["../a.py", "/etc/a.py", "a/../../b.py", "a//b.py", "a\\b.py", ".", "a/..", "C:/a.py", " "],
)
def test_a_path_that_leads_elsewhere_is_refused(name: str) -> None:
    with pytest.raises(TenureError, match=r"package\.malformed.*no path below"):
        unpack(archive(name))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_what_is_no_plain_archive_is_refused() -> None:
    for data, words in (
        (b"PK", "no archive"),
        (b"", "no archive"),
        (archive("a.py", bytes(1000), zipfile.ZIP_DEFLATED), "compressed"),
        (archive("a.py", times=2), "twice"),
        (archive("a.py", times=0), "empty"),
    ):
        with pytest.raises(TenureError, match=words) as caught:
            unpack(data)
        assert caught.value.code == "package.malformed"


def test_more_than_code_is_refused() -> None:
    for files in ({"a.py": bytes(MOST_BYTES + 1)}, {f"{n}.py": b"" for n in range(MOST_FILES + 1)}):
        with pytest.raises(TenureError) as caught:
            pack(files)
        assert caught.value.code == "package.too_large"


@pytest.mark.parametrize(
    ("entry", "top"), [("train:fit", "train"), ("models.late.train:fit", "models")]
)
def test_an_entry_names_a_function_in_a_package(entry: str, top: str) -> None:
    assert ENTRY.fullmatch(entry)
    assert top_of(entry) == top


@pytest.mark.parametrize("entry", ["train", "train:", ":fit", "a b:c", "../train:fit", "train:a.b"])
def test_anything_else_is_no_entry(entry: str) -> None:
    assert ENTRY.fullmatch(entry) is None
