"""Create an endpoint."""

from dataclasses import dataclass

from payouts.application.webhooks.ports import AddressCheck, Endpoints
from payouts.application.webhooks.read_models import EndpointWithSecret
from payouts.domain.webhooks.endpoint import EndpointDetails
from payouts.domain.webhooks.secret import new_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateEndpoint:
    """Create an endpoint with a new secret, which is in the result.

    Raises WebhookAddressRefusedError or HttpsRequiredError.
    """

    endpoints: Endpoints
    addresses: AddressCheck

    def __call__(self, *, details: EndpointDetails, actor: str) -> EndpointWithSecret:
        self.addresses.ensure_allowed(details.url)
        return self.endpoints.add(details, secret=new_secret(), actor=actor)
