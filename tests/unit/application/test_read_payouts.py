from dataclasses import dataclass, field
from functools import partial
from typing import Any

from payouts.application.read_payouts import ReadPage, RenderedPage
from payouts.application.views import Page, PageQuery


@dataclass
class Reads:
    version_now: int = 1
    written_meanwhile: int = 0
    read: list[PageQuery] = field(default_factory=list)

    def version(self) -> int:
        return self.version_now

    def page(self, wanted_page: PageQuery) -> tuple[int, Page[Any]]:
        self.read.append(wanted_page)
        self.version_now += self.written_meanwhile
        return self.version_now, Page([], next=None, previous=None)


class Cache(dict[str, bytes]):
    def put(self, key: str, body: bytes) -> None:
        self[key] = body


def read(reads: Any, cache: Cache, *, size: int = 20, audience: str = "http://a") -> bytes:
    page = ReadPage(reads=reads, cache=cache)(
        query=PageQuery(size=size), audience=audience, render=lambda _: b"page"
    )
    assert page.version == reads.version()
    return page.body


class TestReadPage:
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

    def test_keeps_a_page_under_the_version_that_it_shows(self) -> None:
        reads, cache = Reads(written_meanwhile=1), Cache()
        read(reads, cache)
        reads.written_meanwhile = 0
        read(reads, cache)
        assert len(reads.read) == 1

    def test_gives_out_what_the_caller_has_while_it_is_true(self) -> None:
        reads, cache = Reads(), Cache()
        read_page = ReadPage(reads=reads, cache=cache)
        ask = partial(read_page.past_the_cache, query=PageQuery(size=20), render=lambda _: b"page")
        known = ask()
        assert ask(known=known) is known
        assert len(reads.read) == 1
        reads.version_now += 1
        assert ask(known=known) == RenderedPage(2, b"page")
        assert not cache

    def test_keeps_apart_what_is_asked_for_and_where(self) -> None:
        reads, cache = Reads(), Cache()
        read(reads, cache)
        read(reads, cache, size=21)
        read(reads, cache, audience="https://b")
        assert len(reads.read) == 3
