"""The processor has a name wherever it is looked for."""

from pathlib import Path

from tenure.adapters.jail import surroundings


def test_the_kernels_name_is_taken_and_else_the_platforms(tmp_path: Path) -> None:
    file = tmp_path / "cpuinfo"
    file.write_text("processor\t: 0\nmodel name\t: Some CPU @ 2 GHz\n")
    assert surroundings._cpu(file) == "Some CPU @ 2 GHz"
    assert surroundings._cpu(tmp_path / "absent") != ""
