"""Look at payouts: one page of the list, as fast as it can be had and never stale."""

from collections.abc import Callable
from dataclasses import dataclass

from payouts.application.ports import PageCache, PayoutReads
from payouts.application.views import Page, PageQuery, PayoutView

# A release that shows other fields must not be given the pages of the one before.
_SHAPE = ",".join(PayoutView.__annotations__)


@dataclass(frozen=True, slots=True)
class RenderedPage:
    """A page as it goes to clients, which is what a list of this version looks like."""

    version: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPage:
    """Return the rendered page, from the cache if it has the page of this very version.

    A page that is read comes with the version that it shows, and is kept under that: a write that
    commits in between has a version of its own, so a reader cannot be shown the past.
    """

    reads: PayoutReads
    cache: PageCache

    def __call__(
        self, *, query: PageQuery, audience: str, render: Callable[[Page[PayoutView]], bytes]
    ) -> RenderedPage:
        """`audience` names all else that the rendering depends on, such as scheme and host."""
        version = self.reads.version()
        name = f"{_SHAPE}|{audience}|{query}"
        if body := self.cache.get(f"{version}|{name}"):
            return RenderedPage(version, body)
        page = self.past_the_cache(query=query, render=render)
        self.cache.put(f"{page.version}|{name}", page.body)
        return page

    def past_the_cache(
        self,
        *,
        query: PageQuery,
        render: Callable[[Page[PayoutView]], bytes],
        known: RenderedPage | None = None,
    ) -> RenderedPage:
        """Return `known`, what the caller had for the same before, if it is still true.

        Else read the page: to look for it in the cache costs as much.
        """
        if known and known.version == self.reads.version():
            return known
        version, page = self.reads.page(query)
        return RenderedPage(version, render(page))
