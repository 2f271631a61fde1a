"""A form for a payout, and the review of it that staff confirm.

Each form has an idempotency key, in its address: reloaded, sent twice, or reached by the back
button it makes one payout at most.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path

from payouts.domain.role import Permission
from payouts.entrypoints.console.new_payout.confirmation import (
    confirm,
    find_made,
    lead_to_made_before,
)
from payouts.entrypoints.console.new_payout.drafts import find_draft, keep_draft
from payouts.entrypoints.console.new_payout.form import PayoutForm
from payouts.entrypoints.console.new_payout.rendering import (
    form_url,
    render_form,
    render_review,
    review_url,
)


class NewPayoutPages:
    """Adds these pages to those of payouts.

    Django's own page to add a row is not used: who has its permission may also send it to the page
    of an existing row, with `_saveasnew`, and it writes the table.
    """

    admin_site: Any

    def get_urls(self) -> list[URLPattern]:
        pages: dict[str, tuple[Callable[..., HttpResponse], str]] = {
            "new/": (open_form, "payouts_payout_new"),
            "new/<uuid:key>/": (show_form, "payouts_payout_new_form"),
            "new/<uuid:key>/review/": (show_review, "payouts_payout_new_review"),
        }
        own = [
            path(route, self.admin_site.admin_view(_for_those_who_may(view)), name=name)
            for route, (view, name) in pages.items()
        ]
        return own + list(super().get_urls())  # type: ignore[misc]


def _for_those_who_may(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    def checked(request: HttpRequest, **arguments: Any) -> HttpResponse:
        if not request.user.has_perm(Permission.ADD_PAYOUT):
            raise PermissionDenied
        return view(request, **arguments)

    return checked


def open_form(request: HttpRequest) -> HttpResponse:
    """Lead to a form with a new key; `?recipient=` fills in the recipient."""
    query = request.GET.urlencode()
    return HttpResponseRedirect(form_url(uuid4()) + (f"?{query}" if query else ""))


def show_form(request: HttpRequest, key: UUID) -> HttpResponse:
    if made := find_made(key):
        return lead_to_made_before(request, made.pk)
    if request.method != "POST":
        texts = find_draft(request, key) or {"recipient": request.GET.get("recipient", "")}
        return render_form(request, key, PayoutForm(initial=texts))
    form = PayoutForm(request.POST)
    if not form.is_valid():
        return render_form(request, key, form)
    keep_draft(request, key, form.texts)
    return HttpResponseRedirect(review_url(key))


def show_review(request: HttpRequest, key: UUID) -> HttpResponse:
    if request.method == "POST":
        return confirm(request, key)
    if made := find_made(key):
        return lead_to_made_before(request, made.pk)
    draft = find_draft(request, key)
    if not draft:
        messages.info(request, "Nothing was paid. Fill in the form again.")
        return HttpResponseRedirect(form_url(key))
    form = PayoutForm(draft)
    render = render_review if form.is_valid() else render_form
    return render(request, key, form)
