"""Change a recipient, and keep what it was before."""

from dataclasses import dataclass
from datetime import datetime

from payouts.application.ports import RecipientChanges, Recipients
from payouts.application.read_models import RecipientView


@dataclass(frozen=True, slots=True)
class Changed:
    recipient: RecipientView


@dataclass(frozen=True, slots=True)
class Unchanged:
    recipient: RecipientView


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRecipient:
    """Give the named fields these values, or say that they have them already.

    `expected_updated_at` is the `updated_at` of the recipient that the actor has seen; None means
    that the change applies to whatever the recipient is now.

    Raises RecipientNotFoundError, RecipientChangedError, RecipientLockedError.
    """

    recipients: Recipients

    def __call__(
        self,
        *,
        recipient_id: int,
        changes: RecipientChanges,
        actor: str,
        expected_updated_at: datetime | None = None,
    ) -> Changed | Unchanged:
        changed = self.recipients.change(
            recipient_id=recipient_id,
            changes=changes,
            actor=actor,
            expected_updated_at=expected_updated_at,
        )
        if changed:
            return Changed(changed)
        return Unchanged(self.recipients.one(recipient_id=recipient_id))
