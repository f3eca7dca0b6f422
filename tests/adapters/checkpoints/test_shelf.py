"""Checkpoints stand in a folder or an object store; none is ever replaced."""

from pathlib import Path

import pytest

from tenure.adapters.checkpoints.shelf import CheckpointShelf, open_shelf
from tenure.core.errors import TenureError


@pytest.fixture(params=["outside", "memory:///"])
def shelf(request: pytest.FixtureRequest, tmp_path: Path) -> CheckpointShelf:
    return open_shelf(request.param, tmp_path)


def test_a_checkpoint_is_kept_by_tenant_and_size(shelf: CheckpointShelf) -> None:
    assert shelf.sizes("DL") == []
    for size in (12, 3, 100):
        shelf.put("DL", size, f"note — {size}\n")
    shelf.put("_", 3, "the house's\n")
    assert shelf.sizes("DL") == [3, 12, 100]
    assert shelf.sizes("D") == []
    assert shelf.get("DL", 12) == "note — 12\n"
    assert shelf.get("_", 3) == "the house's\n"
    with pytest.raises(TenureError, match=r"checkpoint\.not_found"):
        shelf.get("DL", 4)


def test_a_checkpoint_is_never_replaced(shelf: CheckpointShelf) -> None:
    shelf.put("DL", 3, "first\n")
    shelf.put("DL", 3, "first\n")
    with pytest.raises(TenureError, match=r"checkpoint\.differs"):
        shelf.put("DL", 3, "second\n")
    assert shelf.get("DL", 3) == "first\n"


@pytest.mark.parametrize("tenant", ["../DL", "/etc", "a/b", "", ".."])
def test_no_name_leads_out_of_the_folder(shelf: CheckpointShelf, tenant: str) -> None:
    for act in (lambda: shelf.put(tenant, 1, "x"), lambda: shelf.sizes(tenant)):
        with pytest.raises(TenureError, match=r"tenant\.bad_name"):
            act()


def test_what_else_lies_there_is_no_checkpoint(tmp_path: Path) -> None:
    shelf = open_shelf(str(tmp_path / "there"), Path("elsewhere"))
    shelf.put("DL", 3, "x\n")
    (tmp_path / "there" / "DL" / "notes.txt").write_text("mine")
    assert shelf.sizes("DL") == [3]
    (tmp_path / "there" / "DL" / f"{9:020}.checkpoint").write_bytes(b"\xff")
    with pytest.raises(TenureError, match=r"checkpoint\.bad_note"):
        shelf.get("DL", 9)


@pytest.mark.parametrize("place", ["ftp://host/x", "s3://", "https://host/x?secret"])
def test_other_places_are_refused(place: str, tmp_path: Path) -> None:
    with pytest.raises(TenureError, match=r"checkpoint\.bad_place") as caught:
        open_shelf(place, tmp_path)
    assert "secret" not in str(caught.value)


def test_a_folder_that_cannot_be_written_is_explained(tmp_path: Path) -> None:
    shelf = open_shelf("there", tmp_path)
    (tmp_path / "there" / "DL").write_text("a file stands where the folder belongs")
    with pytest.raises(TenureError, match=r"checkpoint\.unreachable"):
        shelf.put("DL", 3, "x\n")
