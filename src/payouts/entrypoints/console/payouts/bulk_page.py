"""An action on many payouts: a page that shows what it will do, and one that shows what it did."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import structlog
from django.contrib import admin, messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from payouts.adapters.database.models import Payout
from payouts.domain.errors import DomainError, PayoutChangedError
from payouts.entrypoints.console.payouts.action_form import ReasonForm
from payouts.entrypoints.console.payouts.action_list import Action
from payouts.entrypoints.console.payouts.bulk_selection import (
    BULK_ACTIONS,
    MAX_PAYOUTS,
    Selected,
    read_seen,
    select,
    selected_ids,
    totals,
)

log = structlog.get_logger("payouts")

_CHANGED = "It has changed since the preview, and was left as it is."


def show_bulk(request: HttpRequest) -> HttpResponse:
    """Show what the action will do; on POST do it, and show what became of each payout."""
    action = BULK_ACTIONS.get(request.GET.get("action", ""))
    if action is None:
        raise BadRequest("unknown action")
    if not request.user.has_perm(action.permission):
        raise PermissionDenied
    if request.method != "POST":
        ids, has_more = selected_ids(request)
        return _preview(request, action, ids, ReasonForm(action), has_more=has_more)
    seen = read_seen(request.POST.getlist("payout"))
    form = ReasonForm(action, request.POST)
    if not form.is_valid():
        return _preview(request, action, list(seen), form)
    return _run(request, action, seen, form.cleaned_data["reason"])


def _preview(
    request: HttpRequest,
    action: Action,
    ids: Sequence[int],
    form: ReasonForm,
    *,
    has_more: bool = False,
) -> HttpResponse:
    if not ids:
        messages.warning(request, "Select the payouts first.")
        return HttpResponseRedirect(reverse("admin:payouts_payout_changelist"))
    selected = select(ids, action)
    changing = [each for each in selected if not each.refusal]
    return _page(
        request,
        "console/payouts/bulk.html",
        f"{action.label}: {_count(changing)} of {_count(selected)} selected",
        action=action,
        form=form,
        changing=changing,
        refused=[each for each in selected if each.refusal],
        totals=totals(changing),
        has_more=has_more,
        limit=MAX_PAYOUTS,
    )


def _run(
    request: HttpRequest, action: Action, seen: Mapping[int, datetime], reason: str
) -> HttpResponse:
    before = {each.id: each for each in select(list(seen), action)}
    refusals = {
        id_: _run_one(request, action, before[id_], expected_updated_at=at, reason=reason)
        for id_, at in seen.items()
    }
    after = [replace(each, refusal=refusals[each.id]) for each in select(list(seen), action)]
    done = [each for each in after if not each.refusal]
    refused = [each for each in after if each.refusal]
    log.info(
        "payouts.changed_together",
        action=action.name,
        actor=request.user.get_username(),
        changed=len(done),
        refused=len(refused),
    )
    return _page(
        request,
        "console/payouts/bulk_result.html",
        f"{action.label}: {len(done)} changed, {len(refused)} refused",
        done=done,
        refused=refused,
    )


def _run_one(request: HttpRequest, action: Action, selected: Selected, **arguments: Any) -> str:
    """Return why the payout was not changed; "" if it was."""
    try:
        if not selected.refusal:
            actor = request.user.get_username()
            action.use_case()(payout_id=selected.id, actor=actor, **arguments)
    except PayoutChangedError:
        return _CHANGED
    except DomainError as error:
        return str(error)
    return selected.refusal


def _page(request: HttpRequest, template: str, title: str, **context: Any) -> TemplateResponse:
    own = {
        "title": title,
        "opts": Payout._meta,  # noqa: SLF001  Django's documented API of models
        "list_url": reverse("admin:payouts_payout_changelist"),
    }
    return TemplateResponse(request, template, admin.site.each_context(request) | own | context)


def _count(selected: Sequence[Selected]) -> str:
    return f"{len(selected)} payout{'' if len(selected) == 1 else 's'}"
