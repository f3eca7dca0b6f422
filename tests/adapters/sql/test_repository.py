"""A repository against a dictionary, with units of work that fail in between."""

from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tenure.adapters.sql.store import SqlStore
from tenure.core.errors import TenureError
from tenure.core.findings import Finding
from tests.conformance.repositories import RepositorySuite
from tests.conformance.samples import AT, DAY, finding

TENANTS = st.sampled_from(["DL", "B6"])
IDS = st.sampled_from(["fi_1", "fi_2", "fi_10", "Ł", "ﬁ", "\U0001f600", "a'b\"c%_"])
DAYS = st.integers(0, 3).map(lambda n: AT + n * DAY)
VALUES = st.builds(
    lambda name, opened, closed, text: replace(
        finding("DL", 1), id=name, opened_at=opened, closed_at=closed, text=text
    ),
    IDS,
    DAYS,
    st.none() | DAYS,
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
)
_numbers = count()


class RepositoryMachine(RuleBasedStateMachine):
    """Everything that is done to the table is done to a dictionary."""

    def __init__(self, store: SqlStore) -> None:
        super().__init__()
        self.store = store
        self.run = next(_numbers)  # tenants of its own, so that no machine meets another
        self.values: dict[tuple[str, str], Finding] = {}

    def tenant(self, name: str) -> str:
        return f"{name}-{self.run}"

    def _value(self, tenant_id: str, value: Finding) -> Finding:
        return replace(value, tenant_id=self.tenant(tenant_id))

    @rule(tenant_id=TENANTS, value=VALUES)
    def add(self, tenant_id: str, value: Finding) -> None:
        mine = self._value(tenant_id, value)
        with self.store.work() as work:
            if (tenant_id, value.id) in self.values:
                with pytest.raises(TenureError, match=r"finding\.exists"):
                    work.findings.add(self.tenant(tenant_id), mine)
            else:
                work.findings.add(self.tenant(tenant_id), mine)
                self.values[tenant_id, value.id] = mine

    @rule(tenant_id=TENANTS, value=VALUES)
    def save(self, tenant_id: str, value: Finding) -> None:
        mine = self._value(tenant_id, value)
        with self.store.work() as work:
            if (tenant_id, value.id) in self.values:
                work.findings.save(self.tenant(tenant_id), mine)
                self.values[tenant_id, value.id] = mine
            else:
                with pytest.raises(TenureError, match=r"finding\.not_found"):
                    work.findings.save(self.tenant(tenant_id), mine)

    @rule(tenant_id=TENANTS, value=VALUES)
    def put(self, tenant_id: str, value: Finding) -> None:
        mine = self._value(tenant_id, value)
        with self.store.work() as work:
            work.findings.put(self.tenant(tenant_id), mine)
        self.values[tenant_id, value.id] = mine

    @rule(tenant_id=TENANTS, name=IDS)
    def remove(self, tenant_id: str, name: str) -> None:
        with self.store.work() as work:
            work.findings.remove(self.tenant(tenant_id), name)
        self.values.pop((tenant_id, name), None)

    @rule(tenant_id=TENANTS, value=VALUES)
    def fail(self, tenant_id: str, value: Finding) -> None:
        def act() -> None:
            with self.store.work() as work:
                work.findings.put(self.tenant(tenant_id), self._value(tenant_id, value))
                work.findings.remove(self.tenant("DL"), value.id)
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            act()

    @rule(tenant_id=TENANTS, opened=DAYS, closed=st.none() | DAYS, limit=st.integers(1, 4))
    def search(self, tenant_id: str, opened: datetime, closed: datetime | None, limit: int) -> None:
        wanted = [
            value
            for value in self._ordered(tenant_id)
            if value.closed_at == closed and value.opened_at >= opened
        ]
        found: list[Finding] = []
        where: dict[str, Any] = {"closed_at": closed, "opened_at__gte": opened}
        with self.store.read() as work:
            while page := work.findings.list(
                self.tenant(tenant_id), limit=limit, after=found[-1].id if found else None, **where
            ):
                found += page
        assert found == wanted

    @invariant()
    def agrees(self) -> None:
        with self.store.read() as work:
            for tenant_id in ("DL", "B6"):
                assert work.findings.list(self.tenant(tenant_id)) == self._ordered(tenant_id)

    def _ordered(self, tenant_id: str) -> list[Finding]:
        mine = [value for (tenant, _), value in self.values.items() if tenant == tenant_id]
        return sorted(mine, key=lambda value: (value.opened_at, value.id))


def test_a_repository_is_a_dictionary_that_lasts(store_url: str) -> None:
    store = SqlStore(store_url)

    class OnThisStore(RepositoryMachine):
        def __init__(self) -> None:
            super().__init__(store)

    run_state_machine_as_test(
        OnThisStore,
        settings=settings(
            max_examples=15,
            stateful_step_count=20,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    store.close()


class TestRepositories(RepositorySuite):
    pass
