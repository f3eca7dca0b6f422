"""What every store of look-ups must do. A subclass brings `opened`, over the rows of `ROWS`."""

import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest

from tenure.core.columns import Column, ColumnType
from tenure.core.errors import Kind, TenureError
from tenure.core.lookup_values import fitted
from tenure.core.lookups import Lookup
from tenure.ports.lookups import LookupStore

PLAN, DAYS = Column("plan", ColumnType.CATEGORY), Column("days", ColumnType.INT)
ROWS = [("1", "gold", 30), ("2", "free", 0), ("3", None, 7)]
"""Customer, plan, days; `others` of another tenant have the same customers."""
Opened = Callable[..., LookupStore]


class BadKeyError(Exception):
    """The store cannot be asked for such a key."""


class Lookups:
    """The conformance suite of `ports.lookups.LookupStore`.

    The fixture `opened` opens `lookup`, or another one, at the store of the tests or elsewhere.
    """

    lookup: Lookup
    """Reads `plan` and `days` by `customer`."""

    @staticmethod
    def read(store: LookupStore, *customers: str) -> dict[str, Any]:
        try:
            found = store.fetch([(one,) for one in customers])
        except TenureError as error:
            if error.code == "lookup.bad_key":
                raise BadKeyError from error
            raise
        columns = (PLAN, DAYS)
        return {key: raw and tuple(map(fitted, columns, raw)) for (key,), raw in found.items()}

    def test_keys_are_answered_together(self, opened: Opened) -> None:
        found = self.read(opened(), "1", "2", "3", "4")
        assert found == {"1": ("gold", 30.0), "2": ("free", 0.0), "3": (None, 7.0)}

    def test_a_key_that_is_not_there_is_left_out(self, opened: Opened) -> None:
        assert self.read(opened(), "77") == {}

    def test_many_keys_are_one_call(self, opened: Opened) -> None:
        many = [str(number) for number in range(1000)]
        assert set(self.read(opened(), *many)) == {"1", "2", "3"}

    def test_values_come_in_the_order_of_the_features(self, opened: Opened) -> None:
        turned = opened(replace(self.lookup, features=("days", "plan")))
        ((days, plan),) = filter(None, turned.fetch([("1",)]).values())
        assert (fitted(DAYS, days), fitted(PLAN, plan)) == (30.0, "gold")

    @pytest.mark.parametrize(
        "odd",
        ["'", "1' or '1'='1", "1) or (1=1", '1"; drop table profiles; --', "*", "1,2", "%", "é"],
    )
    def test_a_key_is_a_value_and_never_a_command(self, opened: Opened, odd: str) -> None:
        store = opened()
        found: Any = {}
        with suppress(BadKeyError):
            found = self.read(store, odd)
        assert found == {}
        assert set(self.read(store, "1", "2", "3")) == {"1", "2", "3"}

    def test_threads_share_it(self, opened: Opened) -> None:
        store = opened()
        with ThreadPoolExecutor(8) as threads:
            found = list(threads.map(lambda _: self.read(store, "1")["1"], range(100)))
        assert found == [("gold", 30.0)] * 100

    def test_whatever_was_closed_opens_again_when_it_is_asked(self, opened: Opened) -> None:
        store = opened()
        store.close()
        assert self.read(store, "1") == {"1": ("gold", 30.0)}

    def test_what_is_no_address_is_refused_without_it(self, opened: Opened) -> None:
        for address in ("sesame", "nothing://u:sesame@host/1"):
            with pytest.raises(TenureError) as caught:
                opened(address=address)
            assert caught.value.kind is Kind.INVALID
            assert "sesame" not in str(caught.value)


class ServerLookups(Lookups):
    """The same, and what else is asked of stores that a network lies before."""

    nowhere: str
    """The address of a server of this kind on this machine, with `{port}` and a password."""

    def test_nobody_there_is_told_without_address_or_password(self, opened: Opened) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        with pytest.raises(TenureError) as caught:
            self.read(opened(address=self.nowhere.format(port=port)), "1")
        self.is_discreet(caught.value, port)

    def test_a_server_that_never_answers_is_not_waited_for(self, opened: Opened) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            port = silent.getsockname()[1]
            with pytest.raises(TenureError) as caught:
                self.read(opened(address=self.nowhere.format(port=port), seconds=0.05), "1")
        self.is_discreet(caught.value, port)

    def is_discreet(self, error: TenureError, port: int) -> None:
        assert error.kind is Kind.UNAVAILABLE
        assert error.code in {"lookup.failed", "lookup.timeout"}
        for secret in ("sesame", "127.0.0.1", str(port)):
            assert secret not in str(error)
        assert self.lookup.url in str(error)
