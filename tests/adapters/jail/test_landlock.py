"""Which rights are asked for, by version of the kernel's interface; what they do is tried elsewhere."""

from pathlib import Path

import pytest

from tenure.adapters.jail import landlock


@pytest.mark.parametrize(
    ("version", "bits"), [(1, 13), (2, 14), (3, 15), (4, 15), (5, 16), (6, 16), (99, 16)]
)
def test_only_rights_that_the_kernel_knows_are_asked_for(version: int, bits: int) -> None:
    assert landlock._file_rights(version) == (1 << bits) - 1


def test_a_path_that_is_not_there_is_passed_over(tmp_path: Path) -> None:
    landlock._allow(-1, tmp_path / "missing", 0)  # with a ruleset that does not exist
    with pytest.raises(OSError, match="Bad file descriptor"):
        landlock._allow(-1, tmp_path, landlock._READ)
