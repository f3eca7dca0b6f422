"""Quotas hold where something is used, and only for what comes after them."""

from collections.abc import Callable

import pytest

from tenure.core.errors import TenureError
from tenure.core.packages import pack
from tenure.core.quotas import Quotas
from tenure.core.studies import StudyState
from tenure.core.tenants import SYSTEM
from tenure.services import adopt, declare, packages, quotas, request
from tests.services.test_study import ask
from tests.small.house import spec_of
from tests.small.life import LIVE, Life
from tests.small.rows import DAY


def limit(life: Life, **given: int) -> None:
    quotas.set_quotas(life.house, "anna", life.tenant, Quotas(**given))


def test_a_quota_is_an_entry_of_the_ledger_and_set_twice_it_is_one(life: Life) -> None:
    for _ in range(2):
        limit(life, models=3, rate=50)
    (told,) = life.told("tenant.quotas_set")
    assert told.actor == "anna"
    assert (told.facts["models"], told.facts["rate"], told.facts["stored_bytes"]) == (3, 50, None)
    assert life.house.releases.index().rates == {life.tenant: 50}
    limit(life)
    assert life.house.releases.index().rates is None
    kept = life.read(lambda work: work.tenants.get(SYSTEM, life.tenant))
    assert kept.quotas == Quotas()


def test_models_bytes_and_minutes_are_refused_where_they_would_be_used(life: Life) -> None:
    limit(life, models=1, stored_bytes=1, train_minutes=0)
    house, tenant = life.house, life.tenant
    declare.apply(house, "anna", tenant, life.spec)  # what is there already stays
    another = spec_of(model={"name": "another"})
    asks: dict[str, list[Callable[[], object]]] = {
        "quota.models": [lambda: declare.apply(house, "anna", tenant, another)],
        "quota.storage": [
            lambda: life.bring(life.known(LIVE + DAY)),
            lambda: packages.receive(house, "anna", tenant, pack({"code.py": b"x = 1"})),
            lambda: adopt.receive(house, "a", tenant, life.model, b"tree", adopt.Origin("m.txt")),
        ],
        "quota.train_minutes": [
            lambda: request.study(house, "anna", tenant, life.model, "champion", "why not"),
        ],
    }
    for code, tries in asks.items():
        for attempt in tries:
            with pytest.raises(TenureError) as refused:
                attempt()
            assert refused.value.code == code
            assert "tenure tenant quota acme" in refused.value.hint


def test_the_loop_skips_a_race_for_which_no_minutes_are_left_and_says_so(life: Life) -> None:
    limit(life, train_minutes=0)
    ask(life, "schedule")
    life.work()
    (skipped,) = life.told("study.skipped")
    assert str(skipped.facts["reason"]).startswith("quota.train_minutes: acme has used ")
    states = life.read(lambda work: [one.state for one in work.studies.list(life.tenant)])
    assert set(states) == {StudyState.PROMOTED}
