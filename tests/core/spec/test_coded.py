"""`[train] code`: named in a file, pinned in the value that a house keeps."""

import re

import pytest

from tenure.core.errors import TenureError
from tenure.core.packages import Code
from tenure.core.spec.coded import CodeKind
from tenure.core.spec.explain import explain
from tenure.core.spec.parse import SpecFile, from_dict, packages_of, parse, to_dict

HEAD = """
[model]
tenant = "acme"
name = "late"
task = "binary"
[data]
source = "rides.csv"
target = "late"
time = "at"
"""
DIGEST = "sha256:" + "1" * 64
PACKAGES = {"train": DIGEST}


def read(tables: str, packages: dict[str, str] = PACKAGES) -> SpecFile:
    return parse(HEAD + tables, "tenure.toml", {}, packages)


def refusal(tables: str) -> TenureError:
    with pytest.raises(TenureError) as caught:
        read(tables)
    return caught.value


def test_a_file_names_the_function_and_the_spec_pins_its_package() -> None:
    text = '[train]\ncode = "train.models:fit"\nparams = { depth = 3 }'
    assert packages_of(HEAD + text, "tenure.toml") == ("train",)
    spec = read(text).declared[0].spec
    assert spec.train.code == Code("train.models:fit", DIGEST)
    assert (spec.train.recipe, spec.train.what) == ("", "train.models:fit")
    assert from_dict(to_dict(spec)) == spec


def test_what_is_not_there_is_told_with_the_way_to_get_it() -> None:
    error = refusal('[train]\ncode = "fitting:fit"')
    assert error.code == "spec.missing_file"
    assert "there is no fitting.py and no folder fitting/" in error.message
    assert "tenure init --code" in error.hint


@pytest.mark.parametrize("code", ['"train"', '"../train:fit"', "3", '{ entry = "train:fit" }'])
def test_what_names_no_function_is_refused(code: str) -> None:
    assert refusal(f"[train]\ncode = {code}").code in {"spec.bad_value", "spec.wrong_type"}


def test_a_recipe_beside_code_is_refused() -> None:
    error = refusal('[train]\ncode = "train:fit"\nrecipe = "linear"')
    assert "one of them trains" in error.message


@pytest.mark.parametrize(
    ("champion", "challenger"),
    [
        ('code = "train:fit"\nparams = { depth = 3 }', 'recipe = "linear"'),
        ('recipe = "linear"\nparams = { strength = 3.0 }', 'code = "train:fit"'),
        ("params = { num_leaves = 4 }", 'code = "train:fit"'),
    ],
)
def test_a_challenger_that_trains_otherwise_inherits_no_parameters(
    champion: str, challenger: str
) -> None:
    spec = read(f"[train]\n{champion}\n[challengers.other.train]\n{challenger}").declared[0].spec
    other = spec.lane("other").train
    assert other.params == {}
    assert (other.code is None) == challenger.startswith("recipe")
    assert bool(other.recipe) == challenger.startswith("recipe")


def test_code_is_looked_for_in_every_lane_and_tenant() -> None:
    text = '[challengers.a.train]\ncode = "one:fit"\n[tenants.DL.train]\ncode = "two.x:fit"'
    assert packages_of(HEAD + text, "tenure.toml") == ("one", "two")


def test_what_a_written_name_stands_for_has_its_line_as_origin() -> None:
    found = {one.path: one.origin for one in explain(read('[train]\ncode = "train:fit"'))}
    assert found["train.code.package"] == "tenure.toml:11"


def test_the_schema_takes_the_text() -> None:
    assert re.fullmatch(str(CodeKind().schema()["pattern"]), "train:fit")
