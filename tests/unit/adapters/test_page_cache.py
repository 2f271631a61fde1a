from payouts.adapters.page_cache import MemoryPageCache


class Behind(dict[str, bytes]):
    def put(self, key: str, body: bytes) -> None:
        self[key] = body


class TestMemoryPageCache:
    def test_asks_the_cache_behind_once_for_a_page(self) -> None:
        behind = Behind(key=b"page")
        cache = MemoryPageCache(behind)
        assert cache.get("key") == b"page"
        behind.clear()
        assert cache.get("key") == b"page"

    def test_needs_no_cache_behind(self) -> None:
        cache = MemoryPageCache()
        assert cache.get("key") is None
        cache.put("key", b"page")
        assert cache.get("key") == b"page"

    def test_stores_a_page_in_both(self) -> None:
        behind = Behind()
        cache = MemoryPageCache(behind)
        cache.put("key", b"page")
        assert (behind, cache.get("key")) == ({"key": b"page"}, b"page")

    def test_keeps_at_most_its_limit_in_memory(self) -> None:
        behind = Behind()
        cache = MemoryPageCache(behind)
        for number in range(6):
            cache.put(str(number), bytes(1024 * 1024 - 1024))
        behind.clear()
        assert [number for number in range(6) if cache.get(str(number))] == [2, 3, 4, 5]

    def test_counts_the_overhead_of_an_entry(self) -> None:
        cache = MemoryPageCache(Behind())
        for number in range(20_000):
            cache.put(f"{'key' * 100}{number}", b"")
        assert len(cache._pages) <= 4 * 1024 * 1024 / 400

    def test_leaves_a_page_larger_than_its_limit_to_the_cache_behind(self) -> None:
        behind = Behind()
        cache = MemoryPageCache(behind)
        cache.put("key", bytes(5 * 1024 * 1024))
        assert "key" in behind
        behind.clear()
        assert cache.get("key") is None
