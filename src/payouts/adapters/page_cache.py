"""Pages of the list in Redis, in front of the database's pages."""

from hashlib import blake2b
from typing import cast

from redis import Redis, RedisError

from payouts.adapters.breaker import Breaker
from payouts.adapters.gathering import Gathering

# Pages of old versions are never asked for again; they only have to make room.
_KEEP_SECONDS = 60


class RedisPageCache:
    """Serve the port `PageCache`; without Redis it remembers nothing, and costs nothing."""

    def __init__(self, redis: Redis, breaker: Breaker) -> None:
        self._redis = redis
        self._breaker = breaker
        self._gathering = Gathering(name="page cache", do=self._store)

    def get(self, key: str) -> bytes | None:
        if self._breaker.is_open:
            return None
        try:
            body = self._redis.get(_name(key))
        except RedisError as error:
            self._breaker.trip(error)
            return None
        return cast("bytes | None", body)

    def put(self, key: str, body: bytes) -> None:
        """Have it stored, soon and beside the request: nobody waits for it."""
        if not self._breaker.is_open:
            self._gathering.add([(key, body)])

    def _store(self, pages: list[tuple[str, bytes]]) -> None:
        if self._breaker.is_open:
            return
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for key, body in pages:
                    pipeline.set(_name(key), body, ex=_KEEP_SECONDS)
                pipeline.execute()
        except RedisError as error:
            self._breaker.trip(error)


def _name(key: str) -> str:
    return f"payouts:page:{blake2b(key.encode(), digest_size=16).hexdigest()}"
