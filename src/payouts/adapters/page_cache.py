"""Pages of the list in Redis, in front of the database's pages."""

from dataclasses import dataclass
from hashlib import blake2b
from typing import cast

from redis import Redis, RedisError

from payouts.adapters.breaker import Breaker

# Pages of old versions are never asked for again; they only have to make room.
_KEEP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class RedisPageCache:
    """Serve the port `PageCache`; without Redis it remembers nothing, and costs nothing."""

    redis: Redis
    breaker: Breaker

    def get(self, key: str) -> bytes | None:
        if self.breaker.is_open:
            return None
        try:
            body = self.redis.get(_name(key))
        except RedisError as error:
            self.breaker.trip(error)
            return None
        return cast("bytes | None", body)

    def put(self, key: str, body: bytes) -> None:
        if self.breaker.is_open:
            return
        try:
            self.redis.set(_name(key), body, ex=_KEEP_SECONDS)
        except RedisError as error:
            self.breaker.trip(error)


def _name(key: str) -> str:
    return f"payouts:page:{blake2b(key.encode(), digest_size=16).hexdigest()}"
