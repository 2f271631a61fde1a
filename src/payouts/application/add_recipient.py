"""Add a recipient, once per external id."""

from dataclasses import dataclass

from payouts.application.ports import Recipients
from payouts.application.read_models import RecipientView
from payouts.domain.recipient import RecipientDetails


@dataclass(frozen=True, slots=True)
class Added:
    recipient: RecipientView


@dataclass(frozen=True, slots=True)
class AlreadyThere:
    recipient: RecipientView


@dataclass(frozen=True, slots=True, kw_only=True)
class AddRecipient:
    """Add the recipient, or return the one that has the external id.

    The request is compared with the recipient as it is now: a client learns that somebody has
    changed it since. `compare_is_active` is False if the request does not say whether it is active.

    Raises ExternalIdReusedError.
    """

    recipients: Recipients

    def __call__(
        self, *, details: RecipientDetails, compare_is_active: bool, actor: str
    ) -> Added | AlreadyThere:
        if added := self.recipients.add(details, actor=actor):
            return Added(added)
        known = self.recipients.find_by_external_id(details.external_id)
        known.details.ensure_same(details, compare_is_active=compare_is_active)
        return AlreadyThere(self.recipients.one(recipient_id=known.id))
