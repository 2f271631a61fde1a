"""What of an account number a user is shown."""

from dataclasses import replace
from typing import Protocol, Self

from rest_framework.request import Request

from payouts.application.read_models import Page
from payouts.domain.role import Permission


class _HasAccountNumber(Protocol):
    def masked(self) -> Self: ...


def sees_account_numbers(request: Request) -> bool:
    return bool(request.user.has_perm(Permission.VIEW_ACCOUNT_NUMBER))


def visible[View: _HasAccountNumber](request: Request, view: View) -> View:
    """Return the view as the user may see it."""
    return view if sees_account_numbers(request) else view.masked()


def visible_page[View: _HasAccountNumber](request: Request, page: Page[View]) -> Page[View]:
    if sees_account_numbers(request):
        return page
    return replace(page, rows=[view.masked() for view in page.rows])
