"""The page of an action: what it will do to the payout, and the form that asks why."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from payouts.adapters.database.models import Event, Payout
from payouts.adapters.database.payout_search import PayoutRow
from payouts.adapters.database.payouts import DatabasePayouts
from payouts.domain.errors import DomainError, PayoutChangedError
from payouts.domain.history import SYSTEM_ACTOR
from payouts.entrypoints.console import presentation
from payouts.entrypoints.console.payouts import permissions
from payouts.entrypoints.console.payouts.action_form import ActionForm, ResolveForm
from payouts.entrypoints.console.payouts.action_list import RESOLVE, Action, warning
from payouts.entrypoints.console.payouts.permissions import visible_payout
from payouts.entrypoints.console.payouts.words import explain

_DELETED = "This payout is deleted, and does not change any more."


def show_action(request: HttpRequest, object_id: str, action: Action) -> HttpResponse:
    """Ask, and on POST run the use case on the payout whose id is in the address."""
    if not request.user.has_perm(action.permission):
        raise PermissionDenied
    payout = visible_payout(request, object_id)
    form = _form(request, action)
    if request.method == "POST" and form.is_valid() and _run(request, form, payout, action):
        messages.success(request, f"{action.done}: payout {payout.id}.")
        return HttpResponseRedirect(reverse("admin:payouts_payout_change", args=[payout.id]))
    return _page(request, form, visible_payout(request, object_id), action)


def _form(request: HttpRequest, action: Action) -> ActionForm:
    form = ResolveForm if action is RESOLVE else ActionForm
    return form(action, request.POST if request.method == "POST" else None)


def _run(request: HttpRequest, form: ActionForm, payout: PayoutRow, action: Action) -> bool:
    try:
        action.use_case()(
            payout_id=payout.id, actor=request.user.get_username(), **form.arguments()
        )
    except PayoutChangedError as error:
        form.add_error(None, ValidationError(last_change(payout.id), code=error.code))
    except DomainError as error:
        form.add_error(None, ValidationError(str(error), code=error.code))
    else:
        return True
    return False


def last_change(payout_id: int) -> str:
    """Say who has changed a payout that is not what the user has seen."""
    last = Event.objects.filter(payout_id=payout_id).order_by("-id").first()
    who = last.actor if last and last.actor != SYSTEM_ACTOR else "The service"
    return (
        f"{who} has changed this payout since you opened the page. Nothing was done: look at"
        " what it is now, and decide again."
    )


def _page(
    request: HttpRequest, form: ActionForm, payout: PayoutRow, action: Action
) -> TemplateResponse:
    stored = DatabasePayouts().get_many([payout.id]).get(payout.id)
    form.show_state(payout.updated_at)
    show = permissions.shown_text(request, payout.account_number_snapshot)
    return TemplateResponse(
        request,
        "console/payouts/action.html",
        admin.site.each_context(request)
        | {
            "title": f"{action.label}: payout {payout.id}",
            "opts": Payout._meta,  # noqa: SLF001  Django's documented API of models
            "action": action,
            "form": form,
            "payout": payout,
            "payout_url": reverse("admin:payouts_payout_change", args=[payout.id]),
            "labels": presentation.labels(payout),
            "amount": presentation.amount(payout.money),
            "summary": show(explain(payout, show=presentation.full_time)),
            "refusal": action.refusal(stored) if stored else _DELETED,
            "warning": warning(stored, action) if stored else "",
        },
    )
