"""References are resolved for those whom the operator allows, and for nobody else."""

import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from tenure.adapters.secrets.references import References
from tenure.app.lookups import AllowedStores, Rotating
from tenure.core.errors import TenureError
from tenure.core.lookups import Allowance, Key, Lookup
from tenure.ports.lookups import Fetched

SECRETS = References(Path())
SQL = Lookup("p", "env:TEST_STORE", ("x",), query="select a, x from t where a in :a")
REDIS = Lookup("p", "env:TEST_STORE", ("x",), key="acme:{a}")
MINE = AllowedStores(SECRETS, [Allowance("acme", "env:TEST_STORE")])


def refused(stores: AllowedStores, tenant_id: str, lookup: Lookup) -> str:
    with pytest.raises(TenureError) as caught:
        stores.open(tenant_id, lookup, 0.1)
    assert "sesame" not in str(caught.value)
    return caught.value.code


def test_nobody_else_may_name_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_STORE", "redis://u:sesame@127.0.0.1:1/0")
    assert refused(AllowedStores(SECRETS), "acme", REDIS) == "lookup.not_allowed"
    assert refused(MINE, "other", REDIS) == "lookup.not_allowed"
    MINE.open("acme", REDIS, 0.1).close()


def test_what_resolves_to_nothing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TEST_STORE", raising=False)
    assert refused(MINE, "acme", REDIS) == "lookup.no_secret"
    file = Lookup("p", f"file:{tmp_path / 'none'}", ("x",), key="a:{b}")
    assert (
        refused(AllowedStores(SECRETS, [Allowance("acme", file.url)]), "acme", file)
        == "lookup.no_secret"
    )


def test_a_file_may_hold_the_address(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("sqlite://\n", "utf-8")
    file = Lookup("p", f"file:{tmp_path / 'store'}", ("x",), query=SQL.query)
    store = AllowedStores(SECRETS, [Allowance("acme", file.url)]).open("acme", file, 0.1)
    with pytest.raises(TenureError, match=r"lookup\.failed"):  # there is no table
        store.fetch([("1",)])


def test_a_rotated_address_is_used_by_the_next_call(tmp_path: Path) -> None:
    for name in ("old", "new"):
        with closing(sqlite3.connect(tmp_path / name)) as database, database:
            database.execute("create table t (a text, x text)")
            database.execute("insert into t values ('1', ?)", [name])
    secret = tmp_path / "secret"
    secret.write_text(f"sqlite:///{tmp_path / 'old'}", "utf-8")
    lookup = Lookup("p", f"file:{secret}", ("x",), query=SQL.query)
    store = AllowedStores(SECRETS, [Allowance("acme", lookup.url)]).open("acme", lookup, 0.1)

    assert store.fetch([("1",)]) == {("1",): ("old",)}
    secret.unlink()
    assert store.fetch([("1",)]) == {("1",): ("old",)}, "a file that is gone changes nothing"
    for written in ("", "sesame"):
        secret.write_text(written, "utf-8")
        assert store.fetch([("1",)]) == {("1",): ("old",)}, "nor does one without an address"
    secret.write_text(f"sqlite:///{tmp_path / 'new'}", "utf-8")
    assert store.fetch([("1",)]) == {("1",): ("new",)}
    store.close()


def test_a_call_under_way_ends_on_the_connections_that_it_began_with(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("first", "utf-8")
    opened: list[Gate] = []

    def open_() -> Gate:
        opened.append(Gate())
        return opened[-1]

    store = Rotating(secret, open_)
    with ThreadPoolExecutor(1) as threads:
        slow = threads.submit(store.fetch, [("slow",)])
        assert opened[0].entered.wait(5)
        secret.write_text("second address", "utf-8")
        assert store.fetch([("quick",)]) == {("quick",): ()}
        assert [one.is_closed for one in opened] == [False, False]
        opened[0].leave.set()
        assert slow.result(5) == {("slow",): ()}
    assert [one.is_closed for one in opened] == [True, False]


class Gate:
    """A store that keeps who asks for `slow` until it is told to let go."""

    def __init__(self) -> None:
        self.entered, self.leave = Event(), Event()
        self.is_closed = False

    def fetch(self, keys: Sequence[Key]) -> Fetched:
        if ("slow",) in keys:
            self.entered.set()
            assert self.leave.wait(5)
        assert not self.is_closed
        return dict.fromkeys(keys, ())

    def close(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("address", ["sesame", "http://u:sesame@host"])
def test_what_is_no_address_is_not_repeated(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_STORE", address)
    assert refused(MINE, "acme", REDIS) == "lookup.bad_url"
    assert refused(MINE, "acme", SQL) == "warehouse.bad_url"
