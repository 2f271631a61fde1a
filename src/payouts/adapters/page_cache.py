"""Rendered list pages: in the memory of the process, and in Redis for all processes."""

from hashlib import blake2b
from threading import Lock
from typing import cast

from cachetools import LRUCache
from redis import Redis, RedisError

from payouts.adapters.background_batcher import BackgroundBatcher
from payouts.adapters.circuit_breaker import CircuitBreaker
from payouts.application.ports import PageCache

# A page of an old version is never asked for again. It only has to make room.
_EXPIRY_SECONDS = 60
_MEMORY_BYTES = 4 * 1024 * 1024
# The memory of an entry beside its page: the digest, two objects' headers, its place in the cache.
_ENTRY_BYTES = 400


class MemoryPageCache:
    """Serve the port `PageCache` from memory, and ask the cache behind, if any, for other pages.

    Keys name the version of the list, so a page cannot be stale. Memory is bounded to 4 MiB.
    """

    def __init__(self, behind: PageCache | None = None) -> None:
        self._behind = behind
        self._pages: LRUCache[bytes, bytes] = LRUCache(_MEMORY_BYTES, getsizeof=_size)
        self._lock = Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            body = self._pages.get(_digest(key))
        if body is None and self._behind is not None and (body := self._behind.get(key)):
            self._keep(key, body)
        return body

    def put(self, key: str, body: bytes) -> None:
        self._keep(key, body)
        if self._behind is not None:
            self._behind.put(key, body)

    def _keep(self, key: str, body: bytes) -> None:
        if _size(body) <= _MEMORY_BYTES:
            with self._lock:
                self._pages[_digest(key)] = body


class RedisPageCache:
    """Serve the port `PageCache` from Redis. Without Redis it holds nothing and costs nothing."""

    def __init__(self, redis: Redis, circuit_breaker: CircuitBreaker) -> None:
        self._redis = redis
        self._circuit_breaker = circuit_breaker
        self._batcher = BackgroundBatcher(name="page cache", handle_batch=self._store)

    def get(self, key: str) -> bytes | None:
        if self._circuit_breaker.is_open:
            return None
        try:
            body = self._redis.get(_redis_key(key))
        except RedisError as error:
            self._circuit_breaker.record_failure(error)
            return None
        return cast("bytes | None", body)

    def put(self, key: str, body: bytes) -> None:
        """Store the page in the background, so that no request waits for it."""
        if not self._circuit_breaker.is_open:
            self._batcher.add([(key, body)])

    def _store(self, pages: list[tuple[str, bytes]]) -> None:
        if self._circuit_breaker.is_open:
            return
        try:
            with self._redis.pipeline(transaction=False) as pipeline:
                for key, body in pages:
                    pipeline.set(_redis_key(key), body, ex=_EXPIRY_SECONDS)
                pipeline.execute()
        except RedisError as error:
            self._circuit_breaker.record_failure(error)


def _redis_key(key: str) -> str:
    return f"payouts:page:{_digest(key).hex()}"


def _digest(key: str) -> bytes:
    """Shorten a key, which contains a URL of any length."""
    return blake2b(key.encode(), digest_size=16).digest()


def _size(body: bytes) -> int:
    return len(body) + _ENTRY_BYTES
