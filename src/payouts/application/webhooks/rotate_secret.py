"""Replace the secret of an endpoint."""

from dataclasses import dataclass

from payouts.application.webhooks.ports import Endpoints
from payouts.application.webhooks.read_models import EndpointWithSecret
from payouts.domain.webhooks.secret import ROTATION_PERIOD, new_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class RotateSecret:
    """Sign with a new secret, which is in the result, and for a day with the old one too.

    A second rotation within the day ends the oldest secret. Raises WebhookNotFoundError.
    """

    endpoints: Endpoints

    def __call__(self, *, endpoint_id: int) -> EndpointWithSecret:
        return self.endpoints.replace_secret(
            endpoint_id=endpoint_id, secret=new_secret(), overlap=ROTATION_PERIOD
        )
