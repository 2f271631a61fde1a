"""List payouts: one rendered page, from a cache that is never stale."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from payouts.application.ports import PageCache, PayoutReads
from payouts.application.read_models import Page, PageQuery, PayoutView

# A release with other fields must not be given pages that the release before has cached.
_FIELDS = ",".join(field.name for field in fields(PayoutView))


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPayouts:
    """Return the rendered page, from the cache if it holds the page of the current version.

    A page is read together with the version that it shows, and cached under that version. A write
    that commits in between has another version, so no reader is shown an older list.
    """

    reads: PayoutReads
    cache: PageCache

    def __call__(
        self,
        *,
        query: PageQuery,
        url: str,
        render: Callable[[Page[PayoutView]], bytes],
        mask_account_numbers: bool = False,
    ) -> bytes:
        """`url`, at which the page was requested, determines all of it but the masking."""
        version = self.reads.version()
        name = f"{_FIELDS}|{'masked' if mask_account_numbers else 'whole'}|{url}"
        if body := self.cache.get(f"{version}|{name}"):
            return body
        shown_version, page = self.reads.page(query)
        if mask_account_numbers:
            page = replace(page, rows=[payout.masked() for payout in page.rows])
        body = render(page)
        self.cache.put(f"{shown_version}|{name}", body)
        return body
