"""LightGBM's C interface against its Python package: the same answers, one row or many."""

import gc

import numpy as np
import pytest

from tenure.adapters.frameworks import booster, registry
from tenure.adapters.frameworks.booster import NativeBooster, PackageBooster
from tenure.adapters.frameworks.encode import Floats
from tenure.core.errors import TenureError
from tenure.core.models import Task
from tests.conformance import flowers


@pytest.fixture(scope="module", params=list(Task))
def text(request: pytest.FixtureRequest) -> bytes:
    return registry.train(flowers.task(kind=request.param)).files[booster.FILE]


def rows() -> Floats:
    generator = np.random.default_rng(3)
    matrix = generator.normal(size=(60, 4)) * [2, 5, 0, 1]
    matrix[:, 2] = generator.integers(-1, 7, size=60)  # levels there are, and others
    matrix[generator.random(matrix.shape) < 0.1] = np.nan
    return matrix


def test_the_installed_lightgbm_is_called_by_its_c_interface(text: bytes) -> None:
    assert isinstance(booster.load(text), NativeBooster)


def test_one_row_many_rows_and_the_package_answer_alike(text: bytes) -> None:
    native, package = booster.load(text), PackageBooster(text)
    assert (native.features, native.width) == (package.features, package.width)
    many = native.many(rows())
    np.testing.assert_array_equal(many, package.many(rows()))
    np.testing.assert_array_equal(many, [native.one(row) for row in rows().tolist()])
    np.testing.assert_array_equal(many[0], package.one(rows()[0].tolist()))


def test_rows_at_the_thresholds_of_the_trees_fall_on_the_same_side(text: bytes) -> None:
    thresholds = [
        float(value)
        for line in text.decode().splitlines()
        if line.startswith("threshold=")
        for value in line.removeprefix("threshold=").split()
    ]
    matrix = np.tile(np.array(thresholds[:200])[:, None], 4)
    native = booster.load(text)
    np.testing.assert_array_equal(native.many(matrix), PackageBooster(text).many(matrix))
    np.testing.assert_array_equal(native.many(matrix), [native.one(r) for r in matrix.tolist()])


def test_no_rows_give_no_answers(text: bytes) -> None:
    native = booster.load(text)
    assert native.many(np.empty((0, native.features))).shape == (0, native.width)


def test_boosters_come_and_go_without_disturbing_each_other(text: bytes) -> None:
    kept = booster.load(text)
    before = kept.many(rows())
    for _ in range(20):
        booster.load(text).one([0.0] * kept.features)
    gc.collect()
    np.testing.assert_array_equal(kept.many(rows()), before)


@pytest.mark.parametrize("cut", [0, 10, 2000])
def test_a_text_that_is_cut_off_is_refused(text: bytes, cut: int) -> None:
    with pytest.raises(TenureError, match=booster.FILE) as caught:
        booster.load(text[:cut])
    assert caught.value.code == "runtime.broken_files"


def test_a_text_that_is_no_model_is_refused() -> None:
    with pytest.raises(TenureError, match=booster.FILE):
        booster.load(b"tree\nend of trees\n")
    with pytest.raises(TenureError, match=booster.FILE):
        PackageBooster(b"tree\nend of trees\n")
