"""References are resolved for those whom the operator allows, and for nobody else."""

from pathlib import Path

import pytest

from tenure.app.lookups import AllowedStores
from tenure.core.errors import TenureError
from tenure.core.lookups import Allowance, Lookup

SQL = Lookup("p", "env:TEST_STORE", ("x",), query="select a, x from t where a in :a")
REDIS = Lookup("p", "env:TEST_STORE", ("x",), key="acme:{a}")
MINE = AllowedStores([Allowance("acme", "env:TEST_STORE")])


def refused(stores: AllowedStores, tenant_id: str, lookup: Lookup) -> str:
    with pytest.raises(TenureError) as caught:
        stores.open(tenant_id, lookup, 0.1)
    assert "sesame" not in str(caught.value)
    return caught.value.code


def test_nobody_else_may_name_a_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_STORE", "redis://u:sesame@127.0.0.1:1/0")
    assert refused(AllowedStores(), "acme", REDIS) == "lookup.not_allowed"
    assert refused(MINE, "other", REDIS) == "lookup.not_allowed"
    MINE.open("acme", REDIS, 0.1).close()


def test_what_resolves_to_nothing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("TEST_STORE", raising=False)
    assert refused(MINE, "acme", REDIS) == "lookup.no_secret"
    file = Lookup("p", f"file:{tmp_path / 'none'}", ("x",), key="a:{b}")
    assert refused(AllowedStores([Allowance("acme", file.url)]), "acme", file) == "lookup.no_secret"


def test_a_file_may_hold_the_address(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("sqlite://\n", "utf-8")
    file = Lookup("p", f"file:{tmp_path / 'store'}", ("x",), query=SQL.query)
    store = AllowedStores([Allowance("acme", file.url)]).open("acme", file, 0.1)
    with pytest.raises(TenureError, match=r"lookup\.failed"):  # there is no table
        store.fetch([("1",)])


@pytest.mark.parametrize("address", ["sesame", "http://u:sesame@host"])
def test_what_is_no_address_is_not_repeated(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_STORE", address)
    assert refused(MINE, "acme", REDIS) == "lookup.bad_url"
    assert refused(MINE, "acme", SQL) == "warehouse.bad_url"
