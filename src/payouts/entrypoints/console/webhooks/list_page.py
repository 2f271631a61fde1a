"""The list of webhook endpoints, with their health."""

from dataclasses import dataclass
from functools import partial

from django.http import HttpRequest, HttpResponse

from payouts.adapters.database.webhooks.activity import Activity, read_activity
from payouts.application.webhooks.read_models import EndpointView
from payouts.bootstrap import webhooks
from payouts.entrypoints.console.page_links import PageLinks, position_of
from payouts.entrypoints.console.presentation import short_time
from payouts.entrypoints.console.webhooks.page import endpoint_url, for_webhook_managers, render
from payouts.entrypoints.console.webhooks.words import Health, describe

_PAGE_SIZE = 20


@dataclass(frozen=True, slots=True)
class ListRow:
    endpoint: EndpointView
    address: str
    health: Health


@for_webhook_managers
def show_list(request: HttpRequest) -> HttpResponse:
    position = position_of(request)
    page = webhooks.endpoints().page(size=_PAGE_SIZE, position=position)
    activity = read_activity([endpoint.id for endpoint in page.rows])
    return render(
        request,
        "list",
        title="Webhooks",
        rows=[_to_row(endpoint, activity[endpoint.id]) for endpoint in page.rows],
        pages=PageLinks.of(request, page),
    )


def _to_row(endpoint: EndpointView, activity: Activity) -> ListRow:
    show = partial(short_time, now=activity.read_at)
    return ListRow(endpoint, endpoint_url(endpoint.id), describe(endpoint, activity, show=show))
