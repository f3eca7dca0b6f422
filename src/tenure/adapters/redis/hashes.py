"""A client's Redis: one hash a key, one field a feature, all keys of a call in one round trip."""

from collections.abc import Sequence
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tenure.core.errors import Kind, TenureError, invalid
from tenure.core.lookups import Key, Lookup, template
from tenure.ports.lookups import Fetched


class RedisHashes:
    """Implements `ports.lookups.LookupStore`. Nothing is tried twice: the caller has no time."""

    def __init__(self, lookup: Lookup, address: str, seconds: float) -> None:
        self._reference = lookup.url
        self._template = template(lookup.key)
        self._features = list(lookup.features)
        try:
            self._client: Any = redis.Redis.from_url(
                address,
                socket_timeout=seconds,
                socket_connect_timeout=seconds,
                retry=Retry(NoBackoff(), 0),
                protocol=2,
                driver_info=None,  # one round trip less before the first answer
            )
        except (ValueError, TypeError) as error:  # what it says may hold the password
            raise invalid(
                "lookup.bad_url",
                f"{lookup.url} names no Redis",
                hint="such as redis://user:password@host:6379/0",
            ) from error

    def fetch(self, keys: Sequence[Key]) -> Fetched:
        pipeline = self._client.pipeline(transaction=False)
        for key in keys:
            pipeline.hmget(self._template.fill(key), self._features)
        try:
            answers = pipeline.execute(raise_on_error=False)
        except redis.TimeoutError as error:
            words = f"{self._reference} did not answer in time"
            raise TenureError(Kind.UNAVAILABLE, "lookup.timeout", words) from error
        except redis.RedisError as error:  # what it says may hold the address
            words = f"{self._reference}: {type(error).__name__}"
            raise TenureError(Kind.UNAVAILABLE, "lookup.failed", words) from error
        return {
            key: None if isinstance(answer, Exception) else tuple(answer)
            for key, answer in zip(keys, answers, strict=True)
            if isinstance(answer, Exception) or any(value is not None for value in answer)
        }

    def close(self) -> None:
        self._client.close()
