"""The tables."""

from typing import TYPE_CHECKING, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from knox.models import AbstractAuthToken

from payouts.adapters.database.constraints import Check
from payouts.adapters.database.recipient_search import LastFour, NameWords
from payouts.adapters.database.triggers import (
    event_triggers,
    payout_triggers,
    recipient_change_triggers,
)
from payouts.domain.api_token import TOKEN_NAME_LIMIT
from payouts.domain.money import MAX_INTEGER_DIGITS, MAX_MINOR_UNITS
from payouts.domain.payout import Deferral
from payouts.domain.recipient import (
    ACCOUNT_NUMBER_LIMIT,
    BANK_CODE_LIMIT,
    EXTERNAL_ID_LIMIT,
    NAME_LIMIT,
    RecipientType,
    mask_account_number,
)
from payouts.domain.recipient_history import RecipientAction
from payouts.domain.status import PayoutStatus
from payouts.domain.terms import REMITTANCE_INFORMATION_LIMIT
from payouts.domain.webhooks.endpoint import DESCRIPTION_LIMIT, DisabledReason
from payouts.domain.webhooks.retries import DeliveryStatus
from payouts.domain.webhooks.url import URL_LIMIT

if TYPE_CHECKING:
    from datetime import datetime

_OPEN_STATUSES = [status.value for status in PayoutStatus if not status.is_terminal]


class Recipient(models.Model):
    """A recipient of payouts; an absent bank code, country or external id is ""."""

    external_id = models.CharField(max_length=EXTERNAL_ID_LIMIT, blank=True)
    type = models.CharField(max_length=16, choices=[(t.value, t.value) for t in RecipientType])
    name = models.CharField(max_length=NAME_LIMIT)
    account_number = models.CharField(max_length=ACCOUNT_NUMBER_LIMIT)
    bank_code = models.CharField(max_length=BANK_CODE_LIMIT, blank=True)
    country = models.CharField(max_length=2, blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["created_at", "id"], name="recipient_newest"),
            models.Index(
                fields=["account_number", "created_at", "id"], name="recipient_by_account"
            ),
            models.Index(
                fields=["created_at", "id"],
                name="recipient_not_active",
                condition=Q(is_active=False),
            ),
            models.Index(fields=["type", "created_at", "id"], name="recipient_by_type"),
            # The searches of the console.
            GinIndex(NameWords("name"), name="recipient_by_name"),
            models.Index(
                LastFour("account_number"), "created_at", "id", name="recipient_by_last_four"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["external_id"], condition=~Q(external_id=""), name="recipient_external_id"
            ),
            Check(rule=Q(type__in=[t.value for t in RecipientType]), name="recipient_type_known"),
            Check(rule=~Q(name=""), name="recipient_has_name"),
            Check(rule=~Q(account_number=""), name="recipient_has_account_number"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({mask_account_number(self.account_number)})"


class RecipientChange(models.Model):
    """An entry of a recipient's history.

    `changes` has {"old", "new"} by name of field; "old" is null when the recipient was created.
    """

    recipient = models.ForeignKey(
        Recipient, on_delete=models.PROTECT, related_name="changes", db_index=False
    )
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    what = models.CharField(max_length=16)
    changes = models.JSONField()
    request_id = models.CharField(max_length=128, blank=True)

    class Meta:
        triggers: ClassVar = recipient_change_triggers
        constraints: ClassVar = [
            Check(
                rule=Q(what__in=[action.value for action in RecipientAction]),
                name="recipient_change_known",
            )
        ]
        indexes: ClassVar = [
            models.Index(fields=["recipient", "id"], name="recipient_change_by_recipient")
        ]

    def __str__(self) -> str:
        return f"Recipient {self.recipient_id} {self.what}"


class Payout(models.Model):
    """A payout, and its entry in the queue of record.

    By the database's clock: a worker may claim it from `next_attempt_at` on (null: never), it is
    enqueued again at `next_enqueue_at`, and a claim is exclusive until `lease_expires_at`.
    A trigger sets `completed_at`. `returned_at` is when we learned that the bank sent it back.
    `minor_units` are the decimals of the currency when the payout was created: the tables of
    currencies change, records do not.
    """

    reference = models.CharField(max_length=35, unique=True)
    idempotency_key = models.CharField(max_length=64, unique=True)
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, db_index=False)
    amount = models.DecimalField(
        max_digits=MAX_INTEGER_DIGITS + MAX_MINOR_UNITS, decimal_places=MAX_MINOR_UNITS
    )
    currency = models.CharField(max_length=3)
    minor_units = models.PositiveSmallIntegerField()
    recipient_name_snapshot = models.CharField(max_length=NAME_LIMIT)
    account_number_snapshot = models.CharField(max_length=ACCOUNT_NUMBER_LIMIT)
    bank_code_snapshot = models.CharField(max_length=BANK_CODE_LIMIT, blank=True)
    metadata = models.JSONField(default=dict)
    remittance_information = models.CharField(max_length=REMITTANCE_INFORMATION_LIMIT, blank=True)

    status = models.CharField(max_length=16, choices=[(s.value, s.value) for s in PayoutStatus])
    failure_code = models.CharField(max_length=64, blank=True)
    failure_reason = models.TextField(blank=True)
    needs_review = models.BooleanField(default=False)

    attempt = models.PositiveIntegerField(default=0)
    open_attempts = models.PositiveIntegerField(default=0)
    deferral = models.CharField(max_length=16, blank=True)
    pending_count = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    next_enqueue_at = models.DateTimeField(null=True)
    lease_expires_at = models.DateTimeField(null=True)

    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    completed_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)

    class Meta:
        triggers: ClassVar = payout_triggers
        permissions: ClassVar = [
            ("view_account_number", "Can view whole account numbers"),
            ("view_deleted_payout", "Can view deleted payouts"),
            ("manage_webhooks", "Can manage webhooks"),
        ]
        # The list is ordered by (created_at, id), newest first, with every filter.
        indexes: ClassVar = [
            models.Index(fields=["created_at", "id"], name="payout_newest"),
            models.Index(fields=["status", "created_at", "id"], name="payout_by_status"),
            models.Index(fields=["currency", "created_at", "id"], name="payout_by_currency"),
            models.Index(fields=["recipient", "created_at", "id"], name="payout_by_recipient"),
            models.Index(
                fields=["next_attempt_at", "id"],
                name="payout_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
            models.Index(
                fields=["next_enqueue_at"],
                name="payout_to_enqueue",
                condition=Q(next_enqueue_at__isnull=False),
            ),
            models.Index(
                fields=["created_at", "id"],
                name="payout_needs_review",
                condition=Q(needs_review=True),
            ),
            models.Index(
                fields=["created_at", "id"],
                name="payout_returned",
                condition=Q(returned_at__isnull=False),
            ),
            models.Index(
                fields=["failure_code", "created_at", "id"],
                name="payout_by_failure_code",
                condition=~Q(failure_code=""),
            ),
            models.Index(
                fields=["created_at", "id"],
                name="payout_deleted",
                condition=Q(deleted_at__isnull=False),
            ),
            # Health and the console read whether the bank refuses our credentials.
            models.Index(
                fields=["created_at", "id"],
                name="payout_not_authorised",
                condition=Q(deferral=Deferral.NOT_AUTHORISED.value, next_attempt_at__isnull=False),
            ),
            # Reconciliation reads what was completed in the period of a statement.
            models.Index(
                fields=["completed_at", "id"],
                name="payout_completed",
                condition=Q(completed_at__isnull=False),
            ),
        ]
        constraints: ClassVar = [
            Check(rule=Q(amount__gt=0), name="payout_amount_positive"),
            Check(rule=Q(currency__regex="^[A-Z]{3}$"), name="payout_currency_form"),
            Check(rule=Q(status__in=[s.value for s in PayoutStatus]), name="payout_status_known"),
            Check(rule=Q(deferral__in=[d.value for d in Deferral]), name="payout_deferral_known"),
            Check(
                rule=Q(next_attempt_at__isnull=True)
                | Q(status__in=_OPEN_STATUSES, deleted_at__isnull=True, needs_review=False),
                name="payout_due_only_while_open",
            ),
        ]

    def __str__(self) -> str:
        return f"Payout {self.pk}"


class Event(models.Model):
    """An event of a payout's history; the statuses are "" if the status did not change.

    The database sets `transaction_id` to the id of the transaction that wrote the event, plus an
    offset (adapters/database/event_order.py). Of two events of a payout, the later one never has
    the lower `transaction_id`.
    """

    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, related_name="events", db_index=False
    )
    type = models.CharField(max_length=32)
    at = models.DateTimeField()
    actor = models.CharField(max_length=150)
    from_status = models.CharField(max_length=16, blank=True)
    to_status = models.CharField(max_length=16, blank=True)
    reason = models.TextField(blank=True)
    attempt = models.PositiveIntegerField()
    request_id = models.CharField(max_length=128, blank=True)
    transaction_id = models.BigIntegerField(editable=False)

    class Meta:
        triggers: ClassVar = event_triggers
        indexes: ClassVar = [
            # A page of a payout's history is read in the order of ids.
            models.Index(fields=["payout", "id"], name="event_by_payout"),
            # Clients read the events of all payouts in the order of their transactions.
            models.Index(fields=["type", "transaction_id", "id"], name="event_by_type"),
        ]

    def __str__(self) -> str:
        return f"{self.type} of payout {self.payout_id}"


class Requeue(models.Model):
    """An overdue payout that was enqueued again, and until when it is not enqueued once more.

    It counts for one `next_enqueue_at` of the payout.
    """

    payout_id = models.BigIntegerField(primary_key=True)
    next_enqueue_at = models.DateTimeField()
    wait_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"requeue of payout {self.payout_id}"


class ListVersion(models.Model):
    """The version of the list, in shards so that concurrent writers do not wait for one row."""

    shard = models.PositiveSmallIntegerField(primary_key=True)
    version = models.BigIntegerField()

    def __str__(self) -> str:
        return f"shard {self.shard}"


class ApiToken(AbstractAuthToken):  # type: ignore[misc]  # knox has no types
    """An API token of a user: its hash, and its first characters to recognise it by."""

    name: "models.CharField[str, str]" = models.CharField(max_length=TOKEN_NAME_LIMIT, blank=True)
    last_used_at: "models.DateTimeField[datetime | None, datetime | None]" = models.DateTimeField(
        null=True
    )

    class Meta:
        default_permissions = ()
        verbose_name = "API token"
        permissions: ClassVar = [("manage_access", "Can manage users and tokens")]

    def __str__(self) -> str:
        return f"{self.token_key} of {self.user}"


class WebhookEndpoint(models.Model):
    """An endpoint of a client. No `event_types` means all; an absent text is "".

    The secrets are stored as they are, because messages are signed with them. All events up to the
    cursor have become deliveries. After a replay the cursor is before `replay_until`; until then,
    events before `replay_since` are left out.
    """

    url = models.CharField(max_length=URL_LIMIT)
    event_types = ArrayField(models.CharField(max_length=32), default=list, blank=True)
    description = models.CharField(max_length=DESCRIPTION_LIMIT, blank=True)
    is_enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=16, blank=True)
    failing_since = models.DateTimeField(null=True)

    secret = models.CharField(max_length=100)
    previous_secret = models.CharField(max_length=100, blank=True)
    previous_secret_expires_at = models.DateTimeField(null=True)

    cursor_transaction_id = models.BigIntegerField()
    cursor_event_id = models.BigIntegerField()
    replay_since = models.DateTimeField(null=True)
    replay_until_transaction_id = models.BigIntegerField(default=0)
    replay_until_event_id = models.BigIntegerField(default=0)

    created_by = models.CharField(max_length=150)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            Check(
                rule=Q(is_enabled=True, disabled_reason="")
                | Q(is_enabled=False, disabled_reason__in=[r.value for r in DisabledReason]),
                name="webhook_disabled_for_a_reason",
            ),
            Check(rule=~Q(secret="") | Q(removed_at__isnull=False), name="webhook_has_secret"),
        ]

    def __str__(self) -> str:
        return self.url


class WebhookDelivery(models.Model):
    """A message for one endpoint, and its entry in the queue of deliveries.

    By the database's clock: a worker may claim it from `next_attempt_at` on (null: it has ended). A
    claim adds one to `attempts` and moves `next_attempt_at` to the end of its lease. `failures`
    counts since the delivery was made, or was last made due again by a person.
    """

    endpoint = models.ForeignKey(WebhookEndpoint, on_delete=models.PROTECT, db_index=False)
    # Payouts and events are never deleted, so the database need not check these with each insert.
    event = models.ForeignKey(
        Event, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )
    payout = models.ForeignKey(
        Payout, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="+"
    )
    event_type = models.CharField(max_length=32)
    status = models.CharField(max_length=16, choices=[(s.value, s.value) for s in DeliveryStatus])
    attempts = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    last_status_code = models.PositiveSmallIntegerField(null=True)
    last_error = models.CharField(max_length=255, blank=True)
    response_excerpt = models.TextField(blank=True)
    created_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "next_attempt_at", "id"],
                name="delivery_due",
                condition=Q(next_attempt_at__isnull=False),
            ),
            # The list is ordered by (created_at, id), newest first.
            models.Index(fields=["endpoint", "created_at", "id"], name="delivery_newest"),
            models.Index(
                fields=["endpoint", "event_type", "created_at", "id"], name="delivery_by_type"
            ),
            models.Index(
                fields=["endpoint", "status", "created_at", "id"],
                name="delivery_not_delivered",
                condition=~Q(status=DeliveryStatus.DELIVERED.value),
            ),
        ]
        constraints: ClassVar = [
            # A replay makes the delivery due again instead of adding another one.
            models.UniqueConstraint(fields=["endpoint", "event"], name="delivery_of_event"),
            Check(
                rule=Q(status=DeliveryStatus.PENDING.value, next_attempt_at__isnull=False)
                | Q(
                    status__in=[DeliveryStatus.DELIVERED.value, DeliveryStatus.FAILED.value],
                    next_attempt_at__isnull=True,
                ),
                name="delivery_due_only_while_pending",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} to endpoint {self.endpoint_id}"


class StatusCounts(models.Model):
    """How many payouts in a currency have each status, without deleted ones; triggers count.

    In shards like the list's version. The count of one shard may be negative, their sum is exact.
    """

    shard = models.PositiveSmallIntegerField()
    currency = models.CharField(max_length=3)
    new_count = models.BigIntegerField()
    processing_count = models.BigIntegerField()
    completed_count = models.BigIntegerField()
    failed_count = models.BigIntegerField()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["shard", "currency"], name="status_counts_of_shard")
        ]

    def __str__(self) -> str:
        return f"{self.currency}, shard {self.shard}"


class DailyTotal(models.Model):
    """The payouts that became COMPLETED or FAILED on a day in UTC; a trigger adds. In shards."""

    day = models.DateField()
    status = models.CharField(max_length=16)
    currency = models.CharField(max_length=3)
    shard = models.PositiveSmallIntegerField()
    count = models.BigIntegerField()
    amount = models.DecimalField(max_digits=38, decimal_places=MAX_MINOR_UNITS)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["day", "status", "currency", "shard"], name="daily_total_of_shard"
            )
        ]

    def __str__(self) -> str:
        return f"{self.status} in {self.currency} on {self.day}, shard {self.shard}"
