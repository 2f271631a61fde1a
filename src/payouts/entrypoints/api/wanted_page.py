"""A page of the list of payouts, as somebody asked for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.http import QueryDict

from payouts import bootstrap
from payouts.application.read_payouts import RenderedPage
from payouts.application.views import Page, PageQuery, PayoutView
from payouts.entrypoints.api.answers import encode
from payouts.entrypoints.api.filters import payouts_page
from payouts.entrypoints.api.pagination import envelope


@dataclass(frozen=True, slots=True)
class WantedPage:
    """What is to be shown, and the address and parameters that go into the links."""

    query: PageQuery
    address: str
    parameters: Mapping[str, Any]

    @classmethod
    def read(cls, parameters: QueryDict, *, address: str) -> Self:
        """Raise ValidationError naming each bad parameter."""
        return cls(payouts_page(parameters), address, parameters.dict())

    def rendered(self) -> RenderedPage:
        """Return the page as it is now, which another process may have rendered."""
        return bootstrap.read_page()(query=self.query, audience=self.address, render=self._render)

    def renewed(self, known: RenderedPage | None = None) -> RenderedPage:
        """Return the page as it is now; `known` is what this process gave out before."""
        return bootstrap.read_page().past_the_cache(
            query=self.query, render=self._render, known=known
        )

    def _render(self, page: Page[PayoutView]) -> bytes:
        return encode(envelope(page, address=self.address, parameters=self.parameters))
