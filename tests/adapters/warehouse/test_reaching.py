"""A client's database is named by reference; its address stays out of every error."""

from pathlib import Path

import pytest
import sqlalchemy as sa

from tenure.adapters.secrets.references import References
from tenure.adapters.warehouse.reaching import address_of, reached
from tenure.core.errors import TenureError

SECRETS = References(Path())


def test_postgresql_is_spoken_to_by_psycopg() -> None:
    for scheme in ("postgres", "postgresql"):
        assert address_of("env:W", f"{scheme}://u@h/d").drivername == "postgresql+psycopg"
    assert address_of("env:W", "sqlite:///x").drivername == "sqlite"


@pytest.mark.parametrize(
    ("value", "code"), [("", "no_secret"), ("secret-word", "bad_url"), ("none://u:pw@h", "bad_url")]
)
def test_what_cannot_be_reached_says_the_reference_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch, value: str, code: str
) -> None:
    monkeypatch.setenv("W", value)
    with pytest.raises(TenureError, match=f"warehouse.{code}") as caught, reached("env:W", SECRETS):
        pass
    assert "env:W" in str(caught.value)
    assert not value or value not in str(caught.value)


def test_a_failing_query_is_told_in_the_database_s_own_words(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("W", "sqlite://")
    with (
        pytest.raises(TenureError, match=r"warehouse\.failed") as caught,
        reached("env:W", SECRETS) as engine,
        engine.connect() as connection,
    ):
        connection.execute(sa.text("select * from nowhere"))
    assert "no such table: nowhere" in str(caught.value)
