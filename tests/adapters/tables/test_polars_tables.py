"""The port, with polars."""

import pytest
from tests.conformance.tables import TablesConformance

from tenure.adapters.tables.polars_tables import PolarsTables


class TestPolarsTables(TablesConformance):
    @pytest.fixture
    def tables(self) -> PolarsTables:
        return PolarsTables()
