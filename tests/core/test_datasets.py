"""Dataset versions are named by their columns and segments, in order."""

from tenure.core.columns import Column, ColumnType
from tenure.core.datasets import Segment, manifest_digest

X = Column("x", ColumnType.FLOAT)
ONE, TWO = Segment("sha256:1", 10, 100), Segment("sha256:2", 5, 60)


def test_equal_content_in_equal_order_has_one_name() -> None:
    assert manifest_digest((X,), (ONE, TWO)) == manifest_digest((X,), (ONE, TWO))
    assert manifest_digest((X,), (ONE, TWO)).startswith("sha256:")


def test_order_rows_and_column_types_are_part_of_the_name() -> None:
    names = {
        manifest_digest((X,), (ONE, TWO)),
        manifest_digest((X,), (TWO, ONE)),
        manifest_digest((X,), (ONE,)),
        manifest_digest((X,), ()),
        manifest_digest((Column("x", ColumnType.INT),), (ONE, TWO)),
        manifest_digest((X,), (ONE, Segment("sha256:2", 6, 60))),
    }
    assert len(names) == 6


def test_how_a_column_is_described_is_not_its_content() -> None:
    described = Column("x", ColumnType.FLOAT, unit="miles", min=0.0)
    assert manifest_digest((described,), (ONE,)) == manifest_digest((X,), (ONE,))
