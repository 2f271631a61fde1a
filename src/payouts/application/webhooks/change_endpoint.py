"""Change an endpoint."""

from dataclasses import dataclass

from payouts.application.webhooks.ports import AddressCheck, EndpointChanges, Endpoints
from payouts.application.webhooks.read_models import EndpointView


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeEndpoint:
    """Change the fields of an endpoint. Deliveries that wait go to its new URL.

    Raises WebhookNotFoundError, WebhookAddressRefusedError or HttpsRequiredError.
    """

    endpoints: Endpoints
    addresses: AddressCheck

    def __call__(self, *, endpoint_id: int, changes: EndpointChanges) -> EndpointView:
        if url := changes.get("url"):
            self.addresses.ensure_allowed(url)
        return self.endpoints.change(endpoint_id=endpoint_id, changes=changes)
