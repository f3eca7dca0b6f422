"""What `tenure init` writes of a file: as the import reads it, and never a spec that is refused."""

from pathlib import Path

import polars as pl
import pytest

from tenure.cli.starter import Wish, starter
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tenure.core.spec.parse import parse
from tenure.core.spec.values import Spec


def wish(data: Path, target: str, time: str | None = None, *keys: str) -> Wish:
    return Wish(data, data.parent, "acme", target, time, keys, None)


def written(folder: Path, text: str, target: str, time: str | None = None) -> tuple[str, Spec]:
    data = folder / "rows.csv"
    data.write_text(text, encoding="utf-8")
    found = starter(wish(data, target, time)).text
    return found, parse(found, "tenure.toml").declared[0].spec


@pytest.mark.parametrize(
    ("target", "name"),
    [
        ("Water flow [l/s]", "Water-flow-l-s"),
        ("late_arrival", "late-arrival"),
        ("größer", "gr-er"),
        ("[?]", "model"),
        ("x" * 80, "x" * 63),
    ],
)
def test_any_target_gives_a_name_that_a_model_may_have(
    tmp_path: Path, target: str, name: str
) -> None:
    _, spec = written(tmp_path, f'"{target}",a\n1,2\n0,3\n', target)
    assert (spec.model.name, spec.data.target) == (name, target)


@pytest.mark.parametrize(
    ("values", "task"),
    [
        ("yes no yes no", Task.BINARY),
        ("0 1 1 0", Task.BINARY),
        ("True False True NA", Task.BINARY),
        ("a b c a", Task.MULTICLASS),
        ("0 1 2 1", Task.MULTICLASS),
        ("0.5 1 2 1", Task.REGRESSION),
        (" ".join(map(str, range(30))), Task.REGRESSION),
    ],
)
def test_the_task_follows_from_the_targets_values(tmp_path: Path, values: str, task: Task) -> None:
    rows = "".join(f"{value},{i}\n" for i, value in enumerate(values.split()))
    assert written(tmp_path, f"y,a\n{rows}", "y")[1].model.task is task


def test_a_file_of_semicolons_is_read_as_the_import_reads_it(tmp_path: Path) -> None:
    text = "\ufeffwhen;größe, m;fixed;y\r\n2024-01-01;1,5;7;0\r\n2024-01-02;2,5;7;1\r\n"
    found, spec = written(tmp_path, text, "y", "when")
    assert spec.data.time == "when"
    assert '# "größe, m" = { type = "float" }' in found
    assert "# fixed is no feature so far: always 7" in found


def test_a_time_that_an_import_would_not_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TenureError, match=r"init\.no_times.*'01\.05\.2022'"):
        written(tmp_path, "when,y,a\n01.05.2022,1,2\n02.05.2022,0,3\n", "y", "when")


def test_columns_that_name_something_else_than_a_row_are_no_key(tmp_path: Path) -> None:
    data = tmp_path / "rows.csv"
    data.write_text(
        "".join(["when,meter,y,a\n", *(f"2000-01-0{i + 1},m1,{i},1\n" for i in range(9))])
    )
    with pytest.raises(TenureError, match=r"init\.no_key.*8 of 9 rows") as error:
        starter(wish(data, "y", "when", "meter"))
    assert "--key 'when'" in (error.value.hint or "")
    assert 'key    = ["meter", "when"]' in starter(wish(data, "y", "when", "meter", "when")).text


def test_tabs_and_parquet_are_read_and_other_files_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_text("y\ta\n1\t2\n0\t3\n")
    assert 'source = "a.tsv"' in starter(wish(tmp_path / "a.tsv", "y")).text
    pl.DataFrame({"y": [1, 0], "a": [0.5, 1.5]}).write_parquet(tmp_path / "a.parquet")
    assert '# a = { type = "float" }' in starter(wish(tmp_path / "a.parquet", "y")).text
    (tmp_path / "a.xlsx").write_text("y")
    with pytest.raises(TenureError, match=r"data\.bad_suffix"):
        starter(wish(tmp_path / "a.xlsx", "y"))
