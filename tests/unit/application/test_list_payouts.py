from dataclasses import dataclass, field
from typing import Any

from payouts.application.list_payouts import ListPayouts
from payouts.application.read_models import Page, PageQuery


@dataclass
class Reads:
    version_now: int = 1
    written_meanwhile: int = 0
    read: list[PageQuery] = field(default_factory=list)

    def version(self) -> int:
        return self.version_now

    def page(self, query: PageQuery) -> tuple[int, Page[Any]]:
        self.read.append(query)
        self.version_now += self.written_meanwhile
        return self.version_now, Page([], next=None, previous=None)


class Cache(dict[str, bytes]):
    def put(self, key: str, body: bytes) -> None:
        self[key] = body


def read(reads: Any, cache: Cache, *, url: str = "http://a/", **options: bool) -> bytes:
    return ListPayouts(reads=reads, cache=cache)(
        query=PageQuery(size=20), url=url, render=lambda _: b"page", **options
    )


class TestListPayouts:
    def test_reads_a_page_of_one_version_once(self) -> None:
        reads, cache = Reads(), Cache()
        assert [read(reads, cache), read(reads, cache)] == [b"page", b"page"]
        assert len(reads.read) == 1

    def test_reads_it_again_after_every_change(self) -> None:
        reads, cache = Reads(), Cache()
        read(reads, cache)
        reads.version_now += 1
        read(reads, cache)
        assert len(reads.read) == 2

    def test_stores_a_page_under_the_version_that_it_shows(self) -> None:
        reads, cache = Reads(written_meanwhile=1), Cache()
        read(reads, cache)
        reads.written_meanwhile = 0
        read(reads, cache)
        assert len(reads.read) == 1

    def test_stores_pages_by_query_and_url(self) -> None:
        reads, cache = Reads(), Cache()
        read(reads, cache)
        read(reads, cache, url="http://a/?page_size=21")
        read(reads, cache, url="https://b/")
        assert len(reads.read) == 3

    def test_stores_masked_pages_apart(self) -> None:
        reads, cache = Reads(), Cache()
        for _ in range(2):
            read(reads, cache)
            read(reads, cache, mask_account_numbers=True)
        assert len(reads.read) == 2
