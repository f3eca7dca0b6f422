"""How far the log was read, on SQLite."""

from tests.conformance.positions import PositionsSuite


class TestPositions(PositionsSuite):
    pass
