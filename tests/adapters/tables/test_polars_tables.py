"""The port, with polars."""

import pytest

from tenure.adapters.tables.polars_tables import PolarsTables
from tests.conformance.tables import TablesConformance


class TestPolarsTables(TablesConformance):
    @pytest.fixture
    def tables(self) -> PolarsTables:
        return PolarsTables()
