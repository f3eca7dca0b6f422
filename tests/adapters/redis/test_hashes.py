"""Look-ups in a real Redis."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import replace
from typing import Any

import pytest
import redis

from tenure.adapters.redis.hashes import RedisHashes
from tenure.core.lookups import Lookup
from tests.conformance.lookups import ROWS, Opened, ServerLookups

LOOKUP = Lookup("profile", "env:PROFILES", ("plan", "days"), key="acme:customer:{customer}")


@pytest.fixture
def client(redis_url: str) -> Iterator[Any]:
    with closing(redis.Redis.from_url(redis_url)) as found:
        found.flushdb()
        for customer, plan, days in ROWS:
            fields = {"plan": plan, "days": days}
            there: Any = {name: value for name, value in fields.items() if value is not None}
            found.hset(f"acme:customer:{customer}", mapping=there)
        found.hset("other:customer:4", mapping={"plan": "secret", "days": 1})
        yield found


class TestRedisHashes(ServerLookups):
    lookup = LOOKUP
    nowhere = "redis://user:sesame@127.0.0.1:{port}/0"

    @pytest.fixture
    def opened(self, redis_url: str, client: Any) -> Iterator[Opened]:
        with ExitStack() as stack:

            def start(
                lookup: Lookup = LOOKUP, address: str = redis_url, seconds: float = 5.0
            ) -> RedisHashes:
                return stack.enter_context(closing(RedisHashes(lookup, address, seconds)))

            yield start

    def test_a_key_that_holds_something_else_cannot_be_read(
        self, opened: Opened, client: Any
    ) -> None:
        client.set("acme:customer:9", "a text")
        assert opened().fetch([("9",), ("8",)]) == {("9",): None}

    def test_a_user_who_may_not_read_a_key_reads_none(
        self, opened: Opened, client: Any, redis_url: str
    ) -> None:
        client.acl_setuser(
            "acme", enabled=True, passwords=["+sesame"], commands=["+hmget"], keys=["acme:*"]
        )
        mine = opened(address=redis_url.replace("//", "//acme:sesame@"))
        assert set(mine.fetch([("1",)])) == {("1",)}
        other = replace(LOOKUP, key="other:customer:{customer}")
        stranger = opened(other, address=redis_url.replace("//", "//acme:sesame@"))
        assert stranger.fetch([("4",)]) == {("4",): None}

    def test_a_connection_that_was_cut_is_made_again(self, opened: Opened, client: Any) -> None:
        store = opened()
        assert set(store.fetch([("1",)])) == {("1",)}
        client.client_kill_filter(_type="normal", skipme=True)
        assert set(store.fetch([("1",)])) == {("1",)}
