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

    The version is read before the rows. A write that commits in between makes the stored page
    newer than its version says, never older, so a reader cannot be shown the past.
    """

    reads: PayoutReads
    cache: PageCache

    def __call__(
        self,
        *,
        query: PageQuery,
        audience: str,
        render: Callable[[Page[PayoutView]], bytes],
        known: RenderedPage | None = None,
    ) -> RenderedPage:
        """`audience` names all else that the rendering depends on, such as scheme and host.

        `known` is the page that the caller had for the same before; it may be still true.
        """
        version = self.reads.version()
        if known and known.version == version:
            return known
        key = f"{version}|{_SHAPE}|{audience}|{query}"
        body = self.cache.get(key)
        if body is None:
            body = render(self.reads.page(query))
            self.cache.put(key, body)
        return RenderedPage(version, body)

    def past_the_cache(
        self, *, query: PageQuery, render: Callable[[Page[PayoutView]], bytes]
    ) -> RenderedPage:
        """Read a page that nobody has asked for lately: to look for it, and to store it, costs as
        much as to read it, and it would only take the place of one that is wanted again.
        """
        version = self.reads.version()
        return RenderedPage(version, render(self.reads.page(query)))
