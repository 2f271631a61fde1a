"""What all pages of webhooks have in common."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from payouts.domain.errors import DeliveryNotFoundError, WebhookNotFoundError
from payouts.domain.role import Permission

View = Callable[..., HttpResponse]


def for_webhook_managers(view: View) -> View:
    """Refuse users without the permission; answer 404 if endpoint or delivery does not exist."""

    @wraps(view)
    def guarded(request: HttpRequest, **named: Any) -> HttpResponse:
        if not request.user.has_perm(Permission.MANAGE_WEBHOOKS):
            raise PermissionDenied
        try:
            return view(request, **named)
        except (WebhookNotFoundError, DeliveryNotFoundError) as error:
            raise Http404 from error

    return guarded


def render(request: HttpRequest, template: str, *, title: str, **context: Any) -> HttpResponse:
    return TemplateResponse(
        request,
        f"console/webhooks/{template}.html",
        admin.site.each_context(request) | {"title": title} | context,
    )


def list_url() -> str:
    return reverse("admin:webhooks")


def endpoint_url(endpoint_id: int) -> str:
    return reverse("admin:webhook", kwargs={"endpoint_id": endpoint_id})


def back_to(endpoint_id: int) -> HttpResponse:
    return HttpResponseRedirect(endpoint_url(endpoint_id))
