"""What every repository promises, for every noun. Inherit `RepositorySuite` and give it a `store`."""

from dataclasses import fields, replace
from datetime import datetime
from itertools import combinations
from typing import Any

import pytest

from tenure.core.errors import Kind, TenureError
from tenure.core.keys import Role
from tenure.core.models import ModelState
from tenure.core.runs import RunProgress
from tenure.core.tenants import SYSTEM
from tenure.ports.work import Repository, Store, UnitOfWork
from tests.conformance.samples import AT, DAY, SAMPLES, Sample, clock, detector, finding, key, model
from tests.conformance.samples import version as version_of

EVERY = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.noun)


def of(work: UnitOfWork, sample: Sample) -> Repository[Any]:
    repository: Repository[Any] = getattr(work, sample.repository)
    return repository


def owner(sample: Sample) -> str:
    """Tenants and people belong to the house, everything else to a tenant."""
    return SYSTEM if sample.noun in {"tenant", "person"} else "DL"


def changed(value: Any) -> Any:
    """The value with another time, number or text in an attribute that is neither id nor tenant."""
    for field in fields(value)[::-1]:
        old = getattr(value, field.name)
        if isinstance(old, datetime):
            return replace(value, **{field.name: old + DAY})
    if isinstance(value, RunProgress):
        return replace(value, log=f"{value.log}, epoch 2")
    return replace(value, days=value.days + 1)


class RepositorySuite:
    """Values come back as they were; another tenant's value does not exist."""

    @EVERY
    def test_a_value_comes_back_as_it_was_stored(self, store: Store, sample: Sample) -> None:
        value = sample.make("DL", 1)
        with store.work() as work:
            of(work, sample).add(owner(sample), value)
            assert of(work, sample).get(owner(sample), value.id, lock=True) == value
        with store.read() as work:
            assert of(work, sample).find(owner(sample), value.id) == value
            assert of(work, sample).list(owner(sample)) == [value]

    @EVERY
    def test_counting_and_the_last_one_agree_with_listing(
        self, store: Store, sample: Sample
    ) -> None:
        with store.work() as work:
            repository = of(work, sample)
            values = [sample.make("DL", n) for n in range(6)]
            for value in values:
                repository.add(owner(sample), value)
            assert repository.count(owner(sample)) == 6
            assert repository.count("B6") == 0
            assert repository.last(owner(sample)) == repository.list(owner(sample))[-1]
            assert repository.last("B6") is None
            for name in sample.filters:
                where = {name: getattr(values[1], name)}
                listed = repository.list(owner(sample), **where)
                assert repository.count(owner(sample), **where) == len(listed)
                assert repository.last(owner(sample), **where) == listed[-1]

    @EVERY
    def test_what_is_not_there_is_not_found(self, store: Store, sample: Sample) -> None:
        with store.work() as work:
            repository = of(work, sample)
            assert repository.find("DL", "nothing") is None
            assert repository.list("DL") == []
            repository.remove("DL", "nothing")
            for name in ("nothing", "", "nul\x00"):
                with pytest.raises(TenureError) as caught:
                    repository.get("DL", name)
                assert caught.value.code == f"{sample.noun}.not_found"
                assert caught.value.kind is Kind.NOT_FOUND
            with pytest.raises(TenureError, match=f"{sample.noun}.not_found"):
                repository.save(owner(sample), sample.make("DL", 1))

    @EVERY
    def test_adding_twice_is_refused_and_leaves_the_work_usable(
        self, store: Store, sample: Sample
    ) -> None:
        value = sample.make("DL", 1)
        with store.work() as work:
            of(work, sample).add(owner(sample), value)
            with pytest.raises(TenureError) as caught:
                of(work, sample).add(owner(sample), changed(value))
            assert caught.value.code == f"{sample.noun}.exists"
            assert caught.value.kind is Kind.CONFLICT
            assert of(work, sample).get(owner(sample), value.id) == value

    @EVERY
    def test_saving_and_putting_replace(self, store: Store, sample: Sample) -> None:
        value = sample.make("DL", 1)
        later, latest = changed(value), changed(changed(value))
        with store.work() as work:
            of(work, sample).put(owner(sample), value)
            of(work, sample).save(owner(sample), later)
            assert of(work, sample).get(owner(sample), value.id) == later
            of(work, sample).put(owner(sample), latest)
        with store.work() as work:
            assert of(work, sample).list(owner(sample)) == [latest]
            of(work, sample).remove(owner(sample), value.id)
            assert of(work, sample).find(owner(sample), value.id) is None

    @EVERY
    def test_several_are_put_and_removed_as_one_by_one(self, store: Store, sample: Sample) -> None:
        values = [sample.make("DL", n) for n in range(3)]
        newer = changed(values[1])
        with store.work() as work:
            repository = of(work, sample)
            repository.put_all(owner(sample), values[:2])
            repository.put_all(owner(sample), [newer, values[2]])
            repository.put_all(owner(sample), [])
            for value in (values[0], newer, values[2]):
                assert repository.get(owner(sample), value.id) == value
            repository.remove_all(owner(sample), [values[0].id, "nothing", values[2].id])
            repository.remove_all(owner(sample), [])
            assert repository.list(owner(sample)) == [newer]

    @EVERY
    def test_another_tenants_value_does_not_exist(self, store: Store, sample: Sample) -> None:
        mine = sample.make("DL", 1)
        with store.work() as work:
            repository = of(work, sample)
            repository.add(owner(sample), mine)
            assert repository.find("B6", mine.id) is None
            assert repository.list("B6") == []
            repository.remove("B6", mine.id)
            with pytest.raises(TenureError, match="not_found"):
                repository.get("B6", mine.id)
            assert repository.get(owner(sample), mine.id) == mine

    @EVERY
    def test_lists_filter_by_each_attribute_and_by_pairs(
        self, store: Store, sample: Sample
    ) -> None:
        values = self._stored(store, sample)
        with store.read() as work:
            for size in (1, 2):
                for names in combinations(sample.filters, size):
                    for value in values[:6]:
                        where = {name: getattr(value, name) for name in names}
                        expected = [v for v in values if _matches(v, where)]
                        assert of(work, sample).list(owner(sample), **where) == expected, where

    @EVERY
    def test_pages_continue_after_an_id(self, store: Store, sample: Sample) -> None:
        values = self._stored(store, sample)
        with store.read() as work:
            repository, seen = of(work, sample), list[Any]()
            while page := repository.list(
                owner(sample), limit=5, after=seen[-1].id if seen else None
            ):
                seen += page
            assert seen == values

    @EVERY
    def test_an_unknown_filter_is_a_programming_error(self, store: Store, sample: Sample) -> None:
        with store.read() as work:
            for name in ("body", "colour", "id__like", "day__gt"):
                where: dict[str, Any] = {name: "x"}
                with pytest.raises(ValueError, match=name):
                    of(work, sample).list("DL", **where)

    def _stored(self, store: Store, sample: Sample) -> list[Any]:
        """Store twelve values; return them in the order that the noun promises."""
        values = [sample.make("DL", n) for n in range(12)]
        with store.work() as work:
            for value in values:
                of(work, sample).add(owner(sample), value)
        return sorted(values, key=lambda v: tuple(getattr(v, name) for name in sample.order))

    def test_days_are_bounded_from_and_until(self, store: Store) -> None:
        for sample in (s for s in SAMPLES if "day" in s.filters):
            values = self._stored(store, sample)
            low, high = AT + DAY, AT + 3 * DAY
            expected = [v for v in values if low <= v.day < high]
            with store.read() as work:
                found = of(work, sample).list("DL", day__gte=low, day__lt=high)
                assert found == expected
                first = of(work, sample).list("DL", day__lt=low, model_id="arrival-delay")
                assert {v.day for v in first} == {AT}

    def test_open_findings_are_those_without_an_end(self, store: Store) -> None:
        with store.work() as work:
            for n in range(4):
                work.findings.add("DL", finding("DL", n))
            assert [f.id for f in work.findings.list("DL", closed_at=None)] == ["fi_1", "fi_3"]

    def test_versions_are_in_the_order_of_their_numbers(self, store: Store) -> None:
        with store.work() as work:
            for number in (10, 9, 2, 1, 100):
                value = replace(version_of("DL", 1), number=number)
                work.versions.add("DL", value)
            assert [v.number for v in work.versions.list("DL")] == [1, 2, 9, 10, 100]

    def test_a_page_after_a_removed_value_says_so(self, store: Store) -> None:
        with store.read() as work, pytest.raises(TenureError, match=r"version\.not_found"):
            work.versions.list("DL", after="arrival-delay/7")

    def test_a_clock_is_known_by_its_tenant(self, store: Store) -> None:
        with store.work() as work:
            work.clocks.put("DL", clock("DL", 0))
            assert work.clocks.get("DL", "DL", lock=True) == clock("DL", 0)
            assert work.clocks.find("B6", "DL") is None

    def test_the_clocks_of_all_tenants_are_seen_together(self, store: Store) -> None:
        with store.work() as work:
            for tenant_id in ("DL", "B6", SYSTEM):
                work.clocks.put(tenant_id, clock(tenant_id, 0))
            assert work.clocks.all() == [clock("B6", 0), clock("DL", 0)]

    def test_a_key_is_found_by_its_digest_whatever_its_tenant(self, store: Store) -> None:
        with store.work() as work:
            for tenant_id in (SYSTEM, "DL", "B6"):
                work.keys.add(tenant_id, key(tenant_id, 1))
            assert work.keys.by_digest(key("B6", 1).digest) == key("B6", 1)
            assert work.keys.by_digest("0" * 64) is None

    def test_a_digest_belongs_to_one_key(self, store: Store) -> None:
        with store.work() as work:
            work.keys.add("DL", key("DL", 1))
            with pytest.raises(TenureError, match=r"key\.exists"):
                work.keys.add("B6", replace(key("DL", 1), tenant_id="B6", role=Role.ADMIN))

    def test_a_value_of_one_tenant_is_never_stored_under_another(self, store: Store) -> None:
        with store.work() as work, pytest.raises(ValueError, match="is not of tenant B6"):
            work.models.add("B6", model("DL", 1))

    def test_a_number_that_json_cannot_say_is_refused_when_stored(self, store: Store) -> None:
        for wrong in (float("nan"), float("inf"), float("-inf")):
            with store.work() as work, pytest.raises(TenureError, match=r"detector\.not_finite"):
                work.detectors.put("DL", replace(detector("DL", 1), baseline=wrong))

    def test_a_time_without_a_zone_is_a_programming_error(self, store: Store) -> None:
        naive = AT.replace(tzinfo=None)
        with store.read() as work, pytest.raises(Exception, match="time zone"):
            work.windows.list("DL", day=naive)

    def test_a_state_may_be_given_as_text(self, store: Store) -> None:
        with store.work() as work:
            work.models.add("DL", model("DL", 1))
            assert work.models.list("DL", state="active") == [model("DL", 1)]
            assert work.models.list("DL", state=ModelState.ONBOARDING) == []


def _matches(value: Any, where: dict[str, Any]) -> bool:
    return all(getattr(value, name) == wanted for name, wanted in where.items())
